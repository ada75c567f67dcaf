import assert from "node:assert/strict";
import { testHeader } from "../../../tests/support/header_cases.ts";
import { accepts, parseAccept, printAccept } from "./accept.ts";
import { Headers } from "./headers.ts";

testHeader({
  header: "Accept",
  parse: parseAccept,
  print: printAccept,
  reads: [
    ["a range", "application/*;q=0.5", {
      type: "application",
      subtype: "*",
      params: new Map([["q", "0.5"]]),
    }],
    ["everything", "*/*", { type: "*", subtype: "*", params: new Map() }],
  ],
  refuses: [["a q over 1", "a/b;q=2"], ["a q without value", "a/b;q"], ["no subtype", "text"]],
});

for (
  const [promise, accept, expected] of [
    ["no header takes SDP", undefined, true],
    ["an empty header takes nothing", "", false],
    ["an exact type", "text/plain, application/sdp", true],
    ["a range", "application/*", true],
    ["another type only", "text/nobodyKnowsThis", false],
    ["the closest range decides", "*/*, application/*;q=0, application/sdp;q=0.1", true],
    ["q=0 refuses", "*/*, application/sdp;q=0", false],
  ] as const
) {
  Deno.test(`Accept: ${promise}`, () => {
    const headers = new Headers();
    if (accept !== undefined) headers.append("Accept", accept);
    assert.equal(accepts({ headers }, "application/sdp"), expected);
  });
}
