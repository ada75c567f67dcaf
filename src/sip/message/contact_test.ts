import assert from "node:assert/strict";
import { testHeader } from "../../../tests/support/header_cases.ts";
import { expiresOf, parseContact, preferenceOf, printContact } from "./contact.ts";
import { contacts } from "./reads.ts";
import { Headers } from "./headers.ts";
import type { NameAddr, SipUri } from "./types.ts";

const BOB: SipUri = { scheme: "sip", host: "192.0.2.4", port: 5062, params: new Map(), headers: new Map() };

testHeader({
  header: "Contact",
  parse: parseContact,
  print: printContact,
  reads: [
    ["the star", "*", "*"],
    ["q and expires", "<sip:192.0.2.4:5062>;q=0.7;expires=3600", {
      uri: BOB,
      params: new Map([["q", "0.7"], ["expires", "3600"]]),
    }],
    [
      "a URI with an escaped header, which stays in it",
      "<sip:192.0.2.4:5062?Route=%3Csip:a.example.com%3E>",
      { uri: { ...BOB, headers: new Map([["Route", "<sip:a.example.com>"]]) }, params: new Map() },
    ],
  ],
  refuses: [["stray semicolons", '"Joe" <sip:joe@example.org>;;;;'], [
    "a URI header without brackets",
    "sip:a@b?Route=x",
  ]],
});

function contact(text: string): NameAddr {
  const parsed = parseContact(text);
  assert.ok(parsed.ok && parsed.value !== "*");
  return parsed.value;
}

for (
  const [promise, params, expires, preference] of [
    ["no parameters mean no expiry and full preference", "", undefined, 1000],
    ["q counts in thousandths", ";q=0.123;expires=60", 60, 123],
    ["an expiry that is no number is 3600", ";q=7;expires=soon", 3600, 1000],
    ["an endless expiry is the largest", ";expires=280297596632815", 4294967295, 1000],
  ] as const
) {
  Deno.test(`Contact: ${promise}`, () => {
    assert.equal(expiresOf(contact("<sip:a@b>" + params)), expires);
    assert.equal(preferenceOf(contact("<sip:a@b>" + params)), preference);
  });
}

Deno.test("Contact: the star must stand alone", () => {
  const headers = new Headers();
  assert.deepEqual(contacts({ headers }), []);
  headers.append("m", "*");
  assert.equal(contacts({ headers }), "*");
  headers.append("Contact", "<sip:a@b>");
  assert.equal(contacts({ headers }), undefined);
});
