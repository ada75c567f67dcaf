/** Pages of lists: any cut gives each entry once, in order. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { cutPage, pageQuery } from "./paging.ts";

const PEOPLE = Array.from(
  { length: 25 },
  (_, index) => ({ number: `${100 + index}`, name: index % 2 ? "Ann" : "Bob" }),
);

const cut = (query: Record<string, string>) =>
  cutPage(PEOPLE, pageQuery.parse(query), {
    texts: ({ number, name }) => [number, name, undefined],
    view: ({ number }) => number,
  });

Deno.test("pages of any size, one after the other, are the whole list", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 40 }), (limit) => {
    const seen: string[] = [];
    for (let offset = 0; offset < PEOPLE.length; offset += limit) {
      const page = cut({ offset: String(offset), limit: String(limit) });
      assert.equal(page.total, PEOPLE.length);
      seen.push(...page.items);
    }
    assert.deepEqual(seen, PEOPLE.map(({ number }) => number));
  }));
});

Deno.test("a search narrows, without regard to case or space, and counts what it found", () => {
  assert.equal(cut({ search: " ANN " }).total, 12);
  assert.deepEqual(cut({ search: "124", limit: "5" }).items, ["124"]);
  assert.deepEqual(cut({ search: ".*" }), { items: [], total: 0, offset: 0, limit: 100 });
});

Deno.test("behind the end is nothing; bounds are whole numbers within limits", () => {
  assert.deepEqual(cut({ offset: "1000" }).items, []);
  assert.deepEqual(cut({ limit: "0" }).items, []);
  for (
    const query of [{ limit: "1001" }, { limit: "-1" }, { offset: "1.5" }, { offset: "x" }, {
      search: "x".repeat(101),
    }]
  ) {
    assert.equal(pageQuery.safeParse(query).success, false, JSON.stringify(query));
  }
});
