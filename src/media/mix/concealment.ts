/**
 * Packet-loss concealment by repeating the pitch waveform, after the idea of ITU-T G.711 Appendix I: the last period is
 * repeated, after 10 and 20 ms two and three periods, so that the ear hears no buzz; it sinks into the background noise
 * of the line; the first good samples are cross-faded with the continued waveform.
 *
 *     level 1 ────╮ 10 ms
 *                  ╲___ 0.4 at 60 ms
 *                      ╲____ 0 at 80 ms, noise only
 */
import type { ComfortNoise } from "./comfort_noise.ts";
import type { PcmRate, Span } from "./frames.ts";
import { findPitch, MAX_LAG_MS, type Pitch, type PitchSearch } from "./pitch.ts";

/** Samples before the gap that are looked at, in milliseconds: three periods and a quarter. */
export const CONCEALMENT_HISTORY_MS = 50;
/** After this only noise remains. */
export const CONCEALMENT_MS = 80;
const TEMPLATE_MS = 20;
const MAX_CYCLES = 3;

export class Concealment {
  readonly #perMs: number;
  readonly #noise: ComfortNoise;
  readonly #cycle: Int16Array;
  /** The end of the cycle as it was heard. */
  readonly #tail: Int16Array;
  readonly #pitch: Pitch = { lag: 0, likeness: 0 };
  readonly #search: { -readonly [K in keyof PitchSearch]: PitchSearch[K] };
  /** Samples made since the gap began; -1 outside of one. */
  #made = -1;
  #quarter = 0;
  /** Periods repeated now, and from the next wrap on. */
  #cycles = 1;
  #wanted = 1;
  #position = 0;
  /** Step at the join of the real signal and the first repeated period, smoothed away over a quarter period. */
  #step = 0;

  /** `noise` is what remains when the waveform has faded. */
  constructor(rate: PcmRate, noise: ComfortNoise) {
    this.#perMs = rate / 1000;
    this.#noise = noise;
    this.#cycle = new Int16Array((MAX_CYCLES * MAX_LAG_MS + MAX_LAG_MS / 4 + 1) * this.#perMs);
    this.#tail = new Int16Array(Math.ceil(MAX_LAG_MS / 4) * this.#perMs);
    this.#search = { rate, at: 0, length: TEMPLATE_MS * this.#perMs, towards: -1 };
  }

  /** Milliseconds concealed since the last real sample, 0 outside of a gap. */
  get ms(): number {
    return this.#made < 0 ? 0 : this.#made / this.#perMs;
  }

  /** Fills the piece, before which at least 50 ms of the past must lie. */
  append(pcm: Int16Array, { start, end }: Span): void {
    if (this.#made < 0) this.#begin(pcm, start);
    for (let i = start; i < end; i++) pcm[i] = this.#next();
  }

  /** Ends the gap: cross-fades the real samples of the piece with the continued waveform. Harmless without a gap. */
  merge(pcm: Int16Array, { start, end }: Span): void {
    if (this.#made < 0) return;
    const tens = Math.ceil(this.ms / 10);
    const wish = this.#quarter + 4 * this.#perMs * Math.max(0, tens - 1);
    const length = Math.min(end - start, Math.round(Math.min(wish, 10 * this.#perMs)));
    for (let i = 0; i < length; i++) {
      const share = (i + 1) / (length + 1);
      pcm[start + i] = Math.round(pcm[start + i]! * share + this.#next() * (1 - share));
    }
    this.#made = -1;
  }

  #begin(pcm: Int16Array, end: number): void {
    this.#search.at = end - this.#search.length;
    findPitch(pcm, this.#search, this.#pitch);
    const cycle = this.#cycle;
    cycle.set(pcm.subarray(end - cycle.length, end));
    this.#quarter = this.#pitch.lag >> 2;
    this.#tail.set(cycle.subarray(cycle.length - this.#tail.length));
    this.#step = cycle[cycle.length - 1]! - cycle[cycle.length - 1 - this.#pitch.lag]!;
    this.#made = 0;
    this.#position = 0;
    this.#cycles = 1;
    this.#bendTail(1);
  }

  /** Bends the end of the memory so that it leads smoothly to where `cycles` periods begin. */
  #bendTail(cycles: number): void {
    const cycle = this.#cycle, quarter = this.#quarter, back = cycles * this.#pitch.lag;
    const start = cycle.length - quarter, original = this.#tail.length - quarter;
    this.#wanted = cycles;
    for (let i = 0; i < quarter; i++) {
      const share = (i + 1) / (quarter + 1);
      cycle[start + i] = Math.round(
        this.#tail[original + i]! * (1 - share) + cycle[start + i - back]! * share,
      );
    }
  }

  #next(): number {
    const { lag } = this.#pitch, cycle = this.#cycle, made = this.#made++;
    const ms = made / this.#perMs;
    const length = this.#cycles * lag;
    if (ms >= this.#wanted * 10 && this.#wanted < MAX_CYCLES && this.#position < length - this.#quarter) {
      this.#bendTail(this.#wanted + 1);
    }
    const gain = ms < 10
      ? 1
      : ms < 60
      ? 1 - 0.6 * (ms - 10) / 50
      : ms < CONCEALMENT_MS
      ? 0.4 * (CONCEALMENT_MS - ms) / 20
      : 0;
    let sample = gain < 1 ? this.#noise.next() * (1 - gain) : 0;
    if (gain > 0) {
      sample += gain * cycle[cycle.length - length + this.#position]!;
      if (made < this.#quarter) sample += this.#step * (1 - (made + 1) / (this.#quarter + 1));
      if (++this.#position === length) {
        this.#position = 0;
        this.#cycles = this.#wanted;
      }
    }
    return sample > 32767 ? 32767 : sample < -32768 ? -32768 : Math.round(sample);
  }
}
