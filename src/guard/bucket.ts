/** A token bucket: so many events at once, so many a second after that. The time is given. */

export interface Rate {
  readonly perSecond: number;
  /** Events that may come at once. */
  readonly burst: number;
}

/**
 * One bucket. It remembers what was taken, not what is left, and the rate is given at each take: trust in a source
 * changes, and a source that has just proven itself has its whole new burst.
 */
export class Bucket {
  #taken = 0;
  #at = 0;

  /** Takes one token; false when there is none. */
  take(rate: Rate, now: number): boolean {
    this.#refill(rate, now);
    if (this.#taken + 1 > rate.burst) return false;
    this.#taken++;
    return true;
  }

  /** Whole seconds until a token is there, at least 1. */
  waitSec(rate: Rate, now: number): number {
    this.#refill(rate, now);
    return Math.max(1, Math.ceil((this.#taken + 1 - rate.burst) / rate.perSecond));
  }

  #refill(rate: Rate, now: number): void {
    // A clock never runs backwards; should it, nothing is filled and nothing is lost.
    const elapsedMs = Math.max(0, now - this.#at);
    // Who took much while it was trusted starts empty as a stranger, not deep in debt.
    const taken = Math.min(rate.burst, this.#taken);
    this.#taken = Math.max(0, taken - elapsedMs * rate.perSecond / 1000);
    this.#at = now;
  }
}
