/**
 * Digits out of sound (ITU-T Q.23, Q.24). Blocks of 12.75 ms go through eight Goertzel filters; a block counts as a
 * digit when one tone of each group stands out, both are about as loud and nearly all energy is in them: speech and
 * music fail one of these, for their harmonics carry energy too. Two blocks in a row, equal and about as loud, make a
 * digit, three where they are not clean: any tone of 40 ms does, and none under 18 ms.
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
/** Of clean blocks, and of others: frequencies at the edge of what is allowed, noise, or a voice. */
const CLEAN_BLOCKS_TO_BEGIN = 2;
const BLOCKS_TO_BEGIN = 3;
/** A gap of 40 ms (Q.24) holds two whole blocks at least; an interruption of 10 ms spoils one at most. */
const BLOCKS_TO_END = 2;
/** Weakest tone heard (Q.24 asks for −25 dBm and above of most networks). */
const WEAKEST_DBM0 = -36;
/** Upper over lower group and lower over upper: Q.24 asks for 4 and 8 dB of most networks. */
const MAX_TWIST = 10 ** (6 / 10);
const MAX_REVERSE_TWIST = 10 ** (9 / 10);
/** The tone of a group over the next louder one of it. */
const GROUP_PEAK = 10 ** (8 / 10);
/** Both tones together, of all energy of the block: to begin a digit, and to go on with one that may be interrupted. */
const SHARE_TO_BEGIN = 0.76;
const SHARE_OF_CLEAN = 0.9;
const SHARE_TO_GO_ON = 0.3;
/** Softer over louder of the two blocks that begin a digit: a voice swells and fades. */
const STEADY = 10 ** (-4 / 10);
export class DtmfDetector {
  readonly #onDigit: (heard: HeardDigit) => void;
  readonly #block: number;
  readonly #low: readonly Goertzel[];
  readonly #high: readonly Goertzel[];
  readonly #weakest: number;
  readonly #blockMs: number;
  #filled = 0;
  #energy = 0;
  /** Digit of the block before, digit that sounds; -1 for none. */
  #before = -1;
  #tonesBefore = 0;
  /** Blocks in a row with one digit, equally loud; whether all of them were clean. */
  #run = 0;
  #runIsClean = true;
  #sounding = -1;
  #blocks = 0;
  #misses = 0;

  constructor(options: { readonly sampleRate: number; readonly onDigit: (heard: HeardDigit) => void }) {
    const { sampleRate } = options;
    this.#onDigit = options.onDigit;
    this.#block = Math.round(BLOCK_AT_8000 * sampleRate / 8000);
    this.#blockMs = this.#block / sampleRate * 1000;
    this.#low = DTMF_LOW.map((frequency) => new Goertzel({ frequency, sampleRate }));
    this.#high = DTMF_HIGH.map((frequency) => new Goertzel({ frequency, sampleRate }));
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
      for (let i = from; i < to; i++) this.#energy += samples[i]! * samples[i]!;
      this.#filled += to - from;
      if (this.#filled === this.#block) this.#advance(this.#judge());
      from = to;
    }
  }

  /** Key of the block that is full, -1 for none; begins the next block. */
  #judge(): number {
    const low = strongest(this.#low), high = strongest(this.#high);
    const tones = low.energy + high.energy, all = this.#energy * this.#block / 2, key = low.at * 4 + high.at;
    this.#energy = this.#filled = 0;
    if (low.energy < this.#weakest || high.energy < this.#weakest) return -1;
    if (key === this.#sounding && tones >= SHARE_TO_GO_ON * all) return key;
    const sounds = high.energy <= low.energy * MAX_TWIST && low.energy <= high.energy * MAX_REVERSE_TWIST &&
      low.energy >= low.next * GROUP_PEAK && high.energy >= high.next * GROUP_PEAK &&
      tones >= SHARE_TO_BEGIN * all;
    if (!sounds) return -1;
    const isSteady = Math.min(tones, this.#tonesBefore) >= STEADY * Math.max(tones, this.#tonesBefore);
    const isClean = tones >= SHARE_OF_CLEAN * all;
    const goesOn = key === this.#before && isSteady;
    this.#tonesBefore = tones;
    this.#run = goesOn ? this.#run + 1 : 1;
    this.#runIsClean = isClean && (!goesOn || this.#runIsClean);
    return key;
  }

  #advance(key: number): void {
    const begins = key >= 0 && this.#run >= (this.#runIsClean ? CLEAN_BLOCKS_TO_BEGIN : BLOCKS_TO_BEGIN);
    if (this.#sounding < 0) {
      if (begins) this.#begin(key);
    } else if (key === this.#sounding) {
      this.#blocks += 1 + this.#misses;
      this.#misses = 0;
    } else {
      this.#misses++;
      if (begins || this.#misses >= BLOCKS_TO_END) this.#end();
      if (begins) this.#begin(key);
    }
    this.#before = key;
  }

  #begin(key: number): void {
    this.#sounding = key;
    this.#blocks = this.#run;
    this.#misses = 0;
  }

  #end(): void {
    const digit = DTMF_KEYS[this.#sounding]!;
    this.#sounding = -1;
    this.#onDigit({ digit, durationMs: Math.round(this.#blocks * this.#blockMs) });
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
