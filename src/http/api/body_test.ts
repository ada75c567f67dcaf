/** Bodies: JSON only, and no more of it than was allowed, whatever Content-Length says. */

import assert from "node:assert/strict";
import { readJson } from "./body.ts";
import { Problem } from "./problem.ts";

const CAP = 1000;

async function outcome(body: BodyInit | undefined, headers: Record<string, string>): Promise<unknown> {
  const request = new Request("http://x", { method: "POST", headers, ...(body !== undefined && { body }) });
  const read = await readJson(request, CAP);
  return read instanceof Problem ? read.status : read.value;
}

const JSON_TYPE = { "content-type": "application/json" };

Deno.test("JSON is read, with parameters of its type and in any case", async () => {
  assert.deepEqual(await outcome('{"a":[1]}', { "content-type": "Application/JSON; charset=utf-8" }), {
    a: [1],
  });
});

Deno.test("what a form of a foreign page could send is 415", async () => {
  for (
    const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data",
      "application/jsonp",
    ]
  ) {
    assert.equal(await outcome("{}", { "content-type": type }), 415, type);
  }
  assert.equal(await outcome(new Uint8Array([123, 125]), {}), 415);
});

Deno.test("no JSON is 400: cut, empty, no UTF-8", async () => {
  for (const body of ["{", "", "nul", new Uint8Array([0xff, 0xfe])]) {
    assert.equal(await outcome(body, JSON_TYPE), 400);
  }
  assert.equal(await outcome(undefined, JSON_TYPE), 400);
});

Deno.test("too much is 413: by what it says, and by what it is", async () => {
  assert.equal(await outcome(JSON.stringify("x".repeat(CAP - 2)), JSON_TYPE), "x".repeat(CAP - 2));
  assert.equal(await outcome(JSON.stringify("x".repeat(CAP - 1)), JSON_TYPE), 413);
  let sent = 0;
  const endless = new ReadableStream({
    pull(controller) {
      sent += 100;
      controller.enqueue(new Uint8Array(100).fill(32));
    },
  });
  assert.equal(await outcome(endless, JSON_TYPE), 413);
  assert.ok(sent <= 3 * CAP, "and the rest is not read");
});

Deno.test("names of prototypes are names", async () => {
  const value = await outcome('{"__proto__":{"isAdmin":true}}', JSON_TYPE) as { isAdmin?: boolean };
  assert.equal(value.isAdmin, undefined);
  assert.equal(({} as { isAdmin?: boolean }).isAdmin, undefined);
});
