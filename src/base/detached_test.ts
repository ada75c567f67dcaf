import assert from "node:assert/strict";
import { detached } from "./detached.ts";

Deno.test("detached text is the same text, stray bytes and marks included", () => {
  for (
    const text of [
      "",
      "plain",
      "J\u00f6rg \u5317\u4eac",
      "J\udcf6rg",
      "a text that is long enough",
      "\ufeffwith a byte order mark",
      "Zoë, 爱丽丝 and 😀 😀",
    ]
  ) {
    assert.equal(detached(text), text);
  }
  const stray = `a name with \udcff and \ud83d inside, and 😀`;
  assert.equal(detached(stray), stray);
});
