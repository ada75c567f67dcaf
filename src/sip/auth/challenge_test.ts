import assert from "node:assert/strict";
import fc from "fast-check";
import { DIGEST_NONSENSE } from "../../../tests/support/digest_text.ts";
import { type DigestChallenge, parseChallenge, printChallenge } from "./challenge.ts";

const PLAIN: DigestChallenge = { realm: "r", nonce: "n", stale: false, qop: [] };

for (
  const [promise, text, expected] of [
    ["realm and nonce alone, in the manner of RFC 2069", `Digest realm="r", nonce="n"`, [PLAIN]],
    [
      "everything of RFC 7616",
      `Digest realm="r", nonce="n", opaque="o", stale=true, algorithm=SHA-256, qop="auth,auth-int"`,
      [{ ...PLAIN, opaque: "o", stale: true, algorithm: "SHA-256", qop: ["auth", "auth-int"] }],
    ],
    ["any case of names and words", `DIGEST REALM="r", Nonce="n", STALE=True, qop="AUTH"`, [
      { ...PLAIN, stale: true, qop: ["auth"] },
    ]],
    ["an algorithm in quotes, and as it was written", `Digest realm="r", nonce="n", algorithm="md5"`, [
      { ...PLAIN, algorithm: "md5" },
    ]],
    ["a qop without quotes", `Digest realm="r", nonce="n", qop=auth`, [{ ...PLAIN, qop: ["auth"] }]],
    ["any other word for stale as false", `Digest realm="r", nonce="n", stale=1`, [PLAIN]],
    ["an empty realm, which is one", `Digest realm="", nonce="n"`, [{ ...PLAIN, realm: "" }]],
    ["parameters it does not know", `Digest realm="r", nonce="n", domain="sip:b", charset=UTF-8`, [PLAIN]],
    ["names of prototypes", `Digest realm="r", nonce="n", __proto__=x, constructor="y"`, [PLAIN]],
    [
      "several in one field, in their order",
      `Digest realm="a, b", nonce="1", algorithm=SHA-256, qop="auth, auth-int", Digest realm="c",nonce="2",stale=TRUE`,
      [
        { realm: "a, b", nonce: "1", algorithm: "SHA-256", qop: ["auth", "auth-int"], stale: false },
        { realm: "c", nonce: "2", qop: [], stale: true },
      ],
    ],
    ["nothing of another scheme", `Basic realm="r"`, []],
    ["nothing without a realm", `Digest nonce="n"`, []],
    ["nothing without a nonce", `Digest realm="r"`, []],
    ["the complete one behind one that is not", `Digest realm="x", Digest realm="r", nonce="n"`, [PLAIN]],
  ] as const
) {
  Deno.test(`a challenge is read with ${promise}`, () => {
    assert.deepEqual(parseChallenge(text), { ok: true, value: expected });
  });
}

for (
  const [promise, text] of [
    ["nothing", ""],
    ["no scheme", `="r"`],
    ["a realm given twice", `Digest realm="r", realm="s", nonce="n"`],
    ["a quote without end", `Digest realm="r, nonce=n`],
    ["a parameter without value", `Digest realm, nonce="n"`],
    ["text behind a value", `Digest realm="r" nonce="n"`],
    ["a thousand parameters", `Digest ${Array.from({ length: 1000 }, (_, i) => `a${i}=b`).join(",")}`],
  ] as const
) {
  Deno.test(`a challenge is refused for ${promise}`, () => assert.equal(parseChallenge(text).ok, false));
}

Deno.test("a challenge is printed with only what it holds, and quotes what could end a value", () => {
  assert.equal(printChallenge(PLAIN), `Digest realm="r", nonce="n"`);
  assert.equal(
    printChallenge({ ...PLAIN, realm: 'a"\\', opaque: "o", stale: true, algorithm: "MD5", qop: ["auth"] }),
    `Digest realm="a\\"\\\\", nonce="n", opaque="o", stale=true, algorithm=MD5, qop="auth"`,
  );
});

const word = fc.string({ maxLength: 20 }).map((text) => text.replace(/[\r\n]/g, ""));

Deno.test("print and parse of a challenge give it back", () => {
  fc.assert(fc.property(
    fc.record({ realm: word, nonce: word, opaque: word, stale: fc.boolean() }),
    (parts) => {
      const challenge = { ...parts, algorithm: "SHA-256", qop: ["auth", "auth-int"] };
      assert.deepEqual(parseChallenge(printChallenge(challenge)), { ok: true, value: [challenge] });
    },
  ));
});

Deno.test("no text makes the reader of challenges throw", () => {
  fc.assert(fc.property(DIGEST_NONSENSE, (text) => void parseChallenge(`Digest ${text}`)));
});
