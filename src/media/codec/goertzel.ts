/** Energy at one frequency over a block of samples: Goertzel's recurrence. */

export class Goertzel {
  readonly #coefficient: number;
  #s1 = 0;
  #s2 = 0;

  constructor({ frequency, sampleRate }: { readonly frequency: number; readonly sampleRate: number }) {
    this.#coefficient = 2 * Math.cos(2 * Math.PI * frequency / sampleRate);
  }

  /** Takes samples `from` to `to`. */
  take(samples: Int16Array, { from, to }: { readonly from: number; readonly to: number }): void {
    const coefficient = this.#coefficient;
    let s1 = this.#s1, s2 = this.#s2;
    for (let i = from; i < to; i++) {
      const s0 = samples[i]! + coefficient * s1 - s2;
      s2 = s1;
      s1 = s0;
    }
    this.#s1 = s1;
    this.#s2 = s2;
  }

  /** |X|² of the block, and begins the next: (amplitude · samples / 2)² for a sine right at the frequency. */
  finish(): number {
    const energy = this.#s1 ** 2 + this.#s2 ** 2 - this.#coefficient * this.#s1 * this.#s2;
    this.#s1 = this.#s2 = 0;
    return energy;
  }
}
