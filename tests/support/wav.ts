/** WAV files for tests: tones to speak with, and what was heard in a recording. */

export interface Wav {
  readonly sampleRate: number;
  readonly samples: Float64Array;
}

/** Peak of the tones, of 32,768, unless told otherwise. */
const AMPLITUDE = 8000;

/** A 16-bit mono file with a tone of `frequency` Hz. */
export function toneWav(
  frequency: number,
  options: { sampleRate: number; seconds: number; amplitude?: number },
): Uint8Array<ArrayBuffer> {
  const { sampleRate, seconds, amplitude = AMPLITUDE } = options;
  const step = 2 * Math.PI * frequency / sampleRate;
  return samplesWav(
    Int16Array.from({ length: sampleRate * seconds }, (_, i) => Math.round(amplitude * Math.sin(step * i))),
    sampleRate,
  );
}

/** A 16-bit mono file. */
export function samplesWav(samples: Int16Array, sampleRate: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(44 + samples.length * 2);
  const view = new DataView(bytes.buffer);
  const text = (at: number, value: string) => bytes.set([...value].map((char) => char.charCodeAt(0)), at);
  text(0, "RIFF");
  view.setUint32(4, 36 + samples.length * 2, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, i) => view.setInt16(44 + i * 2, sample, true));
  return bytes;
}

/** Reads a 16-bit PCM file, first channel; tolerates a header whose sizes were never written (a recorder that was killed). */
export function readWav(bytes: Uint8Array): Wav {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 12;
  let sampleRate = 8000;
  let channels = 1;
  while (at + 8 <= bytes.length) {
    const name = String.fromCharCode(...bytes.subarray(at, at + 4));
    const size = view.getUint32(at + 4, true);
    if (name === "fmt ") {
      channels = view.getUint16(at + 10, true);
      sampleRate = view.getUint32(at + 12, true);
    }
    if (name === "data") {
      const end = size === 0 || at + 8 + size > bytes.length ? bytes.length : at + 8 + size;
      const count = Math.floor((end - at - 8) / 2 / channels);
      const samples = new Float64Array(count);
      for (let i = 0; i < count; i++) samples[i] = view.getInt16(at + 8 + i * 2 * channels, true) / 32768;
      return { sampleRate, samples };
    }
    at += 8 + size + (size & 1);
  }
  return { sampleRate, samples: new Float64Array(0) };
}

/** Power of `frequency` in a piece of sound, as a share of all its power (Goertzel). */
export function toneShare(wav: Wav, frequency: number, range: { from: number; to: number }): number {
  const { samples, sampleRate } = wav;
  const coefficient = 2 * Math.cos(2 * Math.PI * frequency / sampleRate);
  let s1 = 0, s2 = 0, energy = 0;
  for (let i = range.from; i < range.to; i++) {
    const sample = samples[i] ?? 0;
    const s0 = sample + coefficient * s1 - s2;
    s2 = s1;
    s1 = s0;
    energy += sample * sample;
  }
  const count = range.to - range.from;
  if (energy / count < 1e-7) return 0;
  const power = s1 * s1 + s2 * s2 - coefficient * s1 * s2;
  return Math.min(1, 2 * power / (count * energy));
}

/**
 * Share of the last `seconds` in which `frequency` dominates. A phone records what arrives, so that whatever was lost, at
 * either end, makes the recording shorter: what it lacks of `seconds` counts as unheard.
 */
export function heardShareOfLast(wav: Wav, frequency: number, seconds: number): number {
  const { samples, sampleRate } = wav;
  const last = samples.subarray(Math.max(0, samples.length - Math.round(seconds * sampleRate)));
  return hearing({ sampleRate, samples: last }, frequency).heardSeconds / seconds;
}

/** Shares of 50 ms windows in which `frequency` dominates: `heard` of the whole file, and between first and last hearing. */
export function hearing(
  wav: Wav,
  frequency: number,
): { seconds: number; heardSeconds: number; steadyShare: number } {
  const size = Math.round(wav.sampleRate / 20);
  let heard = 0, first = -1, last = -1;
  const windows = Math.floor(wav.samples.length / size);
  for (let i = 0; i < windows; i++) {
    if (toneShare(wav, frequency, { from: i * size, to: (i + 1) * size }) < 0.6) continue;
    heard++;
    if (first < 0) first = i;
    last = i;
  }
  return {
    seconds: wav.samples.length / wav.sampleRate,
    heardSeconds: heard / 20,
    steadyShare: first < 0 ? 0 : heard / (last - first + 1),
  };
}
