/** Each attack of the list is held by a test, and the list names tests that there are. */

import assert from "node:assert/strict";

const HOUSE = new URL("../../", import.meta.url);
const ROWS = 37;

interface Held {
  readonly row: number;
  readonly file: string;
  readonly test: string;
}

const HELD: readonly Held[] = Deno.readTextFileSync(new URL("tests/attacks/README.md", HOUSE)).split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .filter(([, row]) => /^[0-9]+$/.test(row ?? ""))
  .map(([, row, , file, test]) => ({ row: Number(row), file: file!.replaceAll("`", ""), test: test! }));

Deno.test("every attack of the list is held by a test", () => {
  const rows = new Set(HELD.map(({ row }) => row));
  const missing = Array.from({ length: ROWS }, (_, index) => index + 1).filter((row) => !rows.has(row));
  assert.deepEqual(missing, []);
});

Deno.test("the list of attacks names tests that there are", () => {
  const wrong = HELD.filter(({ file, test }) => {
    const text = Deno.readTextFileSync(new URL(file, HOUSE));
    return test === "" || !text.includes(test) || text.includes("Deno.test.ignore");
  });
  assert.deepEqual(wrong, []);
});
