/** Who may have how many connections: counted before a handshake costs anything. */

import { senderKey } from "../../base/mod.ts";
import type { TransportLimits } from "./limits.ts";

interface Tally {
  total: number;
  unproven: number;
}

/** Counts accepted connections, handshakes included. */
export class Door {
  readonly #limits: TransportLimits;
  readonly #senders = new Map<string, Tally>();
  #total = 0;
  #unproven = 0;

  constructor(limits: TransportLimits) {
    this.#limits = limits;
  }

  get total(): number {
    return this.#total;
  }

  /** True when one more from `host` is too many; says which cap it met. */
  refusal(host: string): "too many from this address" | "too many" | "too many unproven" | undefined {
    const tally = this.#senders.get(senderKey(host));
    const { maxConnectionsPerAddress, maxUnprovenPerAddress, maxConnections, maxUnproven } = this.#limits;
    if (tally && (tally.total >= maxConnectionsPerAddress || tally.unproven >= maxUnprovenPerAddress)) {
      return "too many from this address";
    }
    if (this.#total >= maxConnections) return "too many";
    return this.#unproven >= maxUnproven ? "too many unproven" : undefined;
  }

  enter(host: string): void {
    const key = senderKey(host), tally = this.#senders.get(key) ?? { total: 0, unproven: 0 };
    tally.total++;
    tally.unproven++;
    this.#senders.set(key, tally);
    this.#total++;
    this.#unproven++;
  }

  /** The connection has sent a whole message. */
  prove(host: string): void {
    const tally = this.#senders.get(senderKey(host));
    if (tally) tally.unproven--;
    this.#unproven--;
  }

  leave(host: string, wasProven: boolean): void {
    if (!wasProven) this.prove(host);
    const key = senderKey(host), tally = this.#senders.get(key);
    if (tally && --tally.total === 0) this.#senders.delete(key);
    this.#total--;
  }
}
