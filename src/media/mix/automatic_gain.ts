/** Slow automatic gain: brings each voice towards the same loudness, by a few decibels a second. */
import { rmsOf } from "./level.ts";

const WANTED = rmsOf(-22);
const MOST = 10 ** (12 / 20);
const LEAST = 10 ** (-9 / 20);
/** Time constant of the loudness: 64 beats of speech, 1.3 s. */
const SLOWNESS = 64;
/** At most 0.06 dB a beat, 3 dB a second. */
const STEP = 10 ** (0.06 / 20);

export class AutomaticGain {
  #loudness = WANTED;
  #gain = 1;

  get gain(): number {
    return this.#gain;
  }

  /** Takes the level of 20 ms in which the member speaks; returns the gain to apply. */
  update(rms: number): number {
    this.#loudness += (rms - this.#loudness) / SLOWNESS;
    const wish = Math.min(MOST, Math.max(LEAST, WANTED / Math.max(1, this.#loudness)));
    this.#gain = wish > this.#gain ? Math.min(wish, this.#gain * STEP) : Math.max(wish, this.#gain / STEP);
    return this.#gain;
  }
}

/** Multiplies `pcm` in place, moving from one gain to the other, and clamps. */
export function applyGain(
  pcm: Int16Array,
  count: number,
  gains: { readonly from: number; readonly to: number },
): void {
  const step = (gains.to - gains.from) / count;
  let gain = gains.from;
  for (let i = 0; i < count; i++) {
    gain += step;
    const sample = Math.round(pcm[i]! * gain);
    pcm[i] = sample > 32767 ? 32767 : sample < -32768 ? -32768 : sample;
  }
}
