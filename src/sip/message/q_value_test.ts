import assert from "node:assert/strict";
import { parseQValue, printQValue } from "./q_value.ts";

for (
  const [text, expected] of [
    ["1", 1000],
    ["1.000", 1000],
    ["0", 0],
    ["0.", 0],
    ["0.5", 500],
    ["0.125", 125],
    ["1.001", undefined],
    ["0.1234", undefined],
    ["2", undefined],
    [".5", undefined],
    ["-0", undefined],
    ["", undefined],
  ] as const
) {
  Deno.test(`the q value "${text}" is ${expected ?? "refused"}`, () =>
    assert.equal(parseQValue(text), expected));
}

Deno.test("a q value is printed as short as can be and read back", () => {
  assert.deepEqual([0, 7, 70, 700, 1000].map(printQValue), ["0", "0.007", "0.07", "0.7", "1"]);
  for (let q = 0; q <= 1000; q++) assert.equal(parseQValue(printQValue(q)), q);
});
