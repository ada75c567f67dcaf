/** The server's side of digest authentication (RFC 3261 §22, RFC 7616, RFC 8760). */
import { type Clock, hex, type Random } from "../../base/mod.ts";
import { parseUri } from "../message/mod.ts";
import { type Algorithm, algorithmOf, hexLength } from "./algorithms.ts";
import { type DigestAuthorization, parseAuthorization } from "./authorization.ts";
import { printChallenge } from "./challenge.ts";
import type { Ha1 } from "./ha1.ts";
import { isSame, Nonces } from "./nonces.ts";
import { computeResponse } from "./response.ts";

/** What this server offers; a stored HA1 exists for each. */
export type ServerAlgorithm = "MD5" | "SHA-256";

export interface ServerDigestOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** How long a nonce is good; default 300,000 ms. */
  readonly nonceLifeMs?: number;
  /** Nonces whose counts are remembered; default 50,000, about 2 MB. */
  readonly maxNonces?: number;
}

export interface VerifyInput {
  /** All values of Authorization (or Proxy-Authorization). */
  readonly authorization: readonly string[];
  readonly method: string;
  /** The Request-URI as text. */
  readonly uri: string;
  /** Other hosts that mean this server: a phone that knows only an address writes that. */
  readonly ownHosts?: readonly string[];
  readonly realm: string;
  /** What was offered, or is offered to the claimed user. */
  readonly algorithms: readonly ServerAlgorithm[] | ((username: string) => readonly ServerAlgorithm[]);
  /** Of the claimed user; undefined when there is no such user, which takes the same time and fails. */
  readonly ha1: Ha1 | undefined | ((username: string) => Ha1 | undefined);
  /** For `auth-int`. */
  readonly body?: Uint8Array;
}

/**
 * `missing`: no digest answer for this realm. `malformed`: one that cannot be read. `weaker algorithm`: one that was not
 * offered. `wrong`: user, password, method or URI. `stale`: right, but with a nonce that is not good any more.
 * `replayed`: right, but with a count that was used before; some phones never count, so a new challenge is a fair reply.
 */
export type VerifyFailure = "missing" | "stale" | "wrong" | "malformed" | "replayed" | "weaker algorithm";

export type VerifyResult =
  | { readonly ok: true; readonly username: string }
  | {
    readonly ok: false;
    readonly reason: VerifyFailure;
    /** The user that a readable answer names; not proven. */
    readonly claimed?: string;
  };

export class ServerDigest {
  readonly #nonces: Nonces;
  /** Stands in for the HA1 of users that do not exist. */
  readonly #nobody: Ha1;

  constructor({ clock, random, nonceLifeMs = 300_000, maxNonces = 50_000 }: ServerDigestOptions) {
    this.#nonces = new Nonces({ clock, random, lifeMs: nonceLifeMs, maxInUse: maxNonces });
    this.#nobody = { md5: hex(random.bytes(16)), sha256: hex(random.bytes(32)) };
  }

  /** Nonces whose counts are remembered now. */
  get noncesInUse(): number {
    return this.#nonces.inUse;
  }

  /** One WWW-Authenticate value per algorithm, in the order given (RFC 8760 §2.4: the topmost is preferred). */
  challenge(realm: string, algorithms: readonly ServerAlgorithm[], stale = false): string[] {
    const nonce = this.#nonces.issue(realm);
    return algorithms.map((algorithm) => printChallenge({ realm, nonce, stale, algorithm, qop: ["auth"] }));
  }

  /** Checks an answer. Every way that ends in `wrong` or better does the same work, whether the user exists or not. */
  verify(input: VerifyInput): VerifyResult {
    const answer = findAnswer(input.authorization, input.realm);
    if (typeof answer === "string") return { ok: false, reason: answer };
    const { username } = answer;
    const reason = this.#check(input, answer);
    return reason === undefined ? { ok: true, username } : { ok: false, reason, claimed: username };
  }

  #check(input: VerifyInput, answer: DigestAuthorization): VerifyFailure | undefined {
    const algorithm = algorithmOf(answer.algorithm);
    const { algorithms } = input;
    const offered = typeof algorithms === "function" ? algorithms(answer.username) : algorithms;
    if (algorithm === undefined || !isOffered(algorithm, offered)) return "weaker algorithm";
    if (answer.response.length !== hexLength(algorithm.hash)) return "malformed";
    const issuedMs = this.#nonces.issuedMs(answer.nonce, input.realm);
    if (!this.#isRight(input, answer, algorithm)) return "wrong";
    if (issuedMs === undefined) return "stale";
    if (answer.counted === undefined) {
      // Without a count nothing tells a replay from the original, so such an answer is good for one request.
      return this.#nonces.use(answer.nonce, issuedMs, 1) ? undefined : "stale";
    }
    return this.#nonces.use(answer.nonce, issuedMs, parseInt(answer.counted.nc, 16)) ? undefined : "replayed";
  }

  #isRight(input: VerifyInput, answer: DigestAuthorization, algorithm: Algorithm): boolean {
    const stored = typeof input.ha1 === "function" ? input.ha1(answer.username) : input.ha1;
    const ha1 = stored ?? this.#nobody;
    const expected = computeResponse({
      algorithm,
      ha1: algorithm.hash === "MD5" ? ha1.md5 : ha1.sha256,
      nonce: answer.nonce,
      method: input.method,
      uri: answer.uri,
      counted: answer.counted,
      body: input.body,
    });
    const isMatch = isSame(expected, answer.response);
    return isMatch && stored !== undefined && isSameTarget(answer.uri, input.uri, input.ownHosts);
  }
}

/** The answer for `realm`, or why there is none. */
function findAnswer(values: readonly string[], realm: string): DigestAuthorization | "missing" | "malformed" {
  let found: DigestAuthorization | "missing" | "malformed" = "missing";
  for (const value of values) {
    const parsed = parseAuthorization(value);
    if (!parsed.ok) found = "malformed";
    else if (parsed.value?.realm === realm) return parsed.value;
  }
  return found;
}

/** Session variants are never offered, nor is SHA-512-256, for which no HA1 is stored. */
function isOffered(algorithm: Algorithm, offered: readonly ServerAlgorithm[]): boolean {
  return offered.some((name) => name === algorithm.name);
}

/**
 * True when the digest's `uri` means the Request-URI (RFC 7616 §3.4.6): same host, and same user where it has one. Port
 * and parameters may differ, and the user may be absent; without a user the host may be any that is ours: SIPp and several
 * phones write the server's address there. What was signed is still bound to its method, nonce and count.
 */
function isSameTarget(signed: string, requested: string, ownHosts: readonly string[] = []): boolean {
  if (signed === requested) return true;
  const a = parseUri(signed);
  const b = parseUri(requested);
  if (!a.ok || !b.ok) return false;
  if (a.value.scheme === "tel" || b.value.scheme === "tel") return a.value.scheme === b.value.scheme;
  if (a.value.scheme === "other" || b.value.scheme === "other") return false;
  const { user, host } = a.value;
  return host === b.value.host
    ? user === undefined || user === b.value.user
    : user === undefined && ownHosts.includes(host);
}
