import assert from "node:assert/strict";
import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseNameAddr, printNameAddr, tagOf } from "./name_addr.ts";
import type { SipUri } from "./types.ts";

const BOB: SipUri = {
  scheme: "sip",
  user: "bob",
  host: "example.com",
  params: new Map(),
  headers: new Map(),
};

testHeader({
  header: "name-addr",
  parse: parseNameAddr,
  print: printNameAddr,
  reads: [
    [
      "a quoted name",
      String.raw`"Mr. \"B\" \\ <x>;, 北京" <sip:bob@example.com>;tag=1`,
      { displayName: String.raw`Mr. "B" \ <x>;, 北京`, uri: BOB, params: new Map([["tag", "1"]]) },
    ],
    [
      "an unquoted name of several words",
      "  Bob  B. Builder   <sip:bob@example.com> ; tag = a ",
      { displayName: "Bob  B. Builder", uri: BOB, params: new Map([["tag", "a"]]) },
      '"Bob  B. Builder" <sip:bob@example.com>;tag=a',
    ],
    ["a name right before the bracket", "caller<sip:bob@example.com>", {
      displayName: "caller",
      uri: BOB,
      params: new Map(),
    }, '"caller" <sip:bob@example.com>'],
    ["an empty name", '"" <sip:bob@example.com>', { displayName: "", uri: BOB, params: new Map() }],
    ["no name", "<sip:bob@example.com>", { uri: BOB, params: new Map() }],
    ["percent signs in a name, which mean nothing", '"%Z%45" <sip:bob@example.com>', {
      displayName: "%Z%45",
      uri: BOB,
      params: new Map(),
    }],
    [
      "a bare URI, whose parameters are the header's",
      "sip:bob@example.com;unknownparam",
      { uri: BOB, params: new Map([["unknownparam", null]]) },
      "<sip:bob@example.com>;unknownparam",
    ],
    [
      "a bracketed URI, whose parameters are its own",
      "<sip:bob@example.com;unknownparam>",
      { uri: { ...BOB, params: new Map([["unknownparam", null]]) }, params: new Map() },
    ],
    [
      "a parameter named like a prototype",
      "<sip:bob@example.com>;__proto__=x;constructor",
      { uri: BOB, params: new Map([["__proto__", "x"], ["constructor", null]]) },
    ],
    [
      "feature tags, quoted even when they could stand plain",
      '<sip:bob@example.com>;+sip.instance="<urn:uuid:1>";+g.x="a";methods="INVITE"',
      {
        uri: BOB,
        params: new Map([["+sip.instance", "<urn:uuid:1>"], ["+g.x", "a"], ["methods", "INVITE"]]),
      },
    ],
    ["another scheme", "<urn:service:sos>", {
      uri: { scheme: "other", text: "urn:service:sos" },
      params: new Map(),
    }],
  ],
  refuses: [
    ["empty text", ""],
    ["a quote without end", '"Mr. J. User <sip:bob@example.com>'],
    ["a bracket without end", "Bob <sip:bob@example.com"],
    ["a comma in an unquoted name", "Bell, Alexander <sip:bob@example.com>"],
    ["spaces within the brackets", '"W" < sip:bob@example.com >'],
    ["a quoted name without brackets", '"Bob" sip:bob@example.com'],
    ["a bare URI with headers", "sip:bob@example.com?Route=%3Csip:x%3E"],
    ["text after the brackets", "<sip:bob@example.com> hello"],
    ["a doubled tag", "<sip:bob@example.com>;tag=1;tag=2"],
    ["an escaped control character at the end of a quote", '"a\\'],
  ],
});

Deno.test("name-addr: a line break in a display name is printed as spaces", () => {
  assert.equal(
    printNameAddr({ displayName: "a\r\nVia: x", uri: BOB, params: new Map() }),
    '"a  Via: x" <sip:bob@example.com>',
  );
});

Deno.test("name-addr: a flag named tag is no tag", () => {
  assert.equal(tagOf({ uri: BOB, params: new Map([["tag", null]]) }), undefined);
});
