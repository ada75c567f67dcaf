/** Which even port comes next: in turn through the range, past those in use, resting or taken by other programs. */

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** A port that another program holds is asked for again after so long. */
const TAKEN_MS = 30_000;

/** Pairs of an even port and the odd one above it (RFC 3550 §11). Numbers only; the sockets live elsewhere. */
export class PortPool {
  readonly #first: number;
  readonly #pairs: number;
  /** Per pair: 0 free, otherwise the time until which it is not; Infinity while in use. */
  readonly #untilMs: Float64Array;
  #next = 0;
  #used = 0;

  constructor(range: PortRange) {
    this.#first = range.first + (range.first & 1);
    this.#pairs = Math.max(0, Math.floor((range.last - this.#first + 1) / 2));
    this.#untilMs = new Float64Array(this.#pairs);
  }

  /** Pairs handed out and not given back. */
  get used(): number {
    return this.#used;
  }

  get size(): number {
    return this.#pairs;
  }

  /** The even port of a pair, undefined when none is free. */
  take(nowMs: number): number | undefined {
    for (let tried = 0; tried < this.#pairs; tried++) {
      const index = this.#next;
      this.#next = index + 1 < this.#pairs ? index + 1 : 0;
      if (this.#untilMs[index]! > nowMs) continue;
      this.#untilMs[index] = Infinity;
      this.#used++;
      return this.#first + 2 * index;
    }
    return undefined;
  }

  /** Gives a pair back. */
  free(port: number): void {
    this.#release(port, 0);
  }

  /** Gives back a pair that could not be bound. */
  setTaken(port: number, nowMs: number): void {
    this.#release(port, nowMs + TAKEN_MS);
  }

  #release(port: number, untilMs: number): void {
    const index = (port - this.#first) / 2;
    if (this.#untilMs[index] !== Infinity) return;
    this.#untilMs[index] = untilMs;
    this.#used--;
  }
}
