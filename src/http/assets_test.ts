/** The page's own files: compressed, cached by hash, one HTML for every view. */

import assert from "node:assert/strict";
import { PageFiles } from "./assets.ts";

const FILES = await PageFiles.make({
  html: '<script src="/assets/page.js"></script><link href="/assets/page.css">',
  script: "console.log(1);",
  style: "a { color: red }",
});

const get = (path: string, headers: Record<string, string> = {}) => FILES.get(path, new Headers(headers));

Deno.test("script and style have addresses with their hash and stay forever; the page itself is asked for anew", async () => {
  const page = await get("/")!.text();
  const [script] = /\/assets\/page\.[0-9a-f]{12}\.js/.exec(page)!;
  assert.equal(await get(script)!.text(), "console.log(1);");
  assert.match(get(script)!.headers.get("cache-control")!, /immutable/);
  assert.equal(get("/")!.headers.get("cache-control"), "no-cache");
  assert.ok(FILES.size > 0);
});

Deno.test("views are the page, other addresses are nothing, and no address leaves the memory", async () => {
  for (const path of ["/", "/calls", "/calls/abc", "/setup"]) {
    assert.match(await get(path)!.text(), /page\./, path);
  }
  for (const path of ["/x", "/assets/", "/assets/page.js", "/../etc/passwd", "/%2e%2e/etc/passwd", "/.env"]) {
    assert.equal(get(path), undefined, path);
  }
});

Deno.test("what the browser has is not sent again; who takes gzip gets it", () => {
  const etag = get("/")!.headers.get("etag")!;
  assert.equal(get("/", { "if-none-match": etag })!.status, 304);
  assert.equal(get("/", { "accept-encoding": "br, gzip" })!.headers.get("content-encoding"), "gzip");
  assert.equal(get("/")!.headers.get("content-encoding"), null);
});
