import assert from "node:assert/strict";
import { keyAndSaltLength, parseSuiteName, refusalName, SRTP_SUITES, suiteOf } from "./mod.ts";

for (
  const [written, meant] of [
    ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_80"],
    ["AES_CM_128_HMAC_SHA1_32", "AES_CM_128_HMAC_SHA1_32"],
    ["AES_128_CM_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_80"],
    ["AES_192_CM_HMAC_SHA1_80", "AES_192_CM_HMAC_SHA1_80"],
    ["AES_CM_192_HMAC_SHA1_32", "AES_192_CM_HMAC_SHA1_32"],
    ["AES_256_CM_HMAC_SHA1_80", "AES_256_CM_HMAC_SHA1_80"],
    ["AES_CM_256_HMAC_SHA1_80", "AES_256_CM_HMAC_SHA1_80"],
    ["aes_cm_256_hmac_sha1_32", "AES_256_CM_HMAC_SHA1_32"],
    ["AEAD_AES_128_GCM", "AEAD_AES_128_GCM"],
    ["AEAD_AES_256_GCM", "AEAD_AES_256_GCM"],
    ["F8_128_HMAC_SHA1_80", undefined],
    ["AES_CM_256_HMAC_SHA1_96", undefined],
    ["AEAD_AES_192_GCM", undefined],
    ["__proto__", undefined],
    ["", undefined],
  ] as const
) {
  Deno.test(`"${written}" means ${meant ?? "nothing known"}`, () =>
    assert.equal(parseSuiteName(written), meant));
}

Deno.test("key and salt have the lengths of RFC 4568 §6.2, RFC 6188 §4 and RFC 7714 §12", () => {
  const lengths = SRTP_SUITES.map((suite) => keyAndSaltLength(suite));
  assert.deepEqual(lengths, [30, 30, 38, 38, 46, 46, 28, 44]);
  assert.deepEqual(SRTP_SUITES.map(({ tagLength }) => tagLength), [10, 4, 10, 4, 10, 4, 16, 16]);
  assert.deepEqual(SRTP_SUITES.map(({ rtcpTagLength }) => rtcpTagLength), [10, 10, 10, 10, 10, 10, 16, 16]);
  for (const suite of SRTP_SUITES) assert.equal(suiteOf(suite.name), suite);
});

Deno.test("every reason has its words", () => {
  assert.equal(refusalName(-4), "unauthentic");
  assert.equal(refusalName(-9), "not encrypted");
  assert.equal(refusalName(-99), "unknown");
});
