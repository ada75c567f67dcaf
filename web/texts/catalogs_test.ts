/** The catalogs of words: the same keys and the same gaps to fill in every language. */

import assert from "node:assert/strict";
import { en } from "./en.ts";
import type { TextKey } from "./language.ts";
import { zh } from "./zh.ts";

const KEYS = Object.keys(en) as TextKey[];

function gaps(text: string): string[] {
  return [...text.matchAll(/\{\w+\}/g)].map(([gap]) => gap).sort();
}

Deno.test("every key stands in every catalog, and no catalog has keys of its own", () => {
  assert.deepEqual(Object.keys(zh).sort(), KEYS.toSorted());
});

Deno.test("a text has the same gaps in every language", () => {
  for (const key of KEYS) assert.deepEqual(gaps(zh[key]), gaps(en[key]), key);
});

Deno.test("what is said in Chinese is Chinese, but for names and measures that are the same everywhere", () => {
  const isForeign = (text: string) =>
    /[a-z]/i.test(text.replace(/\{\w+\}/g, "")) && !/\p{Script=Han}/u.test(text);
  assert.deepEqual(KEYS.filter((key) => isForeign(zh[key])), [
    "extension.dtmf",
    "quality.short",
    "section.sip",
  ]);
});
