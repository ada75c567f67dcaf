/** WWW-Authenticate and Proxy-Authenticate (RFC 3261 §20.44, §20.27; RFC 7616 §3.3). */
import { ok, type Result } from "../../base/mod.ts";
import type { ParseFault } from "../message/mod.ts";
import { quote } from "../message/mod.ts";
import { parseSchemes } from "./auth_params.ts";

export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque?: string;
  /** The nonce was too old, the credentials were right. */
  readonly stale: boolean;
  /** As sent; absent means MD5. */
  readonly algorithm?: string;
  /** Lower case; empty for a challenge in the manner of RFC 2069. */
  readonly qop: readonly string[];
}

/** The digest challenges of one field, in order; others and incomplete ones are left out. */
export function parseChallenge(text: string): Result<readonly DigestChallenge[], ParseFault> {
  const schemes = parseSchemes(text);
  if (!schemes.ok) return schemes;
  const challenges: DigestChallenge[] = [];
  for (const { scheme, params } of schemes.value) {
    const realm = params.get("realm");
    const nonce = params.get("nonce");
    if (scheme !== "digest" || realm === undefined || nonce === undefined) continue;
    const opaque = params.get("opaque");
    const algorithm = params.get("algorithm");
    challenges.push({
      realm,
      nonce,
      stale: params.get("stale")?.toLowerCase() === "true",
      qop: (params.get("qop") ?? "").toLowerCase().split(/[ \t,]+/).filter((value) => value !== ""),
      ...(opaque === undefined ? {} : { opaque }),
      ...(algorithm === undefined ? {} : { algorithm }),
    });
  }
  return ok(challenges);
}

/** One field value. */
export function printChallenge(challenge: DigestChallenge): string {
  const { realm, nonce, opaque, stale, algorithm, qop } = challenge;
  let out = `Digest realm=${quote(realm)}, nonce=${quote(nonce)}`;
  if (opaque !== undefined) out += `, opaque=${quote(opaque)}`;
  if (stale) out += ", stale=true";
  if (algorithm !== undefined) out += `, algorithm=${algorithm}`;
  if (qop.length > 0) out += `, qop="${qop.join(",")}"`;
  return out;
}
