/** How loud: root mean square, dBov (RFC 6464 §3 uses the same zero point), the 0–100 of a level meter. */

/** Decibels relative to the overload point; −127 for digital silence. */
export function dbov(rms: number): number {
  return rms < 0.015 ? -127 : 20 * Math.log10(rms / 32768);
}

/** Root mean square that stands for a level in dBov. */
export function rmsOf(level: number): number {
  return 32768 * 10 ** (level / 20);
}

/** Root mean square of the first `count` samples. */
export function rmsOfSamples(pcm: Int16Array, count: number): number {
  let energy = 0;
  for (let i = 0; i < count; i++) energy += pcm[i]! * pcm[i]!;
  return Math.sqrt(energy / count);
}

/** 0 at −60 dBov and below, 100 at −10 dBov and above: speech lies between 50 and 90. */
export function meter(rms: number): number {
  return Math.max(0, Math.min(100, Math.round((dbov(rms) + 60) * 2)));
}
