/**
 * The doorkeeper: who is banned, who asks too much, who is trusted. Asked for each datagram and connection (`admit`),
 * for each request outside a dialog (`request`) and told how authentication went. Synchronous and capped in memory.
 */

import { type Clock, type Log, type Network, networkContains, parseNetwork } from "../base/mod.ts";
import type { SecuritySettings } from "../config/mod.ts";
import type { BanStore, EventSink, StoredBan } from "../pbx/ports.ts";
import { Bans } from "./bans.ts";
import { Bucket, type Rate } from "./bucket.ts";
import { DEFAULT_LIMITS, type GuardLimits, type Trust } from "./limits.ts";
import { NoncesSeen } from "./nonces_seen.ts";
import { type RequestBuckets, requestBuckets, type Source, Sources } from "./sources.ts";

export interface GuardOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: BanStore;
  readonly events: EventSink;
  /** As they are now; asked at each use, so that a reload counts at once. */
  readonly security: () => Pick<SecuritySettings, "allow" | "ban">;
  /** True for the addresses of lines of kind `peer`: trusted without a password. */
  readonly isPeer?: (host: string) => boolean;
  readonly limits?: Partial<GuardLimits>;
}

/** Where a request came from. */
export interface Sender {
  readonly host: string;
  readonly transport: string;
}

/** `drop`: silence. `busy`: 503 with Retry-After. */
export type Admission =
  | { readonly kind: "pass" }
  | { readonly kind: "busy"; readonly retryAfterSec: number }
  | { readonly kind: "drop" };

/** How long the look into lines and allow-list is good: neither answer changes from packet to packet. */
const KNOWN_MS = 10_000;

/** Nobody saves up for a blow. */
const MAX_CREDIT = 65_536;

const PASS: Admission = { kind: "pass" };
const DROP: Admission = { kind: "drop" };

/** What has happened since the start, for metrics. */
export interface GuardCounts {
  readonly failures: number;
  /** Failures over a path that proves nothing: seen, not counted towards a ban. */
  readonly unprovenFailures: number;
  readonly bans: number;
  /** Datagrams, connections and requests of banned senders. */
  readonly bannedDrops: number;
  readonly floodDrops: number;
  readonly busyAnswers: number;
  /** Answers kept back, because more would have gone to a stranger than had come. */
  readonly withheldAnswers: number;
}

export class Guard {
  readonly #options: GuardOptions;
  readonly #limits: GuardLimits;
  readonly #sources: Sources;
  readonly #bans: Bans;
  readonly #strangerPackets = new Bucket();
  readonly #strangerInvites = new Bucket();
  readonly #counts = {
    failures: 0,
    unprovenFailures: 0,
    bans: 0,
    bannedDrops: 0,
    floodDrops: 0,
    busyAnswers: 0,
    withheldAnswers: 0,
  };
  #allowTexts: readonly string[] = [];
  #allow: readonly Network[] = [];

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#sources = new Sources(this.#limits);
    this.#bans = new Bans({ store: options.store, maxBans: this.#limits.maxBans });
  }

  /** Reads the bans that were kept. */
  load(): Promise<void> {
    return this.#bans.load(this.#options.clock.now());
  }

  /** The door of the transports: false drops the datagram (of so many bytes) or refuses the connection, unread. */
  admit(host: string, transport: string, bytes = 0): boolean {
    if (this.isBanned(host)) {
      this.#counts.bannedDrops++;
      return false;
    }
    // Connections are counted by the transports; only a datagram costs nothing to send under any name.
    if (transport !== "udp") return true;
    const isWelcome = this.#isWelcome(host, this.#options.clock.now());
    if (!isWelcome) this.#counts.floodDrops++;
    else {
      const source = this.#sources.find(host);
      if (source) source.credit = Math.min(MAX_CREDIT, source.credit + bytes);
    }
    return isWelcome;
  }

  /**
   * A response goes out over UDP. False: its sender has not proved to be there, and would be sent more than came from
   * it. Who is there asks again, and has sent twice as much by then.
   */
  mayAnswer(host: string, bytes: number): boolean {
    const source = this.#sources.find(host);
    if (!source || this.#isTrusted(source, host, this.#options.clock.now())) return true;
    if (source.credit < bytes) {
      this.#counts.withheldAnswers++;
      return false;
    }
    source.credit -= bytes;
    return true;
  }

  #isWelcome(host: string, now: number): boolean {
    const known = this.#sources.find(host);
    if (!known) {
      // A flood from invented senders ends here, before it costs a record each.
      const isKnown = this.#isKnown(host);
      if (!isKnown && !this.#strangerPackets.take(this.#limits.strangerPackets, now)) return false;
      return this.#sources.get(host, now).packets.take(rateFor(this.#limits.packets, isKnown), now);
    }
    const source = this.#sources.get(host, now);
    const trusted = this.#isTrusted(source, host, now);
    return source.packets.take(rateFor(this.#limits.packets, trusted), now) &&
      (trusted || this.#strangerPackets.take(this.#limits.strangerPackets, now));
  }

  /** A request outside any dialog. Ask once for each, before any work and before any answer. */
  request(sender: Sender, method: string): Admission {
    const { host, transport } = sender;
    if (this.isBanned(host)) {
      this.#counts.bannedDrops++;
      return DROP;
    }
    const now = this.#options.clock.now();
    const source = this.#sources.get(host, now);
    const trusted = this.#isTrusted(source, host, now);
    const buckets = requestBuckets(source);
    const requests = rateFor(this.#limits.requests, trusted);
    if (!buckets.all.take(requests, now)) return this.#busy(buckets, buckets.all.waitSec(requests, now));
    if (method !== "INVITE") return PASS;
    const invites = rateFor(this.#limits.invites, trusted);
    if (!buckets.invites.take(invites, now)) {
      return this.#busy(buckets, buckets.invites.waitSec(invites, now));
    }
    if (trusted || this.#strangerInvites.take(this.#limits.strangerInvites, now)) return PASS;
    // All strangers together ask too much: an invented sender gets no answer that could hit somebody else.
    return transport === "udp"
      ? this.#flood()
      : this.#busy(buckets, this.#strangerInvites.waitSec(this.#limits.strangerInvites, now));
  }

  /**
   * An INVITE begins to cost (ports, legs). The function returned says that it is answered, refused or gone; undefined:
   * too many of this source are open, answer 503 with Retry-After.
   */
  openInvite(host: string): (() => void) | undefined {
    const now = this.#options.clock.now();
    const source = this.#sources.get(host, now);
    const trusted = this.#isTrusted(source, host, now);
    const { stranger, trusted: known } = this.#limits.openInvites;
    if (source.openInvites >= (trusted ? known : stranger)) return undefined;
    source.openInvites++;
    let isOpen = true;
    return () => {
      if (isOpen) source.openInvites--;
      isOpen = false;
    };
  }

  /**
   * A wrong password, user or digest; never a mere challenge.
   * @param source `proven`: the sender cannot be invented (a connection, or {@linkcode Guard.wasChallenged})
   */
  failed(source: Sender & { readonly proven: boolean }, reason: string): void {
    this.#counts.failures++;
    const { ban } = this.#options.security();
    if (!source.proven) {
      this.#counts.unprovenFailures++;
      return;
    }
    if (ban.failures === 0 || this.isAllowed(source.host)) return;
    const now = this.#options.clock.now();
    const record = this.#sources.get(source.host, now);
    const since = now - ban.withinSeconds * 1000;
    record.failures = record.failures.filter((at) => at > since);
    record.failures.push(now);
    if (record.failures.length < ban.failures) return;
    record.failures = [];
    this.ban(source.host, { reason, forSeconds: ban.forSeconds });
  }

  /** A right password: the sender is trusted for an hour. Failures before it still count. */
  succeeded(source: Sender): void {
    const now = this.#options.clock.now();
    this.#sources.get(source.host, now).trustedUntil = now + this.#limits.trustMs;
  }

  /** Bans by hand or by count; nothing for addresses of the allow-list. True when the ban is in force. */
  ban(host: string, options: { readonly reason: string; readonly forSeconds: number }): boolean {
    if (this.isAllowed(host)) return false;
    const { clock, events, log } = this.#options;
    const now = clock.now();
    const { reason, forSeconds } = options;
    const address = this.#sources.keyOf(host);
    const until = now + forSeconds * 1000;
    this.#bans.put({ address, since: now, until, reason });
    const known = this.#sources.find(host);
    if (known) known.trustedUntil = 0;
    this.#counts.bans++;
    events.emit({ kind: "ban", address, until, reason });
    log.warn("Sender banned", { address, seconds: forSeconds, reason });
    return true;
  }

  /** Lifts a ban; takes an address or what `bans` lists. False when there was none. */
  unban(address: string): boolean {
    const lifted = this.#bans.remove(address) || this.#bans.remove(this.#sources.keyOf(address));
    if (lifted) this.#options.log.info("Ban lifted", { address });
    return lifted;
  }

  isBanned(host: string): boolean {
    // Nearly always empty: then a packet costs nothing here.
    return this.#bans.size > 0 &&
      this.#bans.find(this.#sources.keyOf(host), this.#options.clock.now()) !== undefined &&
      !this.isAllowed(host);
  }

  /** True for addresses and networks of `security.allow`. */
  isAllowed(host: string): boolean {
    const { allow } = this.#options.security();
    if (allow !== this.#allowTexts) {
      this.#allowTexts = allow;
      this.#allow = allow.map(parseNetwork).filter((network) => network !== undefined);
    }
    return this.#allow.some((network) => networkContains(network, host));
  }

  /** Bans in force, newest first. */
  bans(): readonly StoredBan[] {
    return this.#bans.list(this.#options.clock.now());
  }

  /** A challenge with this nonce goes out to a sender over UDP. */
  challenged(host: string, nonce: string): void {
    const source = this.#sources.get(host, this.#options.clock.now());
    (source.nonces ??= new NoncesSeen()).add(nonce);
  }

  /** True when this nonce was sent to this sender: who knows it receives what we send there. */
  wasChallenged(host: string, nonce: string): boolean {
    return this.#sources.find(host)?.nonces?.has(nonce) ?? false;
  }

  counts(): GuardCounts {
    return { ...this.#counts };
  }

  /** Live sizes for status and leak tests. */
  sizes(): { sources: number; bans: number } {
    return { sources: this.#sources.size, bans: this.#bans.size };
  }

  #isTrusted(source: Source, host: string, now: number): boolean {
    if (source.trustedUntil > now) return true;
    if (source.knownUntil <= now) {
      source.isKnown = this.#isKnown(host);
      source.knownUntil = now + KNOWN_MS;
    }
    return source.isKnown;
  }

  /** True for lines by address and for the allow-list. */
  #isKnown(host: string): boolean {
    return (this.#options.isPeer?.(host) ?? false) || this.isAllowed(host);
  }

  #busy(buckets: RequestBuckets, retryAfterSec: number): Admission {
    if (!buckets.busyAnswers.take(this.#limits.busyAnswers, this.#options.clock.now())) return this.#flood();
    this.#counts.busyAnswers++;
    return { kind: "busy", retryAfterSec };
  }

  #flood(): Admission {
    this.#counts.floodDrops++;
    return DROP;
  }
}

function rateFor(rates: Trust<Rate>, isTrusted: boolean): Rate {
  return isTrusted ? rates.trusted : rates.stranger;
}
