/**
 * Rational resampling with a polyphase FIR filter: Kaiser-windowed sinc (Oppenheim and Schafer, Discrete-Time Signal
 * Processing, §7.6). Between 8 and 16 kHz it is a half-band filter, so half of the taps are zero and are skipped.
 */

/** Stop-band attenuation in dB: below the noise of 13-bit telephone codecs. */
const ATTENUATION_DB = 80;
/** Width of the transition band as a share of the lower rate; centred on its Nyquist frequency. */
const TRANSITION = 0.1;
/** Taps smaller than this contribute less than half a bit to a full-scale 16-bit sample. */
const NEGLIGIBLE = 1e-7;

interface Phase {
  /** How many input samples before the newest one each tap looks back. */
  readonly back: Int32Array;
  readonly taps: Float64Array;
}

/** Samples, from 16-bit audio or from the 32-bit sum of a mixer. */
export type Samples = Int16Array | Int32Array | Float64Array;

/** Converts a stream from one rate to another, chunk by chunk. Allocates only when made. */
export class Resampler {
  /** Delay of the filter in seconds, half its length. */
  readonly delaySec: number;
  readonly #phases: readonly Phase[];
  readonly #up: number;
  readonly #down: number;
  readonly #history: number;
  readonly #work: Float64Array;
  /** Position of the next output sample: whole input samples ahead, and the phase within one. */
  #ahead = 0;
  #phase = 0;

  /** Rates in Hz; `maxInput` is the largest chunk that will be given to {@linkcode process}. */
  constructor(rates: { readonly from: number; readonly to: number; readonly maxInput: number }) {
    const divisor = greatestCommonDivisor(rates.from, rates.to);
    this.#up = rates.to / divisor;
    this.#down = rates.from / divisor;
    const filter = lowPass(this.#up, this.#down);
    this.#phases = splitPhases(filter, this.#up);
    this.#history = Math.ceil(filter.length / this.#up);
    this.#work = new Float64Array(this.#history + rates.maxInput);
    this.delaySec = (filter.length - 1) / 2 / (rates.from * this.#up);
  }

  /**
   * Takes all of `input` and writes what becomes due to `output`; returns how many samples. Results are rounded and,
   * for 16-bit output, clamped. Whole 20 ms chunks between 8 and 16 kHz always give whole 20 ms chunks.
   */
  process(input: Samples, output: Samples): number {
    const work = this.#work, history = this.#history, count = input.length;
    for (let i = 0; i < count; i++) work[history + i] = input[i]!;
    const written = output instanceof Int16Array
      ? this.#run(count, output, 32767)
      : this.#run(count, output, 2 ** 31 - 1);
    work.copyWithin(0, count, count + history);
    return written;
  }

  /** Forgets the past, as if just made. */
  reset(): void {
    this.#work.fill(0);
    this.#ahead = 0;
    this.#phase = 0;
  }

  #run(count: number, output: Samples, limit: number): number {
    const work = this.#work;
    let ahead = this.#ahead, phase = this.#phase, written = 0;
    while (ahead < count) {
      const { back, taps } = this.#phases[phase]!;
      const newest = this.#history + ahead;
      let sum = 0;
      for (let k = 0; k < taps.length; k++) sum += work[newest - back[k]!]! * taps[k]!;
      sum = Math.round(sum);
      output[written++] = sum > limit ? limit : sum < -limit ? -limit : sum;
      phase += this.#down;
      while (phase >= this.#up) {
        phase -= this.#up;
        ahead++;
      }
    }
    this.#ahead = ahead - count;
    this.#phase = phase;
    return written;
  }
}

/** Resamples a whole recording at once and takes out the delay of the filter. Rates in Hz. */
export function resampleAll(
  input: Int16Array,
  rates: { readonly from: number; readonly to: number },
): Int16Array {
  if (rates.from === rates.to) return input;
  const chunk = 4096;
  const resampler = new Resampler({ ...rates, maxInput: chunk });
  const length = Math.round(input.length * rates.to / rates.from);
  const skip = Math.round(resampler.delaySec * rates.to);
  const out = new Int16Array(length);
  const piece = new Int16Array(Math.ceil(chunk * rates.to / rates.from) + 1);
  const silence = new Int16Array(chunk);
  let written = -skip;
  for (let at = 0; written < length; at += chunk) {
    const part = at < input.length ? input.subarray(at, at + chunk) : silence;
    const made = resampler.process(part, piece);
    for (let i = 0; i < made; i++, written++) {
      if (written >= 0 && written < length) out[written] = piece[i]!;
    }
  }
  return out;
}

/** Prototype filter at `up` times the input rate; its length is odd, so the delay is a whole number of its samples. */
function lowPass(up: number, down: number): Float64Array {
  const widest = Math.max(up, down);
  const cutoff = 0.5 / widest;
  const beta = 0.1102 * (ATTENUATION_DB - 8.7);
  const half = Math.ceil((ATTENUATION_DB - 7.95) / (2.285 * 2 * Math.PI * TRANSITION / widest) / 2);
  const taps = new Float64Array(2 * half + 1);
  for (let n = -half; n <= half; n++) {
    const x = 2 * cutoff * n;
    const sinc = n === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    const window = bessel(beta * Math.sqrt(1 - (n / half) ** 2)) / bessel(beta);
    taps[n + half] = 2 * cutoff * sinc * window;
  }
  return taps;
}

/** Each phase is normalised to unity gain for a constant, or a steady input would carry a ripple at the phase rate. */
function splitPhases(filter: Float64Array, up: number): Phase[] {
  return Array.from({ length: up }, (_, phase) => {
    const back: number[] = [], taps: number[] = [];
    let sum = 0;
    for (let k = phase, age = 0; k < filter.length; k += up, age++) {
      if (Math.abs(filter[k]!) < NEGLIGIBLE) continue;
      back.push(age);
      taps.push(filter[k]!);
      sum += filter[k]!;
    }
    return { back: Int32Array.from(back), taps: Float64Array.from(taps, (tap) => tap / sum) };
  });
}

/** Modified Bessel function of the first kind, order 0, by its series. */
function bessel(x: number): number {
  let sum = 1, term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
