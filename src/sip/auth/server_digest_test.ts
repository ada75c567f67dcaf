import assert from "node:assert/strict";
import { ManualClock, seededRandom } from "../../base/mod.ts";
import { Headers, type SipResponse } from "../message/mod.ts";
import { answerChallenge, type AnswerOptions } from "./answer_challenge.ts";
import { createHa1 } from "./ha1.ts";
import { type ServerAlgorithm, ServerDigest, type VerifyInput, type VerifyResult } from "./server_digest.ts";

const REALM = "office.example";
const URI = "sip:office.example";
const HA1 = createHa1("100", REALM, "s3cret");

function setUp(options: { nonceLifeMs?: number; maxNonces?: number } = {}) {
  const clock = new ManualClock();
  return { clock, digest: new ServerDigest({ clock, random: seededRandom(1), ...options }) };
}

function unauthorized(values: readonly string[], statusCode = 401): SipResponse {
  const headers = new Headers();
  const name = statusCode === 407 ? "Proxy-Authenticate" : "WWW-Authenticate";
  for (const value of values) headers.append(name, value);
  return { kind: "response", statusCode, reasonPhrase: "", headers, body: new Uint8Array() };
}

function answerTo(values: readonly string[], change: Partial<AnswerOptions> = {}): string {
  return answerChallenge({
    response: unauthorized(values),
    method: "REGISTER",
    uri: URI,
    username: "100",
    password: "s3cret",
    nonceCount: 1,
    cnonce: "c0ffee",
    ...change,
  })!.value;
}

function verify(
  digest: ServerDigest,
  authorization: string,
  change: Partial<VerifyInput> = {},
): VerifyResult {
  return digest.verify({
    authorization: [authorization],
    method: "REGISTER",
    uri: URI,
    realm: REALM,
    algorithms: ["MD5"],
    ha1: HA1,
    ...change,
  });
}

function reasonOf(result: VerifyResult): string {
  return result.ok ? "ok" : result.reason;
}

for (const algorithm of ["MD5", "SHA-256"] as const) {
  Deno.test(`the right password is accepted with ${algorithm}`, () => {
    const { digest } = setUp();
    const answer = answerTo(digest.challenge(REALM, [algorithm]));
    assert.deepEqual(verify(digest, answer, { algorithms: [algorithm] }), { ok: true, username: "100" });
  });
}

for (
  const [promise, client, server, expected] of [
    ["a wrong password is wrong", { password: "guess" }, {}, "wrong"],
    ["an unknown user is wrong", {}, { ha1: undefined }, "wrong"],
    ["another user's name is wrong", { username: "101" }, {}, "wrong"],
    ["an answer for another method is wrong", { method: "INVITE" }, {}, "wrong"],
    ["an answer for a URI on another host is wrong", { uri: "sip:elsewhere.example" }, {}, "wrong"],
    ["an answer for another user's URI is wrong", { uri: "sip:101@office.example" }, {
      uri: "sip:102@office.example",
    }, "wrong"],
    ["an answer for a bare host of ours is taken", { uri: "sip:192.0.2.1:5060" }, {
      uri: "sip:101@office.example",
      ownHosts: ["192.0.2.1"],
    }, "ok"],
    ["an answer for somebody at a host of ours is wrong", { uri: "sip:102@192.0.2.1" }, {
      uri: "sip:101@office.example",
      ownHosts: ["192.0.2.1"],
    }, "wrong"],
    ["an answer for the bare host of the URI is taken", { uri: "sip:OFFICE.example:5060" }, {
      uri: "sip:101@office.example",
    }, "ok"],
    ["an answer for another realm is none", {}, { realm: "other.example" }, "missing"],
  ] as const
) {
  Deno.test(promise, () => {
    const { digest } = setUp();
    const answer = answerTo(digest.challenge(REALM, ["MD5"]), client);
    assert.equal(reasonOf(verify(digest, answer, server)), expected);
    assert.equal(digest.noncesInUse, expected === "ok" ? 1 : 0);
  });
}

Deno.test("no answer is missing, an unreadable one malformed, Basic missing", () => {
  const { digest } = setUp();
  assert.equal(
    reasonOf(
      digest.verify({
        authorization: [],
        method: "INVITE",
        uri: URI,
        realm: REALM,
        algorithms: ["MD5"],
        ha1: HA1,
      }),
    ),
    "missing",
  );
  assert.equal(reasonOf(verify(digest, "Digest username=")), "malformed");
  assert.equal(reasonOf(verify(digest, "Basic Ym9iOnphbnppYmFy")), "missing");
});

Deno.test("an algorithm that was not offered is refused even when the answer is right", () => {
  const { digest } = setUp();
  const weaker = answerTo(digest.challenge(REALM, ["MD5"]));
  assert.equal(reasonOf(verify(digest, weaker, { algorithms: ["SHA-256"] })), "weaker algorithm");
  const session = answerTo([digest.challenge(REALM, ["MD5"])[0]!.replace("MD5", "MD5-sess")]);
  assert.equal(reasonOf(verify(digest, session)), "weaker algorithm");
});

Deno.test("a hash of the wrong length for its algorithm is malformed", () => {
  const { digest } = setUp();
  const answer = answerTo(digest.challenge(REALM, ["MD5"])).replace("algorithm=MD5", "algorithm=SHA-256");
  assert.equal(reasonOf(verify(digest, answer, { algorithms: ["MD5", "SHA-256"] })), "malformed");
});

Deno.test("a replayed answer is refused, a higher count accepted, an overtaken one accepted once", () => {
  const { digest } = setUp();
  const challenge = digest.challenge(REALM, ["MD5"]);
  const answers = [0, 1, 2, 3, 40].map((count) => answerTo(challenge, { nonceCount: count }));
  const seen = [1, 1, 3, 2, 2, 4, 4, 1, 3].map((index) => reasonOf(verify(digest, answers[index]!)));
  assert.deepEqual(seen, [
    "ok",
    "replayed",
    "ok",
    "ok",
    "replayed",
    "ok",
    "replayed",
    "replayed",
    "replayed",
  ]);
  assert.equal(digest.noncesInUse, 1);
});

Deno.test("an answer without qop is good for one request", () => {
  const { digest } = setUp();
  const answer = answerTo(digest.challenge(REALM, ["MD5"]).map((value) => value.replace(/, qop=.*/, "")));
  assert.ok(!answer.includes("qop"));
  assert.equal(reasonOf(verify(digest, answer)), "ok");
  assert.equal(reasonOf(verify(digest, answer)), "stale");
});

Deno.test("an old nonce is stale with the right password and wrong with a wrong one", () => {
  const { clock, digest } = setUp({ nonceLifeMs: 1000 });
  const challenge = digest.challenge(REALM, ["MD5"]);
  clock.advance(1001);
  assert.equal(reasonOf(verify(digest, answerTo(challenge))), "stale");
  assert.equal(reasonOf(verify(digest, answerTo(challenge, { password: "guess" }))), "wrong");
  assert.match(digest.challenge(REALM, ["MD5"], true)[0]!, /stale=true/);
});

Deno.test("a nonce of another server, another realm or with a changed time is stale", () => {
  const { digest } = setUp();
  const nonces = [
    digest.challenge("other.example", ["MD5"])[0]!,
    new ServerDigest({ clock: new ManualClock(), random: seededRandom(2) }).challenge(REALM, ["MD5"])[0]!,
    digest.challenge(REALM, ["MD5"])[0]!.replace(/nonce="./, 'nonce="f'),
    `Digest realm="x", nonce="made up", algorithm=MD5, qop="auth"`,
  ];
  for (const value of nonces) {
    const answer = answerTo([value.replace(/realm="[^"]*"/, `realm="${REALM}"`)]);
    assert.equal(reasonOf(verify(digest, answer)), "stale");
  }
});

Deno.test("each challenge has its own nonce, and every algorithm its own value in the order given", () => {
  const { digest } = setUp();
  const seen = new Set<string>();
  for (let i = 0; i < 100; i++) seen.add(digest.challenge(REALM, ["MD5"])[0]!);
  assert.equal(seen.size, 100);
  const algorithms: ServerAlgorithm[] = ["SHA-256", "MD5"];
  const values = digest.challenge(REALM, algorithms);
  assert.deepEqual(values.map((value) => /algorithm=([^,]+)/.exec(value)?.[1]), algorithms);
});

Deno.test("challenges and wrong answers keep no memory, right ones at most the cap", () => {
  const { clock, digest } = setUp({ maxNonces: 10 });
  for (let i = 0; i < 100; i++) verify(digest, answerTo(digest.challenge(REALM, ["MD5"]), { password: "x" }));
  assert.equal(digest.noncesInUse, 0);
  const answers: string[] = [];
  for (let i = 0; i < 30; i++) {
    clock.advance(1);
    answers.push(answerTo(digest.challenge(REALM, ["MD5"])));
    assert.equal(reasonOf(verify(digest, answers[i]!)), "ok");
  }
  assert.equal(digest.noncesInUse, 10);
  // What was forgotten cannot be played again: it counts as too old.
  assert.deepEqual(
    new Set(answers.slice(0, 20).map((answer) => reasonOf(verify(digest, answer)))),
    new Set(["stale"]),
  );
  assert.deepEqual(
    new Set(answers.slice(20).map((answer) => reasonOf(verify(digest, answer)))),
    new Set(["replayed"]),
  );
});

Deno.test("expired nonces are forgotten", () => {
  const { clock, digest } = setUp({ nonceLifeMs: 1000 });
  for (let i = 0; i < 5; i++) verify(digest, answerTo(digest.challenge(REALM, ["MD5"])));
  clock.advance(2000);
  verify(digest, answerTo(digest.challenge(REALM, ["MD5"])));
  assert.equal(digest.noncesInUse, 1);
});

Deno.test("the claimed user is read from the answer for that realm only", () => {
  const { digest } = setUp();
  const answer = answerTo(digest.challenge(REALM, ["MD5"]));
  const claimed = (authorization: string, change: Partial<VerifyInput> = {}) => {
    const result = verify(digest, authorization, { ha1: undefined, ...change });
    return result.ok ? undefined : result.claimed;
  };
  assert.equal(claimed(answer), "100");
  assert.equal(claimed(answer, { realm: "other.example" }), undefined);
  assert.equal(claimed("Digest"), undefined);
});

Deno.test("the algorithms may depend on the claimed name", () => {
  const { digest } = setUp();
  const strict = (username: string): ServerAlgorithm[] => username === "100" ? ["SHA-256"] : ["MD5"];
  const result = verify(digest, answerTo(digest.challenge(REALM, ["MD5"])), { algorithms: strict });
  assert.equal(reasonOf(result), "weaker algorithm");
});

Deno.test("the HA1 may be looked up by the claimed name", () => {
  const { digest } = setUp();
  const answer = answerTo(digest.challenge(REALM, ["MD5"]));
  assert.equal(reasonOf(verify(digest, answer, { ha1: (name) => name === "100" ? HA1 : undefined })), "ok");
});

Deno.test("auth-int signs the body", () => {
  const { digest } = setUp();
  const body = new TextEncoder().encode("v=0");
  const challenge = digest.challenge(REALM, ["MD5"]).map((value) => value.replace('"auth"', '"auth-int"'));
  const answer = answerTo(challenge, { body });
  assert.equal(reasonOf(verify(digest, answer, { body: new Uint8Array() })), "wrong");
  assert.equal(reasonOf(verify(digest, answer, { body })), "ok");
});

Deno.test("the client answers the strongest challenge it knows, of its realms only", () => {
  const values = [
    `Digest realm="r", nonce="1", algorithm=MD5, qop="auth", Digest realm="r", nonce="2", algorithm=SHA-256, qop="auth"`,
    `Digest realm="r", nonce="3", algorithm=SHA-1024, qop="auth"`,
    `Digest realm="evil", nonce="4", algorithm=SHA-512-256, qop="auth"`,
  ];
  const options = { method: "INVITE", uri: "sip:b", username: "u", nonceCount: 10, cnonce: "c" };
  const answer = answerChallenge({
    ...options,
    response: unauthorized(values, 407),
    password: "p",
    realms: ["r"],
  });
  assert.equal(answer?.header, "Proxy-Authorization");
  assert.equal(answer.nonce, "2");
  assert.match(answer.value, /algorithm=SHA-256.*nc=0000000a/);
  assert.equal(
    answerChallenge({ ...options, response: unauthorized(values), password: "p", realms: ["x"] }),
    undefined,
  );
  assert.equal(
    answerChallenge({ ...options, response: unauthorized(values), ha1: createHa1("u", "r", "p") })?.nonce,
    "2",
  );
});

Deno.test("a challenge in the manner of RFC 2069 is answered without qop", () => {
  const answer = answerTo([`Digest realm="r", nonce="n", opaque="o"`]);
  assert.ok(!/qop|nc=|algorithm/.test(answer));
  assert.match(answer, /opaque="o"/);
});
