import assert from "node:assert/strict";
import fc from "fast-check";
import { parseMessage, type SipResponse } from "../../sip/mod.ts";
import { readRegisterAnswer, realmsOf } from "./register_answer.ts";

function response(status: string, headers: readonly string[]): SipResponse | undefined {
  const fixed = [
    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
    "From: <sip:a@x>;tag=1",
    "To: <sip:a@x>;tag=2",
  ];
  const lines = [`SIP/2.0 ${status}`, ...fixed, "Call-ID: 1", "CSeq: 7 REGISTER", ...headers];
  const parsed = parseMessage(new TextEncoder().encode(`${lines.join("\r\n")}\r\nContent-Length: 0\r\n\r\n`));
  return parsed.ok && parsed.value.kind === "response" ? parsed.value : undefined;
}

const OURS = "Contact: <sip:49301@192.0.2.100>;expires=300";

const ROWS: readonly (readonly [string, string, readonly string[], Record<string, unknown>])[] = [
  ["our Contact's own lifetime", "200 OK", [OURS, "Expires: 600"], { grantedSec: 300, sequence: 7 }],
  ["the header where it says nothing", "200 OK", ["Contact: <sip:49301@192.0.2.100>", "Expires: 600"], {
    grantedSec: 600,
  }],
  ["not that of other devices", "200 OK", ["Contact: <sip:x@192.0.2.5>;expires=9000", OURS], {
    grantedSec: 300,
  }],
  ["of two of ours the fresh one", "200 OK", ["Contact: <sip:49301@192.0.2.9>;expires=20", OURS], {
    grantedSec: 300,
  }],
  ["a registrar that lists nothing", "200 OK", [], { grantedSec: undefined }],
  ["a Contact without sense", "200 OK", ["Contact: <", "Expires: 60"], { grantedSec: 60 }],
  ["a lifetime without sense", "200 OK", ["Contact: <sip:49301@192.0.2.100>;expires=soon"], {
    grantedSec: 3600,
  }],
  ["Min-Expires", "423 Interval Too Brief", ["Min-Expires: 1800"], { minExpiresSec: 1800 }],
  ["Retry-After with a comment", "503 Service Unavailable", ["Retry-After: 120 (lunch)"], {
    retryAfterSec: 120,
  }],
  ["Retry-After without sense", "503 Service Unavailable", ["Retry-After: later"], {
    retryAfterSec: undefined,
  }],
  [
    "the route of the service",
    "200 OK",
    [OURS, "Service-Route: <sip:a;lr>, <sip:b;lr>", "Path: <sip:edge;lr>"],
    { serviceRoute: ["<sip:a;lr>", "<sip:b;lr>"], path: ["<sip:edge;lr>"] },
  ],
  [
    "the realms of all challenges",
    "401 Unauthorized",
    [
      'WWW-Authenticate: Digest realm="a", nonce="1", algorithm=SHA-256',
      'WWW-Authenticate: Digest realm="a", nonce="1"',
      'WWW-Authenticate: Digest realm="b", nonce="1"',
      'Proxy-Authenticate: Digest realm="c", nonce="1"',
    ],
    { realms: ["a", "b"] },
  ],
];

Deno.test("an answer to REGISTER is read", async (t) => {
  for (const [name, status, headers, want] of ROWS) {
    await t.step(name, () => {
      const answer = readRegisterAnswer(response(status, headers)!, "49301");
      for (const [key, value] of Object.entries(want)) {
        assert.deepEqual(answer[key as keyof typeof answer], value, key);
      }
    });
  }
});

Deno.test("no answer of a registrar makes the reader fail, and what it keeps is bounded", () => {
  const name = fc.constantFrom(
    "Contact",
    "Expires",
    "Min-Expires",
    "Retry-After",
    "Service-Route",
    "Path",
    "WWW-Authenticate",
  );
  const value = fc.oneof(
    fc.string({ maxLength: 80 }),
    fc.constantFrom("*", "<sip:49301@x>;expires=99999999999", "Digest realm=", "<sip:a;lr>,<sip:b;lr>", "-1"),
  );
  fc.assert(fc.property(fc.array(fc.tuple(name, value), { maxLength: 40 }), (headers) => {
    const clean = headers.map(([name, value]) => `${name}: ${value.replace(/[\r\n]/g, "")}`);
    const found = response("401 Words", clean);
    if (!found) return;
    const { grantedSec = 1, minExpiresSec = 1, serviceRoute, realms } = readRegisterAnswer(found, "49301");
    assert.ok(Number.isSafeInteger(grantedSec) && grantedSec >= 0);
    assert.ok(Number.isSafeInteger(minExpiresSec) && minExpiresSec >= 0);
    assert.ok(serviceRoute.length <= 8 && realms.length <= 8 && realmsOf(found).length <= 8);
  }));
});
