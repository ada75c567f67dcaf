import assert from "node:assert/strict";
import fc from "fast-check";
import { PacketStore, setPayload } from "./packet_store.ts";

Deno.test("packets are found by number, and the earliest first", () => {
  const store = new PacketStore();
  for (const sequence of [70, 68, 72]) assert.ok(store.claim(sequence));
  assert.equal(store.earliest()?.sequence, 68);
  assert.equal(store.get(69), undefined);
  store.release(store.get(68)!);
  assert.equal(store.earliest()?.sequence, 70);
  assert.equal(store.size, 2);
});

Deno.test("a place is not given away while a packet waits there, and what was played is remembered", () => {
  const store = new PacketStore();
  assert.ok(store.claim(1));
  assert.equal(store.claim(33), undefined);
  store.release(store.get(1)!);
  assert.equal(store.holds(1), true);
  assert.equal(store.get(1), undefined);
  assert.ok(store.claim(33));
  assert.equal(store.holds(1), false);
});

Deno.test("clearing forgets everything", () => {
  const store = new PacketStore();
  store.claim(5);
  store.clear();
  assert.equal(store.size, 0);
  assert.equal(store.holds(5), false);
  assert.equal(store.earliest(), undefined);
});

Deno.test("payloads are copied whole, whatever lengths follow one another, and memory settles", () => {
  const slot = new PacketStore().claim(1)!;
  fc.assert(fc.property(fc.uint8Array({ minLength: 12, maxLength: 1500 }), (bytes) => {
    setPayload(slot, bytes, { start: 12, end: bytes.length });
    assert.deepEqual([...slot.payload], [...bytes.subarray(12)]);
  }));
  setPayload(slot, new Uint8Array(1500), { start: 0, end: 1500 });
  const memory = slot.payload.buffer;
  for (const length of [10, 1500, 160]) {
    setPayload(slot, new Uint8Array(length), { start: 0, end: length });
    assert.equal(slot.payload.buffer, memory);
  }
});
