/** How loud single tones are in a recording, and how much is there besides them. */

import type { Wav } from "./wav.ts";

/** Tones 100 Hz apart and more do not reach into one another's measurement. */
const WINDOW_MS = 100;

export interface Piece {
  readonly fromSec: number;
  readonly toSec: number;
}

/**
 * Root mean square of a tone within the piece, as a share of full scale. Measured in short windows whose powers are
 * averaged, so that a pitch period more or less (a jitter buffer at work) does not count.
 */
export function toneRms(wav: Wav, frequency: number, piece: Piece): number {
  const { sampleRate, samples } = wav;
  const size = sampleRate * WINDOW_MS / 1000;
  const start = Math.max(0, Math.round(piece.fromSec * sampleRate));
  const end = Math.min(samples.length, Math.round(piece.toSec * sampleRate));
  const step = 2 * Math.PI * frequency / sampleRate;
  let power = 0, windows = 0;
  for (let from = start; from + size <= end; from += size / 2) {
    let real = 0, imaginary = 0;
    for (let i = 0; i < size; i++) {
      const weight = 1 - Math.cos(2 * Math.PI * i / size);
      const value = samples[from + i]! * weight;
      real += value * Math.cos(step * i);
      imaginary += value * Math.sin(step * i);
    }
    power += 2 * (real * real + imaginary * imaginary) / (size * size);
    windows++;
  }
  return windows === 0 ? 0 : Math.sqrt(power / windows);
}

/** For how long a tone is at least so loud, in pieces of a tenth of a second. */
export function secondsOfTone(wav: Wav, frequency: number, leastRms: number): number {
  const pieces = Math.floor(wav.samples.length / wav.sampleRate * 1000 / WINDOW_MS);
  let heard = 0;
  for (let i = 0; i < pieces; i++) {
    const piece = { fromSec: i * WINDOW_MS / 1000, toSec: (i + 1) * WINDOW_MS / 1000 };
    if (toneRms(wav, frequency, piece) >= leastRms) heard++;
  }
  return heard * WINDOW_MS / 1000;
}

/** Root mean square of everything in the piece, as a share of full scale. */
export function soundRms(wav: Wav, piece: Piece): number {
  const { sampleRate, samples } = wav;
  const start = Math.max(0, Math.round(piece.fromSec * sampleRate));
  const end = Math.min(samples.length, Math.round(piece.toSec * sampleRate));
  let energy = 0;
  for (let i = start; i < end; i++) energy += samples[i]! * samples[i]!;
  return end <= start ? 0 : Math.sqrt(energy / (end - start));
}

/** Decibels of a ratio of amplitudes. */
export function decibels(ratio: number): number {
  return 20 * Math.log10(Math.max(ratio, 1e-6));
}

/** The stretch that ended `beforeEndSec` before the end of the recording. */
export function lastPiece(
  wav: Wav,
  { seconds, beforeEndSec }: { readonly seconds: number; readonly beforeEndSec: number },
): Piece {
  const toSec = wav.samples.length / wav.sampleRate - beforeEndSec;
  return { fromSec: toSec - seconds, toSec };
}

/** The longest time within the piece in which less than a tenth of the usual level was heard. */
export function longestGapMs(wav: Wav, piece: Piece): number {
  const { sampleRate, samples } = wav;
  const size = sampleRate / 200;
  const least = soundRms(wav, piece) / 10;
  const end = Math.min(samples.length, piece.toSec * sampleRate);
  let longest = 0, gap = 0;
  for (let from = Math.round(piece.fromSec * sampleRate); from + size <= end; from += size) {
    let energy = 0;
    for (let i = from; i < from + size; i++) energy += samples[i]! * samples[i]!;
    gap = Math.sqrt(energy / size) < least ? gap + 5 : 0;
    longest = Math.max(longest, gap);
  }
  return longest;
}
