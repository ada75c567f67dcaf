import assert from "node:assert/strict";
import fc from "fast-check";
import { firstIndices, guessIndex, MAX_INDEX, rolloverCounter } from "./rollover.ts";

/** RFC 3711 Appendix A, word for word, on BigInt. */
function appendixA(highest: bigint, sequenceNumber: bigint): bigint {
  const roc = highest >> 16n, s_l = highest & 0xffffn;
  let v = roc;
  if (s_l < 32768n) {
    if (sequenceNumber - s_l > 32768n) v = roc - 1n;
  } else if (s_l - 32768n > sequenceNumber) {
    v = roc + 1n;
  }
  return sequenceNumber + v * 65536n;
}

Deno.test("the guess is that of RFC 3711 Appendix A for any state and number", () => {
  const highest = fc.oneof(fc.nat(200_000), fc.maxSafeNat().map((value) => value % (MAX_INDEX + 1)));
  fc.assert(
    fc.property(highest, fc.nat(65535), (known, sequenceNumber) => {
      const want = appendixA(BigInt(known), BigInt(sequenceNumber));
      const got = guessIndex(known, sequenceNumber);
      // The appendix counts modulo 2^32 rollovers; before the first there is nothing, so we stay in it.
      assert.equal(BigInt(got), want < 0n ? want + 65536n : want);
      assert.equal(got % 65536, sequenceNumber);
    }),
    { numRuns: 5000 },
  );
});

for (
  const [promise, highest, sequenceNumber, index] of [
    ["nothing known: counter 0", -1, 65535, 65535],
    ["the next one", 7, 8, 8],
    ["over the wrap", 65535, 0, 65536],
    ["back over the wrap", 65536, 65535, 65535],
    ["at counter 0 nothing lies before the beginning", 3, 65000, 65000],
    ["half the range ahead is ahead", 0, 32768, 32768],
    ["one more than half ahead at counter 1 is behind", 65536, 32769, 32769],
    ["the highest counter", 2 ** 48 - 2, 65535, 2 ** 48 - 1],
    ["beyond the highest there is no index left", 2 ** 48 - 1, 0, 2 ** 48],
  ] as const
) {
  Deno.test(promise, () => assert.equal(guessIndex(highest, sequenceNumber), index));
}

Deno.test("the rollover counter is the upper 32 bits", () => {
  assert.equal(rolloverCounter(65535), 0);
  assert.equal(rolloverCounter(65536), 1);
  assert.equal(rolloverCounter(MAX_INDEX), 2 ** 32 - 1);
});

Deno.test("a new source is tried with counter 0, with the one before the change of key, and just after a wrap with 1", () => {
  assert.deepEqual(firstIndices(30_000, -1), [30_000]);
  assert.deepEqual(firstIndices(30_000, 29_000), [30_000]);
  assert.deepEqual(firstIndices(30_000, 5 * 65536 + 29_990), [30_000, 5 * 65536 + 30_000]);
  assert.deepEqual(firstIndices(5, -1), [5, 65541]);
  assert.deepEqual(firstIndices(5, 65535), [5, 65541]);
  assert.deepEqual(firstIndices(0, MAX_INDEX), [0, 65536]);
});
