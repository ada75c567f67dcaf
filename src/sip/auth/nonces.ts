/** Nonces that prove by themselves who made them and when, and the counts of those in use (RFC 7616 §3.3, §5.4, §5.5). */
import { timingSafeEqual } from "node:crypto";
import { type Clock, type Random, token } from "../../base/mod.ts";
import { KeyedHash } from "./keyed_hash.ts";
import { NonceCounts } from "./nonce_counts.ts";

export interface NoncesOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly lifeMs: number;
  /** Nonces whose counts are remembered; about 40 bytes each. */
  readonly maxInUse: number;
}

/**
 * A nonce is `time (12 hex) random (12 hex) mac (32 hex)`, the MAC over time, random and realm with a key of this process.
 * Issuing keeps no state, so challenges cost no memory; a count is kept only after an answer was proven right.
 */
export class Nonces {
  readonly #options: NoncesOptions;
  readonly #key: KeyedHash;
  readonly #counts: NonceCounts;
  /** Nonces issued up to this moment are no longer believed, because counts of some were forgotten. */
  #floorMs = -1;

  constructor(options: NoncesOptions) {
    this.#options = options;
    this.#key = new KeyedHash(options.random.bytes(32));
    this.#counts = new NonceCounts(options.maxInUse);
  }

  /** Nonces whose counts are remembered now. */
  get inUse(): number {
    return this.#counts.size;
  }

  issue(realm: string): string {
    const { clock, random } = this.#options;
    const unique = clock.now().toString(16).padStart(12, "0") + token(random, 6);
    return unique + this.#mac(unique, realm);
  }

  /** When the nonce was issued for `realm`, in ms since the epoch; undefined when it is not ours or too old. */
  issuedMs(nonce: string, realm: string): number | undefined {
    if (nonce.length !== 56) return undefined;
    const unique = nonce.slice(0, 24);
    if (!isSame(nonce.slice(24), this.#mac(unique, realm))) return undefined;
    const issuedMs = parseInt(unique.slice(0, 12), 16);
    const { clock, lifeMs } = this.#options;
    return clock.now() - issuedMs > lifeMs || issuedMs <= this.#floorMs ? undefined : issuedMs;
  }

  /** Counts one use; false when this count was used before or lies too far back. Only for proven answers. */
  use(nonce: string, issuedMs: number, count: number): boolean {
    const mark = parseInt(nonce.slice(12, 24), 16), place = this.#counts.find(mark);
    if (place >= 0) return this.#counts.advance(place, count);
    this.#makeRoom();
    this.#counts.add(mark, issuedMs, count);
    return true;
  }

  /** Forgets what has expired. When that is not enough, the oldest goes, and with it the trust in all as old as it. */
  #makeRoom(): void {
    const { clock, lifeMs } = this.#options;
    for (;;) {
      const issuedMs = this.#counts.oldestIssuedMs;
      if (issuedMs === undefined) return;
      const isExpired = clock.now() - issuedMs > lifeMs;
      if (!isExpired && !this.#counts.isFull) return;
      if (!isExpired) this.#floorMs = Math.max(this.#floorMs, issuedMs);
      this.#counts.forgetOldest();
    }
  }

  #mac(unique: string, realm: string): string {
    return this.#key.digestHex(`${unique}:${realm}`).slice(0, 32);
  }
}

/** Compares two texts of one length in a time that does not tell where they differ. */
export function isSame(a: string, b: string): boolean {
  const left = encoder.encode(a);
  const right = encoder.encode(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

const encoder = new TextEncoder();
