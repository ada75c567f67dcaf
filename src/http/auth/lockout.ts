/** Guessing gets slower with every wrong answer: a delay that grows, for each sender and for each account. */

import type { Clock } from "../../base/mod.ts";

export interface LockoutRule {
  /** Wrong answers without any delay. */
  readonly free: number;
  readonly maxDelaySec: number;
}

/** Who guesses from one place waits up to a quarter of an hour. */
export const SENDER_RULE: LockoutRule = { free: 3, maxDelaySec: 900 };
/** Behind a reverse proxy the whole world is one sender: one who guesses must not keep everybody out for long. */
export const PROXY_RULE: LockoutRule = { free: 3, maxDelaySec: 30 };
/** Who guesses from many places is slowed down too, but must not be able to keep the owner out for long. */
export const ACCOUNT_RULE: LockoutRule = { free: 20, maxDelaySec: 30 };

/** A quiet hour wipes the slate. */
const FORGET_MS = 3_600_000;
const MAX_KEYS = 10_000;

interface Entry {
  failures: number;
  at: number;
}

export class Lockout {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Seconds to wait before another try of `key` is looked at; 0: go on. */
  waitSec(key: string, rule: LockoutRule): number {
    const entry = this.#find(key);
    if (!entry) return 0;
    const over = entry.failures - rule.free;
    if (over < 0) return 0;
    const delaySec = Math.min(rule.maxDelaySec, 2 ** Math.min(over, 20));
    return Math.max(0, Math.ceil((entry.at + delaySec * 1000 - this.#clock.now()) / 1000));
  }

  /** Counts a try before it is checked, so that many at the same moment count as many. */
  tried(key: string): void {
    const entry = this.#find(key) ?? { failures: 0, at: 0 };
    this.#entries.delete(key);
    if (this.#entries.size >= MAX_KEYS) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    this.#entries.set(key, { failures: entry.failures + 1, at: this.#clock.now() });
  }

  succeeded(key: string): void {
    this.#entries.delete(key);
  }

  /** Takes back one {@linkcode Lockout.tried} that turned out to be no guess. */
  forgive(key: string): void {
    const entry = this.#find(key);
    if (entry && --entry.failures === 0) this.#entries.delete(key);
  }

  #find(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry && this.#clock.now() - entry.at > FORGET_MS) {
      this.#entries.delete(key);
      return undefined;
    }
    return entry;
  }
}
