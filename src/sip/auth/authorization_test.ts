import assert from "node:assert/strict";
import fc from "fast-check";
import { DIGEST_NONSENSE } from "../../../tests/support/digest_text.ts";
import { parseAuthorization, printAuthorization } from "./authorization.ts";

const RESPONSE = "89eb0059246c02b2f6ee02c7961d5ea3";
const BASE = `Digest username="bob", realm="r", nonce="n", uri="sip:b"`;

for (
  const [promise, text] of [
    [
      "the plain answer of RFC 3261 §22.4",
      `${BASE}, response="${RESPONSE}", qop=auth, nc=00000001, cnonce="c"`,
    ],
    [
      "quoted qop and nc, as some phones send them",
      `${BASE}, response="${RESPONSE}", qop="auth", nc="00000001", cnonce="c"`,
    ],
    ["any case of names", `DIGEST USERNAME="bob", REALM="r", NONCE="n", URI="sip:b", RESPONSE="${RESPONSE}"`],
    [
      "white space round equals signs",
      `Digest  username = "bob" , realm = "r" , nonce="n", uri="sip:b", response="${RESPONSE}", foo=bar`,
    ],
    ["empty list members", `${BASE},, response="${RESPONSE}",`],
  ] as const
) {
  Deno.test(`an answer is read with ${promise}`, () => {
    const parsed = parseAuthorization(text);
    assert.ok(parsed.ok && parsed.value);
    assert.equal(parsed.value.username, "bob");
    assert.equal(parsed.value.response, RESPONSE);
  });
}

Deno.test("escapes in quoted values are undone, commas in them divide nothing", () => {
  const parsed = parseAuthorization(
    `Digest username="a\\"b\\\\c", realm="x, y=z", nonce="n", uri="sip:b", response="${RESPONSE}"`,
  );
  assert.ok(parsed.ok && parsed.value);
  assert.equal(parsed.value.username, 'a"b\\c');
  assert.equal(parsed.value.realm, "x, y=z");
});

for (
  const [promise, text] of [
    ["a parameter given twice", `${BASE}, username="eve", response="${RESPONSE}"`],
    ["no response", BASE],
    ["a response that is no hash", `${BASE}, response="zz"`],
    ["broken quoting", `Digest username="bob, realm="r", nonce="n", uri="sip:b", response="${RESPONSE}"`],
    ["qop without nc and cnonce", `${BASE}, response="${RESPONSE}", qop=auth`],
    ["nc of another length than eight", `${BASE}, response="${RESPONSE}", qop=auth, nc=1, cnonce="c"`],
    ["an unknown qop", `${BASE}, response="${RESPONSE}", qop=sure, nc=00000001, cnonce="c"`],
    ["a scheme alone", "Digest"],
    ["nothing", ""],
    ["two answers in one field", `${BASE}, response="${RESPONSE}", ${BASE}, response="${RESPONSE}"`],
    ["a thousand parameters", `Digest ${Array.from({ length: 1000 }, (_, i) => `a${i}=b`).join(",")}`],
  ] as const
) {
  Deno.test(`an answer is refused for ${promise}`, () => assert.equal(parseAuthorization(text).ok, false));
}

Deno.test("a Basic answer is no digest answer", () => {
  assert.deepEqual(parseAuthorization("Basic Ym9iOnphbnppYmFy"), { ok: true, value: undefined });
});

const word = fc.string({ maxLength: 20 }).map((text) => text.replace(/[\r\n]/g, ""));

Deno.test("print and parse of an answer give it back", () => {
  fc.assert(fc.property(
    fc.record({ username: word, realm: word, nonce: word, uri: word, opaque: word, cnonce: word }),
    ({ cnonce, ...rest }) => {
      const answer = {
        ...rest,
        response: RESPONSE,
        algorithm: "MD5",
        counted: { qop: "auth", nc: "0000000a", cnonce },
      };
      assert.deepEqual(parseAuthorization(printAuthorization(answer)), { ok: true, value: answer });
    },
  ));
});

Deno.test("no text makes the reader of answers throw", () => {
  fc.assert(fc.property(DIGEST_NONSENSE, (text) => {
    parseAuthorization(text);
    parseAuthorization(`Digest ${text}`);
  }));
});
