/** What the server plays by itself: recordings in turn, tones, cadences; 20 ms at a time. */
import { Oscillator } from "../codec/mod.ts";
import type { Clip } from "./clip.ts";
import { frameSamples, type PcmRate, type PcmSource } from "./frames.ts";

/** Rise and fall of a tone, long enough that it begins without a click. */
const EDGE_MS = 4;

/** Plays recordings one after the other. */
export class ClipPlayer implements PcmSource {
  readonly rate: PcmRate;
  readonly #clips: readonly Int16Array[];
  readonly #loop: boolean;
  #clip = 0;
  #at = 0;

  constructor(clips: readonly Clip[], options: { readonly rate: PcmRate; readonly loop: boolean }) {
    this.rate = options.rate;
    this.#loop = options.loop;
    this.#clips = clips.map((clip) => clip.at(options.rate)).filter((samples) => samples.length > 0);
  }

  read(pcm: Int16Array): number {
    const frame = frameSamples(this.rate);
    let filled = 0;
    while (filled < frame && this.#clip < this.#clips.length) {
      const samples = this.#clips[this.#clip]!;
      const count = Math.min(frame - filled, samples.length - this.#at);
      for (let i = 0; i < count; i++) pcm[filled + i] = samples[this.#at + i]!;
      filled += count;
      this.#at += count;
      if (this.#at < samples.length) continue;
      this.#at = 0;
      this.#clip++;
      if (this.#loop && this.#clip === this.#clips.length) this.#clip = 0;
    }
    pcm.fill(0, filled, frame);
    return filled;
  }
}

export interface ToneOptions {
  readonly rate: PcmRate;
  /** Hz; several sound together. */
  readonly frequencies: readonly number[];
  /** Amplitude of each frequency as a share of full scale, 0–1; 0.25 is 12 dB below the loudest sine wave. */
  readonly level: number;
  /** Milliseconds on, off, on, off …; without it the tone lasts. */
  readonly cadenceMs?: readonly number[];
  /** False: one turn of the cadence only. */
  readonly loop?: boolean;
}

/** Plays a tone or a cadence of one. Frequencies that the rate cannot carry are left out. */
export class TonePlayer implements PcmSource {
  readonly rate: PcmRate;
  readonly #amplitude: number;
  readonly #oscillators: readonly Oscillator[];
  /** Samples on, off, on, off …; empty for a steady tone. */
  readonly #cadence: readonly number[];
  readonly #loop: boolean;
  readonly #edge: number;
  #part = 0;
  #at = 0;

  constructor(options: ToneOptions) {
    const { rate, frequencies } = options;
    this.rate = rate;
    this.#amplitude = 32767 * Math.min(1, Math.max(0, options.level));
    this.#oscillators = frequencies.filter((frequency) => frequency > 0 && frequency < rate / 2)
      .map((frequency) => new Oscillator({ frequency, sampleRate: rate }));
    const cadence = (options.cadenceMs ?? []).map((ms) => Math.max(0, Math.round(ms * rate / 1000)));
    // A cadence of no length would never let go of the beat; one of odd length would turn its pauses into sound.
    const even = cadence.length % 2 === 0 ? cadence : [...cadence, 0];
    this.#cadence = cadence.some((part) => part > 0) ? even : [];
    this.#loop = options.loop ?? true;
    this.#edge = EDGE_MS * rate / 1000;
  }

  read(pcm: Int16Array): number {
    const frame = frameSamples(this.rate);
    for (let i = 0; i < frame; i++) {
      const gain = this.#envelope();
      if (gain < 0) {
        pcm.fill(0, i, frame);
        return i;
      }
      let sum = 0;
      for (const oscillator of this.#oscillators) sum += oscillator.next();
      const sample = Math.round(sum * this.#amplitude * gain);
      pcm[i] = sample > 32767 ? 32767 : sample < -32768 ? -32768 : sample;
    }
    return frame;
  }

  /** Gain for the next sample, 0–1; -1 at the end of a cadence that is played once. */
  #envelope(): number {
    const cadence = this.#cadence;
    if (cadence.length === 0) return this.#at < this.#edge ? ++this.#at / this.#edge : 1;
    while (this.#part < cadence.length && this.#at >= cadence[this.#part]!) {
      this.#at = 0;
      this.#part++;
      if (this.#part === cadence.length && this.#loop) this.#part = 0;
    }
    if (this.#part === cadence.length) return -1;
    const at = this.#at++;
    if (this.#part % 2 === 1) return 0;
    const left = cadence[this.#part]! - at;
    return Math.min(1, (at + 1) / this.#edge, left / this.#edge);
  }
}
