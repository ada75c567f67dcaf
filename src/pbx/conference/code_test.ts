import assert from "node:assert/strict";
import { parseRoomCode } from "./code.ts";

const ROWS: readonly [dialled: string, outcome: string][] = [
  ["*6*800", "800"],
  ["*6*800*4711", "800 4711"],
  ["*6*800#", "800"],
  ["*6*800*4711#", "800 4711"],
  ["*6*800*", "800"],
  ["*6*", "none"],
  ["*6*#", "none"],
  ["*6**4711", "none"],
  ["*6*800*4711*1", "none"],
  ["*6*8a0", "none"],
  ["*6*800*47 11", "none"],
  ["*6800", "none"],
  ["800", "none"],
  ["", "none"],
  ["*6*" + "1".repeat(21), "none"],
];

for (const [dialled, outcome] of ROWS) {
  Deno.test(`"${dialled}" means ${outcome}`, () => {
    const code = parseRoomCode(dialled, "*6*");
    assert.equal(code === undefined ? "none" : [code.room, code.pin].filter(Boolean).join(" "), outcome);
  });
}

Deno.test("a code that is switched off matches nothing", () => {
  assert.equal(parseRoomCode("*6*800", ""), undefined);
});
