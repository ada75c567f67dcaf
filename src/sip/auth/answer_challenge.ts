/** The client's side: answers a 401 or 407 (RFC 3261 §22.2, §22.3; RFC 7616 §3.4; RFC 8760 §2.4). */
import type { SipResponse } from "../message/mod.ts";
import { type Algorithm, algorithmOf, hashHex } from "./algorithms.ts";
import { printAuthorization } from "./authorization.ts";
import { type DigestChallenge, parseChallenge } from "./challenge.ts";
import type { Ha1 } from "./ha1.ts";
import { computeResponse } from "./response.ts";

export interface AnswerOptions {
  /** The 401 or 407. */
  readonly response: SipResponse;
  readonly method: string;
  /** The Request-URI as text. */
  readonly uri: string;
  readonly username: string;
  /** One of both. With `ha1` only MD5 and SHA-256 can be answered, and only for the realm it was made for. */
  readonly password?: string;
  readonly ha1?: Ha1;
  /** How often this nonce was answered, this time included; 1 for a new one. */
  readonly nonceCount: number;
  readonly cnonce: string;
  readonly body?: Uint8Array;
  /** Only these realms are answered; absent: any. */
  readonly realms?: readonly string[];
}

export interface ChallengeAnswer {
  readonly header: "Authorization" | "Proxy-Authorization";
  readonly value: string;
  readonly realm: string;
  /** A nonce counts its answers: the same one again wants a higher `nonceCount`. */
  readonly nonce: string;
  /** True when the peer says that only the nonce was too old: trying again is right. */
  readonly stale: boolean;
}

interface Choice {
  readonly challenge: DigestChallenge;
  readonly algorithm: Algorithm;
}

/** Answers the strongest challenge that it can, the first of equals; undefined when there is none. */
export function answerChallenge(options: AnswerOptions): ChallengeAnswer | undefined {
  const isProxy = options.response.statusCode === 407;
  const fields = options.response.headers.all(isProxy ? "Proxy-Authenticate" : "WWW-Authenticate");
  let best: Choice | undefined;
  for (const field of fields) {
    const parsed = parseChallenge(field);
    for (const challenge of parsed.ok ? parsed.value : []) {
      const algorithm = answerable(challenge, options);
      if (algorithm !== undefined && (best === undefined || algorithm.strength > best.algorithm.strength)) {
        best = { challenge, algorithm };
      }
    }
  }
  if (best === undefined) return undefined;
  const { realm, nonce, stale } = best.challenge;
  const header = isProxy ? "Proxy-Authorization" : "Authorization";
  return { header, value: answer(best, options), realm, nonce, stale };
}

/** The algorithm to use, when realm, algorithm and qop are ours to answer. */
function answerable(challenge: DigestChallenge, options: AnswerOptions): Algorithm | undefined {
  const { realms, password } = options;
  if (realms !== undefined && !realms.includes(challenge.realm)) return undefined;
  const algorithm = algorithmOf(challenge.algorithm);
  if (algorithm?.hash === "SHA-512-256" && password === undefined) return undefined;
  const { qop } = challenge;
  // A session key is made with the cnonce, which only an answer with qop carries.
  if (qop.length === 0) return algorithm?.isSession ? undefined : algorithm;
  return qop.includes("auth") || qop.includes("auth-int") ? algorithm : undefined;
}

function answer({ challenge, algorithm }: Choice, options: AnswerOptions): string {
  const { realm, nonce, opaque, qop } = challenge;
  const { username, method, uri, cnonce, body } = options;
  const nc = options.nonceCount.toString(16).padStart(8, "0");
  const counted = qop.length === 0
    ? undefined
    : { qop: qop.includes("auth") ? "auth" : "auth-int", nc, cnonce };
  const ha1 = ha1For(algorithm, realm, options);
  const response = computeResponse({ algorithm, ha1, nonce, method, uri, counted, body });
  return printAuthorization({
    username,
    realm,
    nonce,
    uri,
    response,
    ...(challenge.algorithm === undefined ? {} : { algorithm: algorithm.name }),
    ...(opaque === undefined ? {} : { opaque }),
    ...(counted === undefined ? {} : { counted }),
  });
}

function ha1For({ hash }: Algorithm, realm: string, { username, password, ha1 }: AnswerOptions): string {
  if (password !== undefined) return hashHex(hash, `${username}:${realm}:${password}`);
  if (ha1 === undefined) throw new TypeError("Cannot answer challenge: neither password nor ha1 given");
  return hash === "MD5" ? ha1.md5 : ha1.sha256;
}
