/**
 * What many calls leave behind when they come and go, swept away in a second in which nobody is listening: the engine itself
 * looks for it only while it allocates, and a thread that relays allocates nothing.
 */

/** Legs that came or went since the last sweep, from which another pays. */
const WORTH_SWEEP = 200;

export class QuietSweep {
  readonly #sweep: (() => void) | undefined;
  #changed = 0;
  /** At the last look; the first look has nothing to compare with. */
  #packets = NaN;

  constructor(sweep: (() => void) | undefined) {
    this.#sweep = sweep;
  }

  /** A leg came or went. */
  noteChange(): void {
    this.#changed++;
  }

  /** Once a second: `packets` received so far, and whether the thread itself plays, mixes or records anything. */
  look(packets: number, isPlaying: boolean): void {
    const isQuiet = packets === this.#packets && !isPlaying;
    this.#packets = packets;
    if (!isQuiet || this.#changed < WORTH_SWEEP) return;
    this.#changed = 0;
    this.#sweep?.();
  }
}
