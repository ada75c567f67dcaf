/** Answers to 401 and 407 for one request of ours (RFC 3261 §22.2, §22.3): few, and never twice the same. */
import { type Random, token } from "../base/mod.ts";
import { answerChallenge } from "./auth/mod.ts";
import type { Credentials } from "./endpoint_types.ts";
import { printUri, type SipRequest, type SipResponse } from "./message/mod.ts";

/** Credentials shown for one realm: the first challenge, and once more when only the nonce was too old. */
const MAX_TRIES_PER_REALM = 2;
/** A proxy or two and the server itself. */
const MAX_REALMS = 3;

interface Answer {
  readonly header: string;
  readonly value: string;
  readonly nonce: string;
  readonly tries: number;
}

export class ChallengeAnswers {
  readonly #answers = new Map<string, Answer>();

  /** True when the challenge can be answered: then `addTo` gives the headers. */
  take(
    response: SipResponse,
    request: SipRequest,
    options: { credentials: Credentials; random: Random },
  ): boolean {
    const { username, password, ha1, realms } = options.credentials;
    if (password === undefined && ha1 === undefined) return false;
    const found = answerChallenge({
      response,
      method: request.method,
      uri: printUri(request.requestUri),
      username,
      ...(password !== undefined && { password }),
      ...(ha1 && { ha1 }),
      nonceCount: 1,
      cnonce: token(options.random, 8),
      body: request.body,
      ...(realms ? { realms } : {}),
    });
    if (!found) return false;
    const { header, value, nonce } = found;
    const key = `${header} ${found.realm}`;
    const earlier = this.#answers.get(key);
    if (earlier) {
      // Wrong credentials stay wrong; the same nonce again would only be a replay.
      if (!found.stale || earlier.nonce === nonce || earlier.tries >= MAX_TRIES_PER_REALM) return false;
    } else if (this.#answers.size >= MAX_REALMS) return false;
    this.#answers.set(key, { header, value, nonce, tries: (earlier?.tries ?? 0) + 1 });
    return true;
  }

  addTo(request: SipRequest): void {
    request.headers.remove("Authorization");
    request.headers.remove("Proxy-Authorization");
    for (const { header, value } of this.#answers.values()) request.headers.append(header, value);
  }
}
