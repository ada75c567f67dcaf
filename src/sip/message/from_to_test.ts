import assert from "node:assert/strict";
import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseFrom, parseTo, printFromTo, withTag } from "./from_to.ts";
import type { SipUri } from "./types.ts";

const BOB: SipUri = {
  scheme: "sip",
  user: "bob",
  host: "example.com",
  params: new Map(),
  headers: new Map(),
};

testHeader({
  header: "From",
  parse: parseFrom,
  print: printFromTo,
  reads: [["a value without tag", "<sip:bob@example.com>", { uri: BOB, params: new Map() }]],
  refuses: [["no URI", "Bob"]],
});

testHeader({
  header: "To",
  parse: parseTo,
  print: printFromTo,
  reads: [["a value with tag", "<sip:bob@example.com>;tag=x", { uri: BOB, params: new Map([["tag", "x"]]) }]],
  refuses: [["a list", "<sip:a@example.com>, <sip:b@example.com>"]],
});

Deno.test("From and To: a tag is set and taken away in a copy", () => {
  const address = { uri: BOB, params: new Map([["a", "b"]]) };
  assert.equal(printFromTo(withTag(address, "1")), "<sip:bob@example.com>;a=b;tag=1");
  assert.equal(printFromTo(withTag(withTag(address, "1"), undefined)), "<sip:bob@example.com>;a=b");
  assert.equal(address.params.size, 1);
});
