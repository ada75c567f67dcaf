/** Was this very sound in that recording? By correlation with the file that should have been played. */

import { decodePcmu } from "../../src/media/codec/mod.ts";
import type { Wav } from "./wav.ts";

const SOUNDS = new URL("../../sounds/", import.meta.url);
const RATE = 8000;

/** A shipped sound (PCMU) at 8 kHz; `path` as in `sounds/`. */
export async function shippedSound(path: string): Promise<Float64Array> {
  const bytes = await Deno.readFile(new URL(path, SOUNDS));
  const view = new DataView(bytes.buffer);
  const rate = view.getUint32(24, true);
  let at = 12;
  while (String.fromCharCode(...bytes.subarray(at, at + 4)) !== "data") {
    at += 8 + view.getUint32(at + 4, true);
  }
  const codes = bytes.subarray(at + 8, at + 8 + view.getUint32(at + 4, true));
  const samples = new Int16Array(codes.length);
  decodePcmu(codes, samples);
  const step = rate / RATE;
  return Float64Array.from({ length: Math.floor(samples.length / step) }, (_, index) => {
    let sum = 0;
    for (let i = 0; i < step; i++) sum += samples[index * step + i]!;
    return sum / step / 32768;
  });
}

/**
 * Seconds of the recording that are this sound, until `enough` were found. Looked at in pieces of a quarter of a second that
 * overlap by half: side by side, a sound of 0.7 s would hold two of them or one, as chance has it.
 */
export function heardSeconds(recording: Wav, sound: Float64Array, enough = Infinity): number {
  const heard = resample(recording);
  const size = RATE / 4, hop = size / 2;
  /** Samples found, and where the last of them ends. */
  let samples = 0, end = 0;
  let expected: number | undefined;
  for (let at = 0; at + size <= heard.length && samples / RATE < enough; at += hop) {
    const piece = heard.subarray(at, at + size);
    if (energy(piece) / size < 1e-6) continue;
    const found = locate(piece, sound, expected);
    if (found === undefined) continue;
    samples += at + size - Math.max(at, end);
    end = at + size;
    expected = found + hop;
  }
  return samples / RATE;
}

/** Where in `sound` the piece comes from: near `expected` first, else anywhere. */
function locate(piece: Float64Array, sound: Float64Array, expected: number | undefined): number | undefined {
  const near = expected === undefined
    ? undefined
    : best(piece, sound, { from: expected - 2000, to: expected + 2000, step: 1 });
  if (near !== undefined) return near;
  // A coarse look at every second sample of a short middle part, then a fine one around the best place.
  const middle = piece.subarray(800, 1200);
  const rough = best(middle, sound, { from: 0, to: sound.length, step: 1, least: 0.75 });
  return rough === undefined
    ? undefined
    : best(piece, sound, { from: rough - 800 - 4, to: rough - 800 + 4, step: 1 });
}

function best(
  piece: Float64Array,
  sound: Float64Array,
  range: { from: number; to: number; step: number; least?: number },
): number | undefined {
  const own = Math.sqrt(energy(piece));
  let top = range.least ?? 0.8;
  let place: number | undefined;
  const last = Math.min(range.to, sound.length - piece.length);
  for (let at = Math.max(0, range.from); at <= last; at += range.step) {
    let sum = 0, power = 0;
    for (let i = 0; i < piece.length; i++) {
      const value = sound[at + i]!;
      sum += piece[i]! * value;
      power += value * value;
    }
    const likeness = sum / (own * Math.sqrt(power) || 1);
    if (likeness <= top) continue;
    top = likeness;
    place = at;
  }
  return place;
}

function energy(samples: Float64Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return sum;
}

function resample({ samples, sampleRate }: Wav): Float64Array {
  const step = sampleRate / RATE;
  if (step === 1) return samples;
  return Float64Array.from({ length: Math.floor(samples.length / step) }, (_, i) => samples[i * step]!);
}
