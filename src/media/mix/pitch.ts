/** Pitch search by normalised cross-correlation, coarse then fine, as in ITU-T G.711 Appendix I §I.2.2. */
import type { PcmRate } from "./frames.ts";

/** Periods from 5 to 15 ms: 66 to 200 Hz; a higher voice is found at a multiple of its period. */
export const MIN_LAG_MS = 5;
export const MAX_LAG_MS = 15;

export interface PitchSearch {
  readonly rate: PcmRate;
  /** Index of the first sample of the template. */
  readonly at: number;
  /** Samples compared. */
  readonly length: number;
  /** −1: the template is compared with what lies before it; +1: with what follows it. */
  readonly towards: 1 | -1;
}

/** Result of a search; one object is filled again and again. */
export interface Pitch {
  /** In samples. */
  lag: number;
  /** 1 where the signal repeats itself exactly, 0 and below where it does not. */
  likeness: number;
}

/** Finds the lag at which the signal repeats itself best and writes it to `found`. */
export function findPitch(pcm: Int16Array, search: PitchSearch, found: Pitch): void {
  const perMs = search.rate / 1000, lagStep = search.rate / 8000;
  const shortest = MIN_LAG_MS * perMs, longest = MAX_LAG_MS * perMs;
  found.likeness = -2;
  for (let lag = shortest; lag <= longest; lag += lagStep) {
    compare(pcm, { search, lag, step: 2 * lagStep }, found);
  }
  const middle = found.lag;
  found.likeness = -2;
  for (let lag = middle - lagStep; lag <= middle + lagStep; lag++) {
    if (lag >= shortest && lag <= longest) compare(pcm, { search, lag, step: 1 }, found);
  }
}

function compare(
  pcm: Int16Array,
  { search, lag, step }: { search: PitchSearch; lag: number; step: number },
  found: Pitch,
): void {
  const from = search.at, other = from + search.towards * lag, length = search.length;
  let product = 0, energyA = 1, energyB = 1;
  for (let i = 0; i < length; i += step) {
    const a = pcm[from + i]!, b = pcm[other + i]!;
    product += a * b;
    energyA += a * a;
    energyB += b * b;
  }
  const likeness = product / Math.sqrt(energyA * energyB);
  if (likeness > found.likeness) {
    found.likeness = likeness;
    found.lag = lag;
  }
}
