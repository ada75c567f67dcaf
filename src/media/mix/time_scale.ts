/**
 * Makes speech a pitch period shorter or longer without changing its pitch (overlap and add): how a jitter buffer
 * follows a drifting clock or a changed network without a click.
 */
import type { PcmRate, Span } from "./frames.ts";
import { findPitch, MAX_LAG_MS, type Pitch, type PitchSearch } from "./pitch.ts";

/** Samples that must lie ahead to shorten and behind to lengthen, in milliseconds. */
export const SHORTEN_AHEAD_MS = 2 * MAX_LAG_MS;
export const LENGTHEN_AROUND_MS = MAX_LAG_MS;
/** Below this the signal does not repeat itself, and the seam would be heard. */
const MIN_LIKENESS = 0.75;

export class TimeScale {
  readonly #samples: number;
  readonly #search: { -readonly [K in keyof PitchSearch]: PitchSearch[K] };
  readonly #pitch: Pitch = { lag: 0, likeness: 0 };

  constructor(rate: PcmRate) {
    this.#samples = MAX_LAG_MS * rate / 1000;
    this.#search = { rate, at: 0, length: this.#samples, towards: 1 };
  }

  /**
   * Takes one pitch period out at the start of what will be played by moving `span.start`, with 30 ms ahead at least; returns the
   * number of samples gained, 0 when the signal does not allow it. `force` cuts whatever the signal is.
   */
  shorten(pcm: Int16Array, span: Span, force: boolean): number {
    this.#search.at = span.start;
    this.#search.towards = 1;
    findPitch(pcm, this.#search, this.#pitch);
    if (!force && this.#pitch.likeness < MIN_LIKENESS) return 0;
    const { lag } = this.#pitch, from = span.start;
    for (let i = lag - 1; i >= 0; i--) {
      const share = (i + 1) / (lag + 1);
      pcm[from + lag + i] = Math.round(pcm[from + i]! * (1 - share) + pcm[from + lag + i]! * share);
    }
    span.start += lag;
    return lag;
  }

  /**
   * Puts one pitch period in at the start of what will be played by moving what follows, with 15 ms ahead and 15 ms behind;
   * returns the number of samples added, 0 when the signal does not allow it. `pcm` must have room for 15 ms more.
   */
  lengthen(pcm: Int16Array, span: Span, force: boolean): number {
    this.#search.at = span.start;
    this.#search.towards = -1;
    findPitch(pcm, this.#search, this.#pitch);
    if (!force && this.#pitch.likeness < MIN_LIKENESS) return 0;
    const { lag } = this.#pitch, from = span.start;
    pcm.copyWithin(from + lag, from, span.end);
    for (let i = 0; i < lag; i++) {
      const share = (i + 1) / (lag + 1);
      // Moved by one lag, the new signal lies at from + lag + i; the old one, continued, at from - lag + i.
      pcm[from + i] = Math.round(pcm[from + lag + i]! * (1 - share) + pcm[from - lag + i]! * share);
    }
    span.end += lag;
    return lag;
  }
}
