/** For tests: how much of a tone is in a recording, and how much is not. */

export interface ToneFit {
  /** Amplitude of the tone, in steps of 16-bit PCM. */
  readonly amplitude: number;
  /** Power of the tone over the power of all the rest, in dB. */
  readonly snr: number;
}

/** Fits A·cos + B·sin + C by least squares (IEEE Std 1057, three-parameter sine fit) and measures the residue. */
export function fitTone(
  pcm: ArrayLike<number>,
  tone: { readonly frequency: number; readonly rate: number },
): ToneFit {
  const n = pcm.length, turn = 2 * Math.PI * tone.frequency / tone.rate;
  let a = 0, b = 0, c = 0;
  // A few rounds of projection on the three functions converge to the least squares of nearly orthogonal ones.
  for (let round = 0; round < 6; round++) {
    let cosine = 0, sine = 0, constant = 0;
    for (let i = 0; i < n; i++) {
      const rest = pcm[i]! - a * Math.cos(turn * i) - b * Math.sin(turn * i) - c;
      cosine += rest * Math.cos(turn * i);
      sine += rest * Math.sin(turn * i);
      constant += rest;
    }
    a += 2 * cosine / n;
    b += 2 * sine / n;
    c += constant / n;
  }
  let residue = 0;
  for (let i = 0; i < n; i++) residue += (pcm[i]! - a * Math.cos(turn * i) - b * Math.sin(turn * i) - c) ** 2;
  const power = (a * a + b * b) / 2;
  return { amplitude: Math.hypot(a, b), snr: 10 * Math.log10(power / Math.max(1e-9, residue / n)) };
}

/** A sine wave of `amplitude` at `frequency` Hz, `seconds` long. */
export function sine(
  options: {
    readonly frequency: number;
    readonly rate: number;
    readonly seconds: number;
    readonly amplitude: number;
  },
): Int16Array {
  return Int16Array.from(
    { length: Math.round(options.rate * options.seconds) },
    (_, n) => Math.round(options.amplitude * Math.sin(2 * Math.PI * options.frequency * n / options.rate)),
  );
}

/** Signal-to-noise ratio of `heard` against `wanted` in dB. */
export function snr(wanted: ArrayLike<number>, heard: ArrayLike<number>): number {
  let signal = 0, noise = 0;
  for (let i = 0; i < wanted.length; i++) {
    signal += wanted[i]! ** 2;
    noise += (wanted[i]! - heard[i]!) ** 2;
  }
  return 10 * Math.log10(signal / Math.max(1e-9, noise));
}

/** Longest stretch, in milliseconds, in which 2 ms pieces stay below `rms`. */
export function longestSilence(
  pcm: Int16Array,
  options: { readonly rate: number; readonly rms: number },
): number {
  const piece = options.rate / 500;
  let run = 0, longest = 0;
  for (let at = 0; at + piece <= pcm.length; at += piece) {
    let energy = 0;
    for (let i = 0; i < piece; i++) energy += pcm[at + i]! ** 2;
    run = Math.sqrt(energy / piece) < options.rms ? run + 2 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}
