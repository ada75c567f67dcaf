/** In-band digits: two tones each (ITU-T Q.23). Levels as senders use them: the upper group 2 dB louder. */
import { amplitudeOf, Oscillator } from "./oscillator.ts";
import { saturate } from "./saturate.ts";

export const DTMF_LOW = [697, 770, 852, 941] as const;
export const DTMF_HIGH = [1209, 1336, 1477, 1633] as const;
/** Row by row, as on the keypad. */
export const DTMF_KEYS = "123A456B789C*0#D";

const LOW_LEVEL_DBM0 = -9;
const HIGH_LEVEL_DBM0 = -7;

/** Both frequencies of a digit (letters in either case), undefined for no digit. */
export function dtmfFrequencies(digit: string): readonly [low: number, high: number] | undefined {
  const key = digit.length === 1 ? DTMF_KEYS.indexOf(digit.toUpperCase()) : -1;
  return key < 0 ? undefined : [DTMF_LOW[key >> 2]!, DTMF_HIGH[key & 3]!];
}

export interface DtmfShape {
  readonly sampleRate: number;
  /** Default 100 and 80; networks ask for 40 and 40 at least (Q.24). */
  readonly toneMs?: number;
  readonly gapMs?: number;
}

/** Plays a row of digits sample by sample. */
export class DtmfGenerator {
  readonly #sampleRate: number;
  readonly #toneSamples: number;
  readonly #gapSamples: number;
  readonly #digits: string[];
  #low: Oscillator | undefined;
  #high: Oscillator | undefined;
  #left = 0;

  /** @param digits what is no digit is left out. */
  constructor(digits: string, shape: DtmfShape) {
    this.#digits = [...digits].filter((digit) => dtmfFrequencies(digit) !== undefined);
    this.#sampleRate = shape.sampleRate;
    this.#toneSamples = Math.round((shape.toneMs ?? 100) * shape.sampleRate / 1000);
    this.#gapSamples = Math.round((shape.gapMs ?? 80) * shape.sampleRate / 1000);
  }

  /** True when the last digit and its pause have sounded. */
  get isDone(): boolean {
    return this.#digits.length === 0 && this.#low === undefined && this.#left === 0;
  }

  /** Fills all of `samples`, with silence behind the last digit. */
  fill(samples: Int16Array): void {
    for (let i = 0; i < samples.length; i++) samples[i] = this.#next();
  }

  #next(): number {
    while (this.#left === 0) {
      if (!this.#turn()) return 0;
    }
    this.#left--;
    if (this.#low === undefined || this.#high === undefined) return 0;
    return saturate(Math.round(this.#low.next() * LOW_PEAK + this.#high.next() * HIGH_PEAK));
  }

  /** From a tone to its pause, from a pause to the next tone; false when nothing is left. */
  #turn(): boolean {
    if (this.#low !== undefined) {
      this.#low = this.#high = undefined;
      this.#left = this.#gapSamples;
      return true;
    }
    const pair = dtmfFrequencies(this.#digits.shift() ?? "");
    if (pair === undefined) return false;
    const sampleRate = this.#sampleRate;
    this.#low = new Oscillator({ frequency: pair[0], sampleRate });
    this.#high = new Oscillator({ frequency: pair[1], sampleRate });
    this.#left = this.#toneSamples;
    return true;
  }
}

const LOW_PEAK = amplitudeOf(LOW_LEVEL_DBM0);
const HIGH_PEAK = amplitudeOf(HIGH_LEVEL_DBM0);
