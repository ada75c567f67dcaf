/** Places that failed of late, and lines already logged: small memories that forget by themselves. */

import { type Clock, printHostPort } from "../../base/mod.ts";
import type { Target } from "./types.ts";

const MAX_ENTRIES = 2000;
/** One line of the log per cause and sender in this time: a scanner shall not write the log full. */
const LOG_EVERY_MS = 60_000;

export class Reputation {
  readonly #clock: Clock;
  readonly #demoteMs: number;
  readonly #demoted = new Map<string, number>();
  readonly #logged = new Map<string, number>();

  constructor(clock: Clock, demoteMs: number) {
    this.#clock = clock;
    this.#demoteMs = demoteMs;
  }

  demote(target: Target): void {
    remember(this.#demoted, keyOf(target), this.#clock.now() + this.#demoteMs);
  }

  isDemoted(target: Target): boolean {
    return (this.#demoted.get(keyOf(target)) ?? 0) > this.#clock.now();
  }

  /** The same targets, those that failed of late last. */
  order(targets: readonly Target[]): readonly Target[] {
    if (!targets.some((target) => this.isDemoted(target))) return targets;
    return targets.toSorted((a, b) => Number(this.isDemoted(a)) - Number(this.isDemoted(b)));
  }

  /** True when `line` was not logged within the last minute. */
  mayLog(line: string): boolean {
    const nowMs = this.#clock.now();
    if ((this.#logged.get(line) ?? 0) > nowMs) return false;
    remember(this.#logged, line, nowMs + LOG_EVERY_MS);
    return true;
  }
}

function remember(entries: Map<string, number>, key: string, untilMs: number): void {
  if (entries.size >= MAX_ENTRIES) entries.clear();
  entries.set(key, untilMs);
}

function keyOf({ transport, address }: Target): string {
  return `${transport} ${printHostPort(address.host, address.port)}`;
}
