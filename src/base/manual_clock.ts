/** A clock that moves only when told to: 32 s timers take microseconds in tests. */
import type { Clock, Timer } from "./clock.ts";

interface Entry {
  readonly timeMs: number;
  readonly order: number;
  readonly task: () => void;
}

export class ManualClock implements Clock {
  #nowMs: number;
  #order = 0;
  #entries = new Set<Entry>();

  constructor(startMs = 1_000_000) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  at(timeMs: number, task: () => void): Timer {
    const entry: Entry = { timeMs: Math.max(timeMs, this.#nowMs), order: this.#order++, task };
    this.#entries.add(entry);
    return { cancel: () => void this.#entries.delete(entry) };
  }

  /** Number of calls still to come; a test of absence asks for 0. */
  get pending(): number {
    return this.#entries.size;
  }

  /** Moves `ms` forward and runs what falls due, in order of time, then of registration. */
  advance(ms: number): void {
    const end = this.#nowMs + ms;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#entries.delete(next);
      this.#nowMs = next.timeMs;
      next.task();
    }
    this.#nowMs = end;
  }

  #next(end: number): Entry | undefined {
    let first: Entry | undefined;
    for (const entry of this.#entries) {
      if (entry.timeMs > end) continue;
      if (
        !first || entry.timeMs < first.timeMs || (entry.timeMs === first.timeMs && entry.order < first.order)
      ) {
        first = entry;
      }
    }
    return first;
  }
}
