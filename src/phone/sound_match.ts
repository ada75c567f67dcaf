/**
 * How much of what was said was heard: the two recordings are laid over each other by their loudness, then compared
 * piece by piece by correlation. Pure.
 */

/** Both are compared at this rate. */
export const MATCH_RATE = 8000;
/** One value of loudness. */
const STEP = MATCH_RATE / 100;
/** One piece that is recognised or not: a fifth of a second. */
const PIECE = MATCH_RATE / 5;
/** How far a piece may lie from where the one before it was: jitter buffers stretch. */
const SLACK = (MATCH_RATE / 1000) * 40;
/** Two voices saying different things stay below; one voice through a telephone codec is above 0.9. */
const RECOGNISED = 0.7;
/** Pieces quieter than this share of the loudest are pauses of the speaker. */
const PAUSE_SHARE = 0.03;

export interface SoundMatch {
  /** Speech in what was said, without pauses. */
  readonly speechSeconds: number;
  /** Of that, what was recognised in what was heard. */
  readonly recognisedSeconds: number;
  /** Recognised of said, 0–1. */
  readonly share: number;
  /** Mean correlation of the recognised pieces, 0–1. */
  readonly likeness: number;
  /** How much later than the beginning of the recording it begins, seconds. */
  readonly delaySeconds: number;
}

/** Compares what was said with what was heard, both at {@linkcode MATCH_RATE}. */
export function matchSound(said: Int16Array, heard: Int16Array): SoundMatch {
  const saidLoudness = loudness(said), heardLoudness = loudness(heard);
  const pieces = speechPieces(said);
  const speechSeconds = pieces.length * PIECE / MATCH_RATE;
  const lag = STEP * bestShift(saidLoudness, heardLoudness);
  let at = lag, recognised = 0, likeness = 0;
  for (const start of pieces) {
    const best = bestLag(said.subarray(start, start + PIECE), heard, { around: start + at, slack: SLACK });
    if (best.likeness < RECOGNISED) continue;
    at = best.position - start;
    recognised++;
    likeness += best.likeness;
  }
  return {
    speechSeconds,
    recognisedSeconds: recognised * PIECE / MATCH_RATE,
    share: pieces.length === 0 ? 0 : recognised / pieces.length,
    likeness: recognised === 0 ? 0 : likeness / recognised,
    delaySeconds: at / MATCH_RATE,
  };
}

/** Where the pieces begin in which somebody speaks. */
function speechPieces(samples: Int16Array): number[] {
  const starts: number[] = [], powers: number[] = [];
  for (let start = 0; start + PIECE <= samples.length; start += PIECE) {
    starts.push(start);
    powers.push(Math.sqrt(power(samples, start, start + PIECE)));
  }
  const floor = Math.max(1, PAUSE_SHARE * Math.max(0, ...powers));
  return starts.filter((_, piece) => powers[piece]! >= floor);
}

function loudness(samples: Int16Array): Float64Array {
  const values = new Float64Array(Math.floor(samples.length / STEP));
  for (let i = 0; i < values.length; i++) values[i] = Math.log1p(power(samples, i * STEP, (i + 1) * STEP));
  return values;
}

function power(samples: Int16Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += samples[i]! * samples[i]!;
  return sum / (to - from);
}

/** The shift, in steps, by which `heard` follows `said` most alike. */
function bestShift(said: Float64Array, heard: Float64Array): number {
  const a = centred(said), b = centred(heard);
  let best = 0, bestSum = -Infinity;
  for (let shift = -a.length + 1; shift < b.length; shift++) {
    let sum = 0;
    const from = Math.max(0, -shift), to = Math.min(a.length, b.length - shift);
    for (let i = from; i < to; i++) sum += a[i]! * b[i + shift]!;
    if (sum > bestSum) [best, bestSum] = [shift, sum];
  }
  return best;
}

function centred(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return values.map((value) => value - mean);
}

/** Where in `heard` the piece is found best, and how alike it is there (0–1). */
function bestLag(
  piece: Int16Array,
  heard: Int16Array,
  { around, slack }: { readonly around: number; readonly slack: number },
): { position: number; likeness: number } {
  const own = Math.sqrt(power(piece, 0, piece.length) * piece.length);
  let best = { position: around, likeness: 0 };
  for (let shift = -slack; shift <= slack; shift++) {
    const position = around + shift;
    if (position < 0 || position + piece.length > heard.length) continue;
    let product = 0, energy = 0;
    for (let i = 0; i < piece.length; i++) {
      const sample = heard[position + i]!;
      product += piece[i]! * sample;
      energy += sample * sample;
    }
    const likeness = energy === 0 ? 0 : product / (own * Math.sqrt(energy));
    if (likeness > best.likeness) best = { position, likeness };
  }
  return best;
}
