import assert from "node:assert/strict";
import { allocate } from "./slab.ts";

Deno.test("no two arrays share a byte, and each is as long as asked", () => {
  const arrays = Array.from({ length: 200 }, (_, index) => allocate((index * 37) % 3000).fill(index % 251));
  arrays.forEach((array, index) => {
    assert.equal(array.length, (index * 37) % 3000);
    assert.ok(array.every((byte) => byte === index % 251));
  });
});

Deno.test("a new array is all zeros", () => {
  for (let i = 0; i < 50; i++) {
    const array = allocate(700);
    assert.ok(array.every((byte) => byte === 0));
    array.fill(255);
  }
});
