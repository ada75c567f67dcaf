import assert from "node:assert/strict";
import { hex } from "../base/mod.ts";
import { SystemRandom } from "./system_random.ts";

Deno.test("random bytes have the length asked for and never repeat", () => {
  const random = new SystemRandom();
  const seen = new Set<string>();
  for (let i = 0; i < 5000; i++) {
    const bytes = random.bytes(16);
    assert.equal(bytes.length, 16);
    seen.add(hex(bytes));
  }
  assert.equal(seen.size, 5000);
  assert.equal(random.bytes(0).length, 0);
});

Deno.test("long requests are filled to the end", () => {
  const bytes = new SystemRandom().bytes(200_000);
  assert.ok(bytes.subarray(-64).some((byte) => byte !== 0));
});
