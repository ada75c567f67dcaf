/** Remembers DNS answers as long as they live (RFC 1035 §3.2.1, RFC 2308), and a while longer when DNS is down (RFC 8767). */

import type { Clock } from "../../base/mod.ts";
import type { DnsAnswer, DnsPort, DnsType } from "./ports.ts";

const MAX_ENTRIES = 2000;
/** "There is none" is not believed for longer, so that a mended zone is seen soon. */
const MAX_NEGATIVE_SEC = 300;
/** A server that gave no answer is left alone for a moment instead of being asked for each message. */
const FAILURE_MS = 5000;
/** How long a dead answer still serves when no server gives a new one: calls outlive a DNS outage. */
const STALE_MS = 3_600_000;

interface Entry {
  readonly answer: DnsAnswer;
  readonly freshUntilMs: number;
  readonly usableUntilMs: number;
}

export class DnsCache implements DnsPort {
  readonly #dns: DnsPort;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(dns: DnsPort, clock: Clock) {
    this.#dns = dns;
    this.#clock = clock;
  }

  async query(name: string, type: DnsType): Promise<DnsAnswer> {
    const key = `${type} ${name.toLowerCase()}`;
    const known = this.#entries.get(key);
    if (known && this.#clock.now() < known.freshUntilMs) return known.answer;
    const answer = await this.#dns.query(name, type);
    const nowMs = this.#clock.now();
    if (answer.kind === "failed" && known?.answer.kind === "records" && nowMs < known.usableUntilMs) {
      this.#store(key, { ...known, freshUntilMs: nowMs + FAILURE_MS });
      return known.answer;
    }
    const freshUntilMs = nowMs + lifeMs(answer);
    this.#store(key, { answer, freshUntilMs, usableUntilMs: freshUntilMs + STALE_MS });
    return answer;
  }

  #store(key: string, entry: Entry): void {
    // Stored anew at the end: the first of the map is the one that was not asked for longest.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size <= MAX_ENTRIES) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      break;
    }
  }
}

function lifeMs(answer: DnsAnswer): number {
  switch (answer.kind) {
    case "records":
      return 1000 * Math.min(...answer.records.map(({ ttlSec }) => ttlSec));
    case "none":
      return 1000 * Math.min(MAX_NEGATIVE_SEC, answer.ttlSec);
    case "failed":
      return FAILURE_MS;
    default:
      return answer satisfies never;
  }
}
