import assert from "node:assert/strict";
import { CRYPTO_SUITES, parseCrypto, printCrypto } from "./mod.ts";

const KEY = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";
const SUITE = "AES_CM_128_HMAC_SHA1_80";

const ROWS: readonly [string, string, boolean][] = [
  ["plain line", `1 ${SUITE} inline:${KEY}`, true],
  ["lifetime as a power", `1 ${SUITE} inline:${KEY}|2^48`, true],
  ["lifetime in decimal", `1 ${SUITE} inline:${KEY}|1048576`, true],
  ["MKI alone", `1 ${SUITE} inline:${KEY}|1:4`, true],
  ["lifetime and MKI", `1 ${SUITE} inline:${KEY}|2^20|1:32`, true],
  ["session parameter that may be ignored", `1 ${SUITE} inline:${KEY} -mine`, true],
  ["largest tag", `999999999 ${SUITE} inline:${KEY}`, true],
  ["tag that is no number", `x ${SUITE} inline:${KEY}`, false],
  ["unknown suite", `1 NO_SUCH_SUITE inline:${KEY}`, false],
  ["key too short", `1 ${SUITE} inline:${KEY.slice(0, 36)}`, false],
  ["key too long", `1 ${SUITE} inline:${KEY}AAAA`, false],
  ["key that is no base64", `1 ${SUITE} inline:####${KEY.slice(4)}`, false],
  ["no key", `1 ${SUITE}`, false],
  ["empty key", `1 ${SUITE} inline:`, false],
  ["two keys", `1 ${SUITE} inline:${KEY};inline:${KEY}`, false],
  ["MKI too long", `1 ${SUITE} inline:${KEY}|2^20|1:129`, false],
  ["lifetime too long", `1 ${SUITE} inline:${KEY}|2^49`, false],
  ["UNENCRYPTED_SRTP", `1 ${SUITE} inline:${KEY} UNENCRYPTED_SRTP`, false],
  ["FEC_ORDER", `1 ${SUITE} inline:${KEY} FEC_ORDER=FEC_SRTP`, false],
];

for (const [name, line, accepted] of ROWS) {
  Deno.test(`a crypto line with ${name} is ${accepted ? "read" : "passed over"}`, () => {
    assert.equal(parseCrypto(line).ok, accepted);
  });
}

Deno.test("both spellings of the 256 bit suite name one suite, and the answer repeats the peer's", () => {
  const { keyBytes, saltBytes } = CRYPTO_SUITES.AES_256_CM_HMAC_SHA1_80;
  const key = btoa("k".repeat(keyBytes + saltBytes));
  for (const spelling of ["AES_256_CM_HMAC_SHA1_80", "AES_CM_256_HMAC_SHA1_80"]) {
    const line = parseCrypto(`7 ${spelling} inline:${key}`);
    assert.ok(line.ok);
    assert.equal(line.value.suite, "AES_256_CM_HMAC_SHA1_80");
    assert.equal(printCrypto(line.value), `7 ${spelling} inline:${key}`);
  }
});

Deno.test("a refused line never shows its key", () => {
  const line = parseCrypto(`1 ${SUITE} inline:${KEY}AAAA`);
  assert.ok(!line.ok && !line.error.reason.includes(KEY));
});

Deno.test("the independent crypto lines get their verdicts", async (test) => {
  const file = new URL("../../../shared/cases/srtp/sdes_lines.json", import.meta.url);
  const text = await Deno.readTextFile(file).catch(() => undefined);
  if (text === undefined) return console.log("skipped: independent crypto lines are not here");
  const { cases } = JSON.parse(text) as { cases: { line: string; ok: unknown; src: string }[] };
  for (const { line, ok, src } of cases) {
    if (typeof ok !== "boolean") continue;
    await test.step(src, () => assert.equal(parseCrypto(line.slice("a=crypto:".length)).ok, ok));
  }
});
