/** The one-time link of the first start: whoever can read the log may set the administrator's password. */

import { type Clock, type Random, token } from "../../base/mod.ts";
import { isSameSecret } from "./secrets.ts";

/** Long enough to walk from the server room to a desk. */
export const SETUP_LIFE_MS = 3_600_000;

export class SetupLink {
  readonly #clock: Clock;
  readonly #random: Random;
  #current: { readonly secret: string; readonly until: number } | undefined;

  constructor(options: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = options.clock;
    this.#random = options.random;
  }

  /** A new secret; the one before is void. */
  renew(): string {
    const secret = token(this.#random, 24);
    this.#current = { secret, until: this.#clock.now() + SETUP_LIFE_MS };
    return secret;
  }

  isValid(secret: string): boolean {
    const current = this.#current;
    return current !== undefined && this.#clock.now() < current.until && isSameSecret(secret, current.secret);
  }

  /** Nothing opens any more. */
  close(): void {
    this.#current = undefined;
  }
}
