/**
 * Brings the 32-bit sum of a room back to 16 bits: untouched up to the knee, above it a gain that follows the peaks in
 * 5 ms steps and, for what it did not foresee, a curve that never reaches full scale.
 */

/** −1.4 dB of full scale; sums below leave exactly as they came. */
export const LIMITER_KNEE = 28_000;
const HEADROOM = 32_767 - LIMITER_KNEE;
const BLOCKS = 4;
/** The gain comes back by so much in 5 ms: 10 dB in about 0.6 s. */
const RELEASE = 1.01;

export class SoftLimiter {
  /** Present gain, 1 while nothing is too loud. A listener who changes streams takes it along. */
  gain = 1;

  /** Writes one frame, limited, to the start of `pcm`. */
  process(sum: Int32Array, pcm: Int16Array): void {
    const length = sum.length / BLOCKS;
    for (let from = 0; from < sum.length; from += length) {
      let peak = 0;
      for (let i = from; i < from + length; i++) {
        const sample = sum[i]!;
        if (sample > peak) peak = sample;
        else if (-sample > peak) peak = -sample;
      }
      const most = peak > LIMITER_KNEE ? LIMITER_KNEE / peak : 1;
      const next = Math.min(most, this.gain * RELEASE, 1);
      if (next === 1 && this.gain === 1) {
        for (let i = from; i < from + length; i++) pcm[i] = sum[i]!;
        continue;
      }
      const step = (next - this.gain) / length;
      let gain = this.gain;
      for (let i = from; i < from + length; i++) {
        gain += step;
        pcm[i] = bend(sum[i]! * gain);
      }
      this.gain = next;
    }
  }
}

/** Above the knee: y = knee + h·u/(h+u), with slope 1 at the knee and the full scale as its limit. */
function bend(sample: number): number {
  if (sample > LIMITER_KNEE) {
    const over = sample - LIMITER_KNEE;
    return LIMITER_KNEE + HEADROOM * over / (HEADROOM + over);
  }
  if (sample < -LIMITER_KNEE) {
    const over = -sample - LIMITER_KNEE;
    return -LIMITER_KNEE - HEADROOM * over / (HEADROOM + over);
  }
  return Math.round(sample);
}
