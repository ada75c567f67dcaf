import assert from "node:assert/strict";
import { G722Encoder } from "./g722.ts";

Deno.test("an encoder that took over another's state makes the same bytes from then on", () => {
  const noise = (seed: number) =>
    Int16Array.from({ length: 320 }, (_, i) => ((i * 7919 + seed * 104729) % 20000) - 10000);
  const first = new G722Encoder(), second = new G722Encoder();
  const a = new Uint8Array(160), b = new Uint8Array(160);
  for (let i = 0; i < 20; i++) first.encode(noise(i), a);
  for (let i = 50; i < 60; i++) second.encode(noise(i), b);
  second.copyFrom(first);
  for (let i = 0; i < 20; i++) {
    first.encode(noise(i), a);
    second.encode(noise(i), b);
    assert.deepEqual(b, a);
  }
});
