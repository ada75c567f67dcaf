import assert from "node:assert/strict";
import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseReferTo, printReferTo, replacesOf } from "./refer_to.ts";

testHeader({
  header: "Refer-To",
  parse: parseReferTo,
  print: printReferTo,
  reads: [["a tel URI", "<tel:+358-555-1234567>", {
    uri: { scheme: "tel", number: "+358-555-1234567", params: new Map() },
    params: new Map(),
  }]],
  refuses: [["no URI", "Bob"], ["empty text", ""]],
});

for (
  const [promise, text] of [
    ["escaped as it must be", "<sip:b@h?Replaces=c%40h%3Bto-tag%3D1%3Bfrom-tag%3D2>"],
    ["bare, as some phones send it", "<sip:b@h?replaces=c@h;to-tag=1;from-tag=2>"],
  ] as const
) {
  Deno.test(`Refer-To: the dialog to replace is found, ${promise}`, () => {
    const target = parseReferTo(text);
    assert.ok(target.ok);
    const value = { callId: "c@h", toTag: "1", fromTag: "2", earlyOnly: false };
    assert.deepEqual(replacesOf(target.value), { ok: true, value });
    const again = parseReferTo(printReferTo(target.value));
    assert.ok(again.ok);
    assert.deepEqual(replacesOf(again.value), { ok: true, value });
  });
}

Deno.test("Refer-To: without Replaces there is none", () => {
  const target = parseReferTo("<sip:b@h>");
  assert.ok(target.ok);
  assert.equal(replacesOf(target.value), undefined);
});
