/** Tones of one or more frequencies, steady or in a cadence: ringback, busy, congestion (ITU-T E.180). */
import { amplitudeOf, Oscillator } from "./oscillator.ts";
import { saturate } from "./saturate.ts";

export interface ToneShape {
  /** All sound at once, each at `levelDbm0`. */
  readonly frequencies: readonly number[];
  readonly levelDbm0: number;
  readonly sampleRate: number;
  /** On and off in turn, repeated; empty or absent: steady. An odd count ends with a pause of nothing. */
  readonly cadenceMs?: readonly number[];
}

export class Tone {
  readonly #oscillators: readonly Oscillator[];
  readonly #amplitude: number;
  /** Lengths in samples of on, off, on, … */
  readonly #spans: readonly number[];
  #span = 0;
  #left: number;

  /** @throws {RangeError} for a frequency or cadence that cannot be. */
  constructor(shape: ToneShape) {
    const { frequencies, sampleRate, cadenceMs = [] } = shape;
    this.#oscillators = frequencies.map((frequency) => new Oscillator({ frequency, sampleRate }));
    this.#amplitude = amplitudeOf(shape.levelDbm0);
    const spans = cadenceMs.map((ms) => Math.round(ms * sampleRate / 1000));
    if (spans.length > 0 && (spans.some((span) => !(span >= 0)) || !spans.some((span) => span > 0))) {
      throw new RangeError(
        `Cannot make cadence ${cadenceMs.join("/")} ms: want lengths of 0 or more, one above 0`,
      );
    }
    // With an odd count the on and the off parts would change places at each turn.
    this.#spans = spans.length % 2 === 1 ? [...spans, 0] : spans;
    this.#left = this.#spans[0] ?? Infinity;
  }

  /** Fills all of `samples` with what comes next. */
  fill(samples: Int16Array): void {
    for (let at = 0; at < samples.length;) {
      while (this.#left === 0) this.#turn();
      const end = Math.min(samples.length, at + this.#left);
      this.#left -= end - at;
      if (this.#span % 2 === 1) samples.fill(0, at, end);
      else this.#sound(samples, { from: at, to: end });
      at = end;
    }
  }

  #turn(): void {
    this.#span = (this.#span + 1) % this.#spans.length;
    this.#left = this.#spans[this.#span]!;
    // Each burst begins at zero: no click.
    for (const oscillator of this.#oscillators) oscillator.reset();
  }

  #sound(samples: Int16Array, { from, to }: { from: number; to: number }): void {
    for (let i = from; i < to; i++) {
      let sum = 0;
      for (const oscillator of this.#oscillators) sum += oscillator.next();
      samples[i] = saturate(Math.round(sum * this.#amplitude));
    }
  }
}
