import assert from "node:assert/strict";
import { seededRandom } from "../../base/mod.ts";
import { NonceCounts } from "./nonce_counts.ts";

const CAPACITY = 50;

Deno.test("finds whatever it holds and nothing that it forgot, however marks collide", () => {
  const random = seededRandom(7);
  const byte = () => random.bytes(1)[0]!;
  const counts = new NonceCounts(CAPACITY), model = new Map<number, number>(), forgotten: number[] = [];
  for (let step = 0; step < 20_000; step++) {
    // Few homes among 128, and marks that differ in their high bits only.
    const mark = (byte() % 8) + 120 + (byte() * 256 + byte()) * 2 ** 32;
    if (counts.isFull || (model.size > 0 && byte() < 100)) {
      const [oldest, issuedMs] = model.entries().next().value!;
      assert.equal(counts.oldestIssuedMs, issuedMs);
      counts.forgetOldest();
      model.delete(oldest);
      forgotten.push(oldest);
    } else if (!model.has(mark)) {
      counts.add(mark, step, 1);
      model.set(mark, step);
    }
    assert.equal(counts.size, model.size);
    if (step % 50 > 0) continue;
    for (const known of model.keys()) assert.ok(counts.find(known) >= 0);
    for (const gone of forgotten.splice(0)) if (!model.has(gone)) assert.equal(counts.find(gone), -1);
  }
});

Deno.test("each nonce has counts of its own, which stay with it while others come and go", () => {
  const counts = new NonceCounts(CAPACITY);
  for (let i = 0; i < CAPACITY; i++) counts.add(i * 128, i, i + 1);
  for (let i = 0; i < CAPACITY / 2; i++) counts.forgetOldest();
  for (let i = CAPACITY / 2; i < CAPACITY; i++) {
    const place = counts.find(i * 128);
    assert.equal(counts.advance(place, i + 1), false, "used before");
    assert.equal(counts.advance(place, i + 3), true);
    assert.equal(counts.advance(place, i + 2), true, "overtaken");
    assert.equal(counts.advance(place, i + 2), false);
    assert.equal(counts.advance(place, i - 40), false, "too far back");
  }
});

Deno.test("an empty store knows nothing and no oldest", () => {
  const counts = new NonceCounts(1);
  assert.equal(counts.find(0), -1);
  assert.equal(counts.oldestIssuedMs, undefined);
  counts.add(0, 5, 0xffff_ffff);
  assert.ok(counts.isFull);
  assert.equal(counts.advance(counts.find(0), 0xffff_ffff), false);
  counts.forgetOldest();
  assert.equal(counts.size, 0);
});
