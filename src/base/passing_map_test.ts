import assert from "node:assert/strict";
import { PassingMap } from "./passing_map.ts";

Deno.test("it is a map: last value, first place, no trace of what left", () => {
  const map = new PassingMap<string, { readonly name: string }>();
  const one = { name: "one" }, two = { name: "two" }, other = { name: "other" };
  map.set("a", one);
  map.set("b", two);
  map.set("a", other);
  assert.equal(map.get("a"), other);
  assert.deepEqual([...map], [["a", other], ["b", two]]);
  assert.equal(map.delete("a"), true);
  assert.equal(map.delete("a"), false);
  assert.equal(map.has("a"), false);
  assert.equal(map.get("a"), undefined);
  map.set("a", one);
  assert.deepEqual([...map.values()], [two, one]);
  const seen: unknown[] = [];
  map.forEach((value) => seen.push(value));
  assert.deepEqual(seen, [two, one]);
  map.clear();
  assert.equal(map.size, 0);
  assert.deepEqual([...map.values()], []);
});

Deno.test("what leaves while it is walked through is not met", () => {
  const map = new PassingMap<number, { readonly n: number }>();
  for (let n = 0; n < 5; n++) map.set(n, { n });
  const met: number[] = [];
  for (const { n } of map.values()) {
    met.push(n);
    map.delete(n + 1);
  }
  assert.deepEqual(met, [0, 2, 4]);
});
