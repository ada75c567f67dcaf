/** Who is sending: one record for each IPv4 address or IPv6 /64, in memory with a cap. */

import { senderKey } from "../base/mod.ts";
import { Bucket } from "./bucket.ts";
import type { NoncesSeen } from "./nonces_seen.ts";

export interface RequestBuckets {
  readonly all: Bucket;
  readonly invites: Bucket;
  readonly busyAnswers: Bucket;
}

/** What is remembered of one sender. */
export interface Source {
  readonly key: string;
  readonly packets: Bucket;
  /** Made with the first request: most senders of a flood never get so far. */
  requests: RequestBuckets | undefined;
  /** Made with the first challenge over UDP. */
  nonces: NoncesSeen | undefined;
  /** A right password came from here; trusted until then. */
  trustedUntil: number;
  /** Stands in the allow-list or is a line by address; looked up anew from time to time. */
  isKnown: boolean;
  knownUntil: number;
  /** Bytes that may be sent there: what came, and the first credit. Only for strangers over UDP. */
  credit: number;
  openInvites: number;
  /** Times of failures within the window, oldest first. */
  failures: number[];
  seenAt: number;
}

/** Failures older than this protect a record no longer; ban windows are minutes. */
const OLD_FAILURE_MS = 3_600_000;
/** A record is moved to the young end at most this often, so that a packet costs one look-up. */
const TOUCH_MS = 1_000;
/** How many of the oldest are looked at to find one that may go. */
const EVICTION_LOOKS = 16;
/** Spellings of IPv6 addresses kept with their key. */
const MAX_SPELLINGS = 20_000;

export class Sources {
  readonly #maxSources: number;
  readonly #answerCredit: number;
  /** Least recently seen first. */
  readonly #sources = new Map<string, Source>();
  readonly #keys = new Map<string, string>();

  constructor({ maxSources, answerCredit }: { readonly maxSources: number; readonly answerCredit: number }) {
    this.#maxSources = maxSources;
    this.#answerCredit = answerCredit;
  }

  get size(): number {
    return this.#sources.size;
  }

  /** The key of a literal address; IPv6 addresses of one /64 share one. */
  keyOf(host: string): string {
    // Sockets give IPv4 in its one spelling: nothing to compute per packet.
    if (!host.includes(":")) return host;
    let key = this.#keys.get(host);
    if (key === undefined) {
      key = senderKey(host);
      if (this.#keys.size >= MAX_SPELLINGS) this.#keys.clear();
      this.#keys.set(host, key);
    }
    return key;
  }

  find(host: string): Source | undefined {
    return this.#sources.get(this.keyOf(host));
  }

  /** The record of `host`, made when it is not there; the least recently seen stranger makes room. */
  get(host: string, now: number): Source {
    const key = this.keyOf(host);
    const known = this.#sources.get(key);
    if (known) {
      if (now - known.seenAt >= TOUCH_MS) this.#touch(known, now);
      return known;
    }
    if (this.#sources.size >= this.#maxSources) this.#makeRoom(now);
    const source: Source = {
      key,
      packets: new Bucket(),
      requests: undefined,
      nonces: undefined,
      trustedUntil: 0,
      isKnown: false,
      knownUntil: 0,
      credit: this.#answerCredit,
      openInvites: 0,
      failures: [],
      seenAt: now,
    };
    this.#sources.set(key, source);
    return source;
  }

  #touch(source: Source, now: number): void {
    source.seenAt = now;
    this.#sources.delete(source.key);
    this.#sources.set(source.key, source);
  }

  /** A flood of invented sources pushes out its own, not those who have proven themselves or have failures to their name. */
  #makeRoom(now: number): void {
    let looked = 0;
    for (const source of this.#sources.values()) {
      if (++looked > EVICTION_LOOKS) break;
      if (isExpendable(source, now)) {
        this.#sources.delete(source.key);
        return;
      }
      this.#touch(source, source.seenAt);
    }
    // Nobody expendable among the oldest: then the oldest of all that is left.
    const [oldest] = this.#sources.keys();
    if (oldest !== undefined) this.#sources.delete(oldest);
  }
}

function isExpendable(source: Source, now: number): boolean {
  return source.trustedUntil <= now && !source.isKnown && source.openInvites === 0 &&
    (source.failures.at(-1) ?? -Infinity) < now - OLD_FAILURE_MS;
}

/** The buckets for requests of a source, made at the first use. */
export function requestBuckets(source: Source): RequestBuckets {
  return source.requests ??= { all: new Bucket(), invites: new Bucket(), busyAnswers: new Bucket() };
}
