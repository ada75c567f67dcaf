import assert from "node:assert/strict";
import { Headers } from "../message/mod.ts";
import { addHeaders } from "./extra_headers.ts";

Deno.test("the first extra header of a name replaces our default, further ones are added", () => {
  const headers = new Headers();
  headers.append("User-Agent", "ours");
  headers.append("Max-Forwards", "70");
  addHeaders(headers, [["user-agent", "theirs"], ["History-Info", "<sip:a@x>"], [
    "History-Info",
    "<sip:b@x>",
  ]]);
  assert.deepEqual([...headers], [
    ["User-Agent", "theirs"],
    ["Max-Forwards", "70"],
    ["History-Info", "<sip:a@x>"],
    ["History-Info", "<sip:b@x>"],
  ]);
});

Deno.test("a header that could smuggle a line is refused as our own fault", () => {
  assert.throws(() => addHeaders(new Headers(), [["Subject", "x\r\nEvil: 1"]]), TypeError);
});
