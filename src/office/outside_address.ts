/** The address the outside knows us by (`media.address`): fixed, found by STUN and asked again, or none. */

import {
  type Clock,
  ipFamily,
  isLinkLocal,
  isLoopback,
  type Log,
  type Random,
  type Timer,
} from "../base/mod.ts";
import type { MediaSettings } from "../config/mod.ts";
import { askStun } from "../platform/stun.ts";

/** Routers give the same address for hours; providers change it by night. */
const ASK_EVERY_MS = 120_000;

export interface OutsideAddressOptions {
  readonly media: () => MediaSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export class OutsideAddress {
  readonly #options: OutsideAddressOptions;
  #found: string | undefined;
  #timer: Timer | undefined;

  constructor(options: OutsideAddressOptions) {
    this.#options = options;
  }

  /** Asks once before the server opens, then now and then. */
  async start(): Promise<void> {
    await this.#ask();
    const { clock } = this.#options;
    const again = () => {
      void this.#ask();
      this.#timer = clock.at(clock.now() + ASK_EVERY_MS, again);
    };
    this.#timer = clock.at(clock.now() + ASK_EVERY_MS, again);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** What a peer at `remoteHost` is told; undefined for peers on this machine and on private networks. */
  towards(remoteHost: string, family: 4 | 6): string | undefined {
    const { address } = this.#options.media();
    if (address === "auto" || isNear(remoteHost)) return undefined;
    const outside = "ip" in address ? address.ip : this.#found;
    return outside !== undefined && ipFamily(outside) === family ? outside : undefined;
  }

  async #ask(): Promise<void> {
    const { media, random, log } = this.#options;
    const { address } = media();
    if (address === "auto" || !("stun" in address)) return;
    const found = await askStun(address.stun, random);
    if (found === undefined) log.warn("STUN server does not answer", { server: address.stun });
    else if (found !== this.#found) log.info("Outside address", { address: found });
    this.#found = found ?? this.#found;
  }
}

/** Loopback, link-local and private addresses (RFC 1918, RFC 4193) reach us as we are. */
function isNear(host: string): boolean {
  return isLoopback(host) || isLinkLocal(host) ||
    /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|f[cd])/i.test(host);
}
