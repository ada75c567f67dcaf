/**
 * The system clock behind the Clock port: wall time that never runs backwards, and any number of timers on one
 * underlying timer. Timers follow the monotonic clock, so that a corrected wall clock neither fires nor stalls them.
 */

import type { Clock, Timer } from "../base/mod.ts";

/** Longest sleep; Deno's timers take at most 2^31 − 1 ms. */
const LONGEST_SLEEP_MS = 3_600_000;
/** Due tasks run in one turn of the event loop before sockets get theirs. */
const TASKS_PER_TURN = 1000;
/** How often the wall clock is compared; a difference below the tolerance is noise. */
const COMPARE_EVERY_MS = 1000;
const TOLERANCE_MS = 20;
/** A wall clock set back is followed by running this much slower. */
const SLEW = 0.1;

/** Where time and sleep come from; tests give their own. */
export interface TimeSource {
  wallMs(): number;
  monotonicMs(): number;
  /** Calls `wake` once after `ms`, unless the function returned was called. */
  sleep(ms: number, wake: () => void): () => void;
}

const SYSTEM: TimeSource = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, wake) => {
    const id = setTimeout(wake, ms);
    return () => clearTimeout(id);
  },
};

class Entry implements Timer {
  task: (() => void) | undefined;

  constructor(readonly dueMs: number, readonly order: number, task: () => void, readonly clock: SystemClock) {
    this.task = task;
  }

  cancel(): void {
    if (!this.task) return;
    this.task = undefined;
    this.clock.entryCancelled();
  }
}

export class SystemClock implements Clock {
  readonly #source: TimeSource;
  readonly #onError: (error: unknown) => void;
  #offsetMs: number;
  #comparedMs: number;
  #lastMs = 0;
  /** Binary heap by due time, then order. Cancelled entries stay until they surface or outnumber the living. */
  #heap: Entry[] = [];
  #live = 0;
  #order = 0;
  #cancelSleep: (() => void) | undefined;
  #wakeMs = Infinity;

  /** `onError` is told what a task threw (default: an uncaught error); the other tasks run on. */
  constructor(options: { onError?: (error: unknown) => void; source?: TimeSource } = {}) {
    this.#source = options.source ?? SYSTEM;
    this.#onError = options.onError ?? reportError;
    this.#comparedMs = this.#source.monotonicMs();
    this.#offsetMs = this.#source.wallMs() - this.#comparedMs;
  }

  now(): number {
    return this.#read(this.#source.monotonicMs());
  }

  /** Timers waiting. */
  get pending(): number {
    return this.#live;
  }

  at(timeMs: number, task: () => void): Timer {
    const monotonicMs = this.#source.monotonicMs();
    const waitMs = Math.max(0, timeMs - this.#read(monotonicMs));
    const entry = new Entry(monotonicMs + waitMs, this.#order++, task, this);
    this.#live++;
    this.#push(entry);
    if (entry.dueMs < this.#wakeMs) this.#sleepUntil(entry.dueMs, monotonicMs);
    return entry;
  }

  /** Forgets every timer. */
  stop(): void {
    for (const entry of this.#heap) entry.task = undefined;
    this.#heap = [];
    this.#live = 0;
    this.#wake();
  }

  /** For {@linkcode Entry}: keeps the heap at most half dead, and nothing asleep when nobody waits. */
  entryCancelled(): void {
    this.#live--;
    if (this.#live === 0) {
      this.#heap = [];
      this.#wake();
    } else if (this.#heap.length > 2 * this.#live + 64) {
      this.#heap = this.#heap.filter((entry) => entry.task);
      for (let i = (this.#heap.length >> 1) - 1; i >= 0; i--) this.#sink(i);
    }
  }

  #read(monotonicMs: number): number {
    const elapsedMs = monotonicMs - this.#comparedMs;
    if (elapsedMs >= COMPARE_EVERY_MS) {
      this.#comparedMs = monotonicMs;
      const aheadMs = this.#offsetMs + monotonicMs - this.#source.wallMs();
      if (aheadMs < -TOLERANCE_MS) this.#offsetMs -= aheadMs;
      else if (aheadMs > TOLERANCE_MS) this.#offsetMs -= Math.min(aheadMs, elapsedMs * SLEW);
    }
    const nowMs = Math.floor(this.#offsetMs + monotonicMs);
    if (nowMs > this.#lastMs) this.#lastMs = nowMs;
    return this.#lastMs;
  }

  #sleepUntil(dueMs: number, monotonicMs: number): void {
    this.#wake();
    this.#wakeMs = dueMs;
    const waitMs = Math.min(LONGEST_SLEEP_MS, Math.max(0, Math.ceil(dueMs - monotonicMs)));
    this.#cancelSleep = this.#source.sleep(waitMs, () => this.#run());
  }

  #wake(): void {
    this.#cancelSleep?.();
    this.#cancelSleep = undefined;
    this.#wakeMs = Infinity;
  }

  #run(): void {
    this.#cancelSleep = undefined;
    // Stays finite while tasks run: what they add must not each set a sleep of its own.
    this.#wakeMs = -Infinity;
    const monotonicMs = this.#source.monotonicMs();
    for (let count = 0; count < TASKS_PER_TURN; count++) {
      const first = this.#heap[0];
      if (!first || first.task && first.dueMs > monotonicMs) break;
      this.#pop();
      const { task } = first;
      if (!task) continue;
      first.task = undefined;
      this.#live--;
      try {
        task();
      } catch (error) {
        this.#onError(error);
      }
    }
    this.#wakeMs = Infinity;
    const next = this.#heap[0];
    if (next) this.#sleepUntil(next.dueMs, this.#source.monotonicMs());
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (!last || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #sink(index: number): void {
    const heap = this.#heap, entry = heap[index]!;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, entry)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = entry;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}
