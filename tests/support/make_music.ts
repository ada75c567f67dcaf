/** The waiting music: a calm loop of eight bars, composed and synthesised here, hence free of anybody's rights. */

/** Samples a second of the loop. */
export const MUSIC_RATE = 16_000;
const BEATS_PER_MINUTE = 84;
const BEAT = 60 / BEATS_PER_MINUTE;
const BARS = 8;
/** Echo: three quarters of a beat later, softer each time; it gives the dry tones a room. */
const ECHO = { afterSec: BEAT * 0.75, share: 0.28 };

/** MIDI note numbers: four notes of each chord, lowest first, and the bass below them. */
const CHORDS: readonly { readonly bass: number; readonly notes: readonly number[] }[] = [
  { bass: 48, notes: [60, 64, 67, 71] }, // C maj7
  { bass: 45, notes: [60, 64, 67, 69] }, // A m7
  { bass: 50, notes: [60, 62, 65, 69] }, // D m7
  { bass: 43, notes: [59, 62, 65, 67] }, // G 7
  { bass: 52, notes: [59, 62, 64, 67] }, // E m7
  { bass: 45, notes: [60, 64, 67, 69] }, // A m7
  { bass: 41, notes: [60, 64, 65, 69] }, // F maj7
  { bass: 43, notes: [60, 62, 67, 71] }, // G sus, G
];
/** Order in which the notes of a chord are touched, one on each half beat. */
const PATTERN = [0, 2, 1, 3, 2, 3, 1, 2];
/** A melody in the pentatonic scale: bar, beat, note, length in beats. */
const MELODY: readonly (readonly [bar: number, beat: number, note: number, beats: number])[] = [
  [0, 0, 76, 2],
  [0, 2.5, 79, 1],
  [1, 0, 81, 1.5],
  [1, 2, 79, 2],
  [2, 0, 77, 1],
  [2, 1, 76, 1],
  [2, 2, 74, 2],
  [3, 0.5, 71, 1],
  [3, 2, 74, 2],
  [4, 0, 79, 2],
  [4, 2.5, 76, 1],
  [5, 0, 72, 1.5],
  [5, 2, 76, 2],
  [6, 0, 77, 1],
  [6, 1, 79, 1],
  [6, 2, 81, 2],
  [7, 0, 79, 1.5],
  [7, 2, 74, 2],
];

/** Overtones of a soft electric piano: multiple of the frequency, share, seconds to fall to a third. */
const PIANO = [[1, 1, 1.1], [2, 0.28, 0.6], [3, 0.1, 0.35], [7, 0.035, 0.12]] as const;
const FLUTE = [[1, 1, 3], [2, 0.16, 2], [3, 0.05, 1]] as const;
const BASS = [[1, 0.9, 1.2], [2, 0.5, 0.8], [3, 0.22, 0.5], [4, 0.08, 0.3]] as const;

type Timbre = readonly (readonly [multiple: number, share: number, fallSec: number])[];

/** One turn of the loop; its end leads into its beginning because echoes and tails are wrapped around. */
export function makeMusic(): Int16Array {
  const length = Math.round(BARS * 4 * BEAT * MUSIC_RATE);
  const sum = new Float64Array(length);
  CHORDS.forEach((chord, bar) => {
    const start = bar * 4 * BEAT;
    PATTERN.forEach((index, half) => {
      strike(sum, {
        startSec: start + half * BEAT / 2,
        note: chord.notes[index]!,
        lengthSec: 1.4,
        level: 0.16,
        timbre: PIANO,
      });
    });
    for (const beat of [0, 2.5]) {
      strike(sum, {
        startSec: start + beat * BEAT,
        note: chord.bass + 12,
        lengthSec: BEAT * 1.4,
        level: 0.2,
        timbre: BASS,
      });
    }
  });
  for (const [bar, beat, note, beats] of MELODY) {
    strike(sum, {
      startSec: (bar * 4 + beat) * BEAT,
      note,
      lengthSec: beats * BEAT * 0.95,
      level: 0.15,
      timbre: FLUTE,
    });
  }
  return finish(echo(sum));
}

function strike(
  sum: Float64Array,
  tone: { startSec: number; note: number; lengthSec: number; level: number; timbre: Timbre },
): void {
  const frequency = 440 * 2 ** ((tone.note - 69) / 12);
  const from = Math.round(tone.startSec * MUSIC_RATE), length = Math.round(tone.lengthSec * MUSIC_RATE);
  for (let i = 0; i < length; i++) {
    const t = i / MUSIC_RATE;
    const rise = Math.min(1, t / 0.012), release = Math.min(1, (length - i) / (0.08 * MUSIC_RATE));
    let sample = 0;
    for (const [multiple, share, fallSec] of tone.timbre) {
      if (frequency * multiple > 0.45 * MUSIC_RATE) continue;
      sample += share * Math.exp(-t / fallSec) * Math.sin(2 * Math.PI * frequency * multiple * t);
    }
    const at = (from + i) % sum.length;
    sum[at] = sum[at]! + tone.level * rise * release * sample;
  }
}

function echo(dry: Float64Array): Float64Array {
  const wet = dry.slice();
  for (let turn = 1, share: number = ECHO.share; turn <= 4; turn++, share *= ECHO.share) {
    const delay = Math.round(turn * ECHO.afterSec * MUSIC_RATE);
    for (let i = 0; i < dry.length; i++) {
      const at = (i + delay) % dry.length;
      wet[at] = wet[at]! + share * dry[i]!;
    }
  }
  return wet;
}

/** Brings the music to −22 dBov: a little below speech, so that an announcement stands out. */
function finish(sound: Float64Array): Int16Array {
  let energy = 0;
  for (const sample of sound) energy += sample * sample;
  const gain = 32768 * 10 ** (-22 / 20) / Math.sqrt(energy / sound.length);
  return Int16Array.from(sound, (sample) => Math.round(Math.max(-32767, Math.min(32767, sample * gain))));
}
