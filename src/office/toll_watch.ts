/** Watches what goes outside, for the limits of a domain (`limits`), and keeps who met them for the page and the log. */

import type { Clock, Log } from "../base/mod.ts";
import type { EventSink } from "../pbx/ports.ts";
import { type CallsLastHour, HourlyCalls } from "../pbx/routing/mod.ts";

/** Somebody who was stopped by a limit. */
export interface TollAlarm {
  readonly domain: string;
  /** Empty: an overflow or an incoming table. */
  readonly extension: string;
  readonly reason: "too many calls" | "denied destination";
  /** The last number tried. */
  readonly number: string;
  /** Calls stopped since the alarm began. */
  readonly count: number;
  readonly since: number;
  readonly at: number;
}

/** For so long after its last call an alarm stands on the page. */
const STANDS_MS = 3_600_000;
const MAX_ALARMS = 200;

export class TollWatch {
  readonly #options: { readonly clock: Clock; readonly log: Log; readonly events: EventSink };
  readonly #calls = new HourlyCalls();
  readonly #alarms = new Map<string, TollAlarm>();

  constructor(options: { readonly clock: Clock; readonly log: Log; readonly events: EventSink }) {
    this.#options = options;
  }

  lastHour(domain: string, extension: string): CallsLastHour {
    const now = this.#options.clock.now();
    return {
      extension: this.#calls.used(`${domain}/${extension}`, now),
      domain: this.#calls.used(domain, now),
    };
  }

  /** A call goes out. */
  left(domain: string, extension: string): void {
    const now = this.#options.clock.now();
    this.#calls.add(`${domain}/${extension}`, now);
    this.#calls.add(domain, now);
  }

  /** A call was stopped by a limit. */
  stopped(call: Pick<TollAlarm, "domain" | "extension" | "reason" | "number">): void {
    const { clock, log, events } = this.#options;
    const { domain, extension, reason, number } = call;
    const key = `${domain}/${extension}/${reason}`, now = clock.now();
    this.#forget(now);
    const known = this.#alarms.get(key);
    this.#alarms.delete(key);
    if (this.#alarms.size >= MAX_ALARMS) this.#alarms.delete(this.#alarms.keys().next().value!);
    this.#alarms.set(key, { ...call, count: (known?.count ?? 0) + 1, since: known?.since ?? now, at: now });
    events.emit({ kind: "limit", domain, extension, reason });
    log.warn("Outgoing call stopped by a limit", { domain, extension, reason, number });
  }

  /** Those that stand, the latest first. */
  alarms(): readonly TollAlarm[] {
    this.#forget(this.#options.clock.now());
    return [...this.#alarms.values()].reverse();
  }

  #forget(now: number): void {
    for (const [key, { at }] of this.#alarms) {
      if (now - at < STANDS_MS) return;
      this.#alarms.delete(key);
    }
  }
}
