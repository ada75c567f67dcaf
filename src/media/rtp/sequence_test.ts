import assert from "node:assert/strict";
import { addSequence, addTimestamp, sequenceDelta, timestampDelta } from "./mod.ts";

for (
  const [promise, from, to, delta] of [
    ["the next number is one ahead", 7, 8, 1],
    ["zero follows 65535", 65535, 0, 1],
    ["65535 comes before zero", 0, 65535, -1],
    ["half the range ahead counts as behind", 0, 32768, -32768],
    ["one less than half is ahead", 0, 32767, 32767],
  ] as const
) {
  Deno.test(promise, () => assert.equal(sequenceDelta(from, to), delta));
}

Deno.test("timestamps wrap at 2^32", () => {
  assert.equal(timestampDelta(0xffffff60, 0), 160);
  assert.equal(timestampDelta(0, 0xffffff60), -160);
  assert.equal(addTimestamp(0xffffff60, 320), 160);
  assert.equal(addSequence(65535, 2), 1);
  assert.equal(addSequence(0, -1), 65535);
});
