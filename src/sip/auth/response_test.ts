import assert from "node:assert/strict";
import { algorithmOf, hashHex } from "./algorithms.ts";
import { createHa1 } from "./ha1.ts";
import { computeResponse } from "./response.ts";

interface Vector {
  readonly id: string;
  readonly algorithm: string;
  readonly username: string;
  readonly realm: string;
  readonly password: string;
  readonly method: string;
  readonly uri: string;
  readonly nonce: string;
  readonly qop: string | null;
  readonly nc: string | null;
  readonly cnonce: string | null;
  readonly body_utf8: string;
  readonly response: string;
}

const HTTP = {
  username: "Mufasa",
  method: "GET",
  uri: "/dir/index.html",
  qop: "auth",
  nc: "00000001",
  body_utf8: "",
};

const RFC_7616 = {
  ...HTTP,
  realm: "http-auth@example.org",
  password: "Circle of Life",
  nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
  cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
};

const OWN: readonly Vector[] = [
  {
    ...HTTP,
    id: "RFC 2617 §3.5",
    algorithm: "MD5",
    realm: "testrealm@host.com",
    password: "Circle Of Life",
    nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
    cnonce: "0a4f113b",
    response: "6629fae49393a05397450978507c4ef1",
  },
  { ...RFC_7616, id: "RFC 7616 §3.9.1 MD5", algorithm: "MD5", response: "8ca523f5e9506fed4657c9700eebdbec" },
  {
    ...RFC_7616,
    id: "RFC 7616 §3.9.1 SHA-256 (RFC 8760)",
    algorithm: "SHA-256",
    response: "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
  },
  {
    id: "RFC 7616 §3.9.2 SHA-512-256, by erratum 4897",
    algorithm: "SHA-512-256",
    username: "J\u00e4s\u00f8n Doe",
    realm: "api@example.org",
    password: "Secret, or not?",
    method: "GET",
    uri: "/doe.json",
    nonce: "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
    qop: "auth",
    nc: "00000001",
    cnonce: "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
    body_utf8: "",
    response: "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5",
  },
];

function responseOf(vector: Vector): string {
  const algorithm = algorithmOf(vector.algorithm)!;
  const { username, realm, password, qop, nc, cnonce } = vector;
  return computeResponse({
    algorithm,
    ha1: hashHex(algorithm.hash, `${username}:${realm}:${password}`),
    nonce: vector.nonce,
    method: vector.method,
    uri: vector.uri,
    counted: qop === null ? undefined : { qop, nc: nc!, cnonce: cnonce! },
    body: new TextEncoder().encode(vector.body_utf8),
  });
}

for (const vector of OWN) {
  Deno.test(`the response is that of ${vector.id}`, () => assert.equal(responseOf(vector), vector.response));
}

const SHARED = new URL("../../../../shared/cases/digest/digest_vectors.json", import.meta.url);

Deno.test("the response is that of every vector of the shared set", async (test) => {
  let text: string;
  try {
    text = Deno.readTextFileSync(SHARED);
  } catch {
    console.log("skipped: no shared digest vectors beside the project");
    return;
  }
  for (const vector of JSON.parse(text).vectors as Vector[]) {
    await test.step(vector.id, () => assert.equal(responseOf(vector), vector.response));
  }
});

Deno.test("HA1 is kept for both algorithms, of UTF-8 text", () => {
  assert.equal(createHa1("bob", "biloxi.com", "zanzibar").md5, "12af60467a33e8518da5c68bbff12b11");
  assert.equal(
    createHa1("\u00e5sa", "pbx.example.test", "l\u00f6sen").sha256,
    "d68e01adbb6346d72a9fc7afe56eef2a4866e00709f26cade285d4b95085a266",
  );
});
