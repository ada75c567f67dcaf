/** Sine waves from an integer phase: the frequency is exact on average for ever, however long a tone sounds. */

const TABLE_BITS = 10;
const TABLE_SIZE = 1 << TABLE_BITS;
/** One entry more, for interpolation beyond the last. */
const SINE = Float64Array.from({ length: TABLE_SIZE + 1 }, (_, i) => Math.sin(2 * Math.PI * i / TABLE_SIZE));
const FRACTION_BITS = 32 - TABLE_BITS;
const FRACTION = 2 ** FRACTION_BITS;
const FRACTION_MASK = FRACTION - 1;

/**
 * Peak of a sine at 0 dBm0 on the 16-bit scale: G.711 overloads at +3.17 dBm0 (µ-law), where the peak is full scale
 * (ITU-T G.711 tables 1a, 2a note).
 */
const PEAK_AT_0_DBM0 = 32124 / 10 ** (3.17 / 20);

/** Peak amplitude of a sine of `levelDbm0`. */
export function amplitudeOf(levelDbm0: number): number {
  return PEAK_AT_0_DBM0 * 10 ** (levelDbm0 / 20);
}

export class Oscillator {
  readonly #step: number;
  #phase = 0;

  /** @throws {RangeError} for a frequency that the sample rate cannot carry. */
  constructor({ frequency, sampleRate }: { readonly frequency: number; readonly sampleRate: number }) {
    if (!(frequency > 0 && frequency < sampleRate / 2)) {
      throw new RangeError(
        `Cannot make tone of ${frequency} Hz: want more than 0 and less than ${sampleRate / 2}`,
      );
    }
    this.#step = Math.round(frequency / sampleRate * 2 ** 32) | 0;
  }

  /** The next sample, between −1 and 1. */
  next(): number {
    const phase = this.#phase;
    this.#phase = (phase + this.#step) | 0;
    const at = phase >>> FRACTION_BITS, before = SINE[at]!;
    return before + (SINE[at + 1]! - before) * ((phase & FRACTION_MASK) / FRACTION);
  }

  /** Back to the beginning of the wave. */
  reset(): void {
    this.#phase = 0;
  }
}
