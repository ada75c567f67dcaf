/** Second factor: the vectors of RFC 6238 and RFC 4226, drift, and no code twice. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { findTotpStep, printBase32, totpCode, totpCounter, totpUri } from "./totp.ts";

const SECRET = new TextEncoder().encode("12345678901234567890");

Deno.test("RFC 4226 appendix D: the ten codes of the counters", () => {
  const codes = Array.from({ length: 10 }, (_, counter) => totpCode(SECRET, counter));
  assert.deepEqual(codes, [
    "755224",
    "287082",
    "359152",
    "969429",
    "338314",
    "254676",
    "287922",
    "162583",
    "399871",
    "520489",
  ]);
});

Deno.test("RFC 6238 appendix B: the last six digits of the SHA-1 codes", () => {
  const rows = [
    [59, "287082"],
    [1111111109, "081804"],
    [1111111111, "050471"],
    [1234567890, "005924"],
    [2000000000, "279037"],
    [20000000000, "353130"],
  ] as const;
  for (const [seconds, code] of rows) assert.equal(totpCode(SECRET, totpCounter(seconds * 1000)), code);
});

Deno.test("a code is good one step early and late, not two, and never again", () => {
  const nowMs = 1_700_000_010_000, now = totpCounter(nowMs);
  const find = (counter: number, lastCounter = 0) =>
    findTotpStep(SECRET, totpCode(SECRET, counter), { nowMs, lastCounter });
  assert.deepEqual([-2, -1, 0, 1, 2].map((drift) => find(now + drift)), [
    undefined,
    now - 1,
    now,
    now + 1,
    undefined,
  ]);
  assert.equal(find(now, now), undefined, "RFC 6238 §5.2: MUST NOT accept the second attempt");
  assert.equal(find(now - 1, now), undefined, "nor one before it");
  assert.equal(find(now + 1, now), now + 1);
});

Deno.test("what is no code is none", () => {
  for (const text of ["", "12345", "1234567", "12345a", "１２３４５６", " 12345"]) {
    assert.equal(findTotpStep(SECRET, text, { nowMs: 0, lastCounter: -9 }), undefined, text);
  }
});

Deno.test("RFC 4648 §10: base32, and the link for the app", () => {
  const rows = [["", ""], ["f", "MY"], ["fo", "MZXQ"], ["foo", "MZXW6"], ["foobar", "MZXW6YTBOI"]] as const;
  for (const [text, wanted] of rows) assert.equal(printBase32(new TextEncoder().encode(text)), wanted);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    assert.equal(printBase32(bytes).length, Math.ceil(bytes.length * 8 / 5));
  }));
  assert.equal(
    totpUri(SECRET, "admin"),
    "otpauth://totp/sipedge%3Aadmin?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=sipedge",
  );
});
