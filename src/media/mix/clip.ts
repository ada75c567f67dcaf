/** A recording in memory, ready to be played at both rates. */
import type { PcmRate } from "./frames.ts";
import { resampleAll } from "./resampler.ts";
export class Clip {
  readonly #made: { 8000?: Int16Array; 16000?: Int16Array } = {};
  constructor(readonly rate: PcmRate, samples: Int16Array) {
    this.#made[rate] = samples;
  }
  at(rate: PcmRate): Int16Array {
    return this.#made[rate] ??= resampleAll(this.#made[this.rate]!, { from: this.rate, to: rate });
  }
}
