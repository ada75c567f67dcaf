/**
 * Proof that a UDP sender receives what we send it. A ban must never be earned under a borrowed address: only failures
 * over a path that is proven count. A connection proves itself by its handshake; a datagram by bringing back the token
 * that went out with our challenge, as `opaque` (RFC 7616 §3.3). Nothing is stored: the token is a MAC over the sender.
 */

import { createHmac } from "node:crypto";
import type { Clock, Random } from "../base/mod.ts";

/** A token is good in the period it was made in and the one after. */
const PERIOD_MS = 600_000;
const TOKEN_HEX = 24;

export class PathProof {
  readonly #clock: Clock;
  readonly #key: Uint8Array<ArrayBuffer>;

  constructor(options: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = options.clock;
    this.#key = options.random.bytes(32);
  }

  /** The token for a sender (as `senderKey` names it): 24 hexadecimal digits. */
  token(sender: string): string {
    return this.#mac(sender, this.#period());
  }

  isToken(sender: string, token: string): boolean {
    if (token.length !== TOKEN_HEX) return false;
    const period = this.#period();
    // A guess gains nothing from the time this takes: it would buy the guesser's own ban.
    return token === this.#mac(sender, period) || token === this.#mac(sender, period - 1);
  }

  #period(): number {
    return Math.floor(this.#clock.now() / PERIOD_MS);
  }

  #mac(sender: string, period: number): string {
    return createHmac("sha256", this.#key).update(`${period} ${sender}`).digest("hex").slice(0, TOKEN_HEX);
  }
}
