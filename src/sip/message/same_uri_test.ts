import assert from "node:assert/strict";
import { sameUri } from "./same_uri.ts";
import type { Uri } from "./types.ts";
import { parseUri } from "./uri.ts";

function uri(text: string): Uri {
  const parsed = parseUri(text);
  assert.ok(parsed.ok, text);
  return parsed.value;
}

/** The examples of RFC 3261 §19.1.4, and what follows from its rules. */
for (
  const [promise, a, b, expected] of [
    [
      "escapes, and case of host and parameters",
      "sip:%61lice@atlanta.com;transport=TCP",
      "sip:alice@AtLanTa.CoM;Transport=tcp",
      true,
    ],
    ["a parameter that one side ignores", "sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true],
    [
      "other parameters on each side",
      "sip:carol@chicago.com;security=on",
      "sip:carol@chicago.com;newparam=5",
      true,
    ],
    [
      "order of parameters and headers",
      "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
      "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
      true,
    ],
    [
      "order of headers",
      "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
      "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
      true,
    ],
    ["case of the user", "SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", false],
    ["a port and none", "sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false],
    ["a transport and none", "sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", false],
    ["a port and another transport", "sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp", false],
    ["a header and none", "sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", false],
    ["a name and its address", "sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", false],
    [
      "two values of one parameter",
      "sip:carol@chicago.com;security=on",
      "sip:carol@chicago.com;security=off",
      false,
    ],
    ["a user parameter and none", "sip:1@a", "sip:1@a;user=phone", false],
    ["an maddr and none", "sip:1@a", "sip:1@a;maddr=b", false],
    ["sip and sips", "sip:a@b", "sips:a@b", false],
    ["a password and none", "sip:a:p@b", "sip:a@b", false],
    ["an escaped reserved character and the character", "sip:a%3Bb@c", "sip:a;b@c", false],
    ["an escaped reserved character twice", "sip:a%3bb@c", "sip:%61%3Bb@c", true],
    ["a user and none", "sip:a@b", "sip:b", false],
    ["two spellings of an IPv6 host's case", "sip:[2001:DB8::1]", "sip:[2001:db8::1]", true],
    ["separators of a number", "tel:+49-30-123", "tel:+4930123", true],
    ["two numbers", "tel:+4930123", "tel:+4930124", false],
    ["a parameter of a number", "tel:1;ext=2", "tel:1", false],
    ["a number and a sip URI", "tel:1", "sip:1@a;user=phone", false],
    ["another scheme", "urn:a", "urn:a", true],
    ["two of another scheme", "urn:a", "urn:b", false],
  ] as const
) {
  Deno.test(`URIs that differ in ${promise} are ${expected ? "the same" : "different"}, both ways round`, () => {
    assert.equal(sameUri(uri(a), uri(b)), expected);
    assert.equal(sameUri(uri(b), uri(a)), expected);
    assert.ok(sameUri(uri(a), uri(a)));
  });
}
