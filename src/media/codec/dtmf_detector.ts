/**
 * Digits out of sound (ITU-T Q.23, Q.24). Blocks of 12.75 ms go through eight Goertzel filters; a block counts as a
 * digit when one tone of each group stands out, both are about as loud, nearly all energy is in them and little in
 * their second harmonics: speech and music fail one of these. Two equal blocks in a row make a digit, so that any tone
 * of 40 ms does, and none under 25 ms.
 */
import { DTMF_HIGH, DTMF_KEYS, DTMF_LOW } from "./dtmf.ts";
import { Goertzel } from "./goertzel.ts";
import { amplitudeOf } from "./oscillator.ts";

export interface HeardDigit {
  readonly digit: string;
  readonly durationMs: number;
}

/** 12.75 ms at 8 kHz: 78 Hz wide, which tells 697 from 770 Hz and takes tones 1.5 % off. */
const BLOCK_AT_8000 = 102;
const BLOCKS_TO_BEGIN = 2;
const BLOCKS_TO_END = 3;
/** Weakest tone heard (Q.24 asks for −25 dBm and above of most networks). */
const WEAKEST_DBM0 = -36;
/** Upper over lower group and lower over upper: Q.24 asks for 4 and 8 dB of most networks. */
const MAX_TWIST = 10 ** (6 / 10);
const MAX_REVERSE_TWIST = 10 ** (9 / 10);
/** The tone of a group over the next louder one of it. */
const GROUP_PEAK = 10 ** (8 / 10);
/** Both tones together, of all energy of the block. */
const SHARE_OF_ENERGY = 0.6;
/** A fundamental over its second harmonic: voices have strong ones. */
const HARMONIC_PEAK = 10 ** (12 / 10);

export class DtmfDetector {
  readonly #onDigit: (heard: HeardDigit) => void;
  readonly #block: number;
  readonly #low: readonly Goertzel[];
  readonly #high: readonly Goertzel[];
  readonly #lowHarmonics: readonly Goertzel[];
  readonly #highHarmonics: readonly Goertzel[];
  readonly #weakest: number;
  readonly #blockMs: number;
  #filled = 0;
  #energy = 0;
  /** Digit of the block before, digit that sounds; -1 for none. */
  #before = -1;
  #sounding = -1;
  #blocks = 0;
  #misses = 0;

  constructor(options: { readonly sampleRate: number; readonly onDigit: (heard: HeardDigit) => void }) {
    const { sampleRate } = options;
    this.#onDigit = options.onDigit;
    this.#block = Math.round(BLOCK_AT_8000 * sampleRate / 8000);
    this.#blockMs = this.#block / sampleRate * 1000;
    const filters = (frequencies: readonly number[], times: number) =>
      frequencies.map((frequency) => new Goertzel({ frequency: frequency * times, sampleRate }));
    this.#low = filters(DTMF_LOW, 1);
    this.#high = filters(DTMF_HIGH, 1);
    this.#lowHarmonics = filters(DTMF_LOW, 2);
    this.#highHarmonics = filters(DTMF_HIGH, 2);
    this.#weakest = (amplitudeOf(WEAKEST_DBM0) * this.#block / 2) ** 2;
  }

  /** The digit that sounds now, undefined for none. */
  get sounding(): string | undefined {
    return DTMF_KEYS[this.#sounding];
  }

  /** Takes samples; digits that end within them are told. */
  receive(samples: Int16Array): void {
    for (let from = 0; from < samples.length;) {
      const to = Math.min(samples.length, from + this.#block - this.#filled);
      const range = { from, to };
      for (const filter of this.#low) filter.take(samples, range);
      for (const filter of this.#high) filter.take(samples, range);
      for (const filter of this.#lowHarmonics) filter.take(samples, range);
      for (const filter of this.#highHarmonics) filter.take(samples, range);
      for (let i = from; i < to; i++) this.#energy += samples[i]! * samples[i]!;
      this.#filled += to - from;
      if (this.#filled === this.#block) this.#advance(this.#judge());
      from = to;
    }
  }

  /** Key of the block that is full, -1 for none; begins the next block. */
  #judge(): number {
    const low = strongest(this.#low), high = strongest(this.#high);
    const lowSecond = harmonic(this.#lowHarmonics, low.at),
      highSecond = harmonic(this.#highHarmonics, high.at);
    const energy = this.#energy;
    this.#energy = this.#filled = 0;
    const sounds = low.energy >= this.#weakest && high.energy >= this.#weakest &&
      high.energy <= low.energy * MAX_TWIST && low.energy <= high.energy * MAX_REVERSE_TWIST &&
      low.energy >= low.next * GROUP_PEAK && high.energy >= high.next * GROUP_PEAK &&
      low.energy + high.energy >= SHARE_OF_ENERGY * energy * this.#block / 2 &&
      low.energy >= lowSecond * HARMONIC_PEAK && high.energy >= highSecond * HARMONIC_PEAK;
    return sounds ? low.at * 4 + high.at : -1;
  }

  #advance(key: number): void {
    if (this.#sounding < 0) {
      this.#blocks = key >= 0 && key === this.#before ? this.#blocks + 1 : 1;
      if (key >= 0 && this.#blocks >= BLOCKS_TO_BEGIN) {
        this.#sounding = key;
        this.#misses = 0;
      }
    } else if (key === this.#sounding) {
      this.#blocks += 1 + this.#misses;
      this.#misses = 0;
    } else if (++this.#misses >= BLOCKS_TO_END || (key >= 0 && key === this.#before)) {
      // Another digit sounds already, or the tone has been gone for longer than a flutter.
      this.#end(key === this.#before ? key : -1);
    }
    this.#before = key;
  }

  #end(next: number): void {
    const digit = DTMF_KEYS[this.#sounding]!;
    const durationMs = Math.round(this.#blocks * this.#blockMs);
    this.#sounding = next;
    this.#blocks = next < 0 ? 0 : BLOCKS_TO_BEGIN;
    this.#misses = 0;
    this.#onDigit({ digit, durationMs });
  }
}

interface Strongest {
  at: number;
  energy: number;
  next: number;
}

function strongest(filters: readonly Goertzel[]): Strongest {
  const best: Strongest = { at: 0, energy: -1, next: -1 };
  filters.forEach((filter, at) => {
    const energy = filter.finish();
    if (energy > best.energy) {
      best.next = best.energy;
      best.energy = energy;
      best.at = at;
    } else if (energy > best.next) {
      best.next = energy;
    }
  });
  return best;
}

/** Energy of the harmonic wanted; all filters begin anew. */
function harmonic(filters: readonly Goertzel[], wanted: number): number {
  let energy = 0;
  filters.forEach((filter, at) => {
    const own = filter.finish();
    if (at === wanted) energy = own;
  });
  return energy;
}
