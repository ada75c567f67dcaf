/** Sound files for playing, read once and kept while there is room. */
import { fail, ok, type Result } from "../../base/mod.ts";
import { decodePcma, decodePcmu, G722Decoder, PCMA_TO_LINEAR, PCMU_TO_LINEAR } from "../codec/mod.ts";
import { Clip, parseWav, resampleAll, type WavFile } from "../mix/mod.ts";

/** Reads a whole file; the error is a reason in words. */
export type ReadFile = (path: string) => Promise<Result<Uint8Array, string>>;

/** Half an hour of speech at 16 kHz; what was played longest ago makes room. */
const MAX_SAMPLES = 30 * 60 * 16_000;

export class ClipLibrary {
  readonly #read: ReadFile;
  readonly #clips = new Map<string, Clip>();
  readonly #samples = new Map<string, number>();
  #total = 0;

  constructor(read: ReadFile) {
    this.#read = read;
  }

  /** The clips of all paths, or why one of them cannot be played. */
  async load(paths: readonly string[]): Promise<Result<readonly Clip[], string>> {
    const clips: Clip[] = [];
    for (const path of paths) {
      const clip = this.#clips.get(path) ?? await this.#loadOne(path);
      if (typeof clip === "string") return fail(`Cannot play "${path}": ${clip}`);
      this.#touch(path, clip);
      clips.push(clip);
    }
    return ok(clips);
  }

  /** Forgets all, so that replaced files are read again. */
  clear(): void {
    this.#clips.clear();
    this.#samples.clear();
    this.#total = 0;
  }

  async #loadOne(path: string): Promise<Clip | string> {
    const file = await this.#read(path);
    if (!file.ok) return file.error;
    const clip = readClip(path, file.value);
    return clip.ok ? clip.value : clip.error;
  }

  #touch(path: string, clip: Clip): void {
    this.#clips.delete(path);
    this.#clips.set(path, clip);
    if (!this.#samples.has(path)) {
      const samples = clip.at(clip.rate).length;
      this.#samples.set(path, samples);
      this.#total += samples;
    }
    for (const oldest of this.#clips.keys()) {
      if (this.#total <= MAX_SAMPLES || oldest === path) return;
      this.#total -= this.#samples.get(oldest) ?? 0;
      this.#clips.delete(oldest);
      this.#samples.delete(oldest);
    }
  }
}

/** A WAV file, or raw G.711 or G.722 by the ending of its name, as PCM in one channel. */
export function readClip(path: string, file: Uint8Array): Result<Clip, string> {
  const ending = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  if (ending === "pcmu" || ending === "pcma") {
    const samples = new Int16Array(file.length);
    (ending === "pcmu" ? decodePcmu : decodePcma)(file, samples);
    return ok(new Clip(8000, samples));
  }
  if (ending === "g722") {
    const samples = new Int16Array(file.length * 2);
    new G722Decoder().decode(file, samples);
    return ok(new Clip(16000, samples));
  }
  const wav = parseWav(file);
  if (!wav.ok) return wav;
  const rate = wav.value.sampleRate >= 16_000 ? 16000 : 8000;
  return ok(new Clip(rate, resampleAll(oneChannel(wav.value), { from: wav.value.sampleRate, to: rate })));
}

/** All channels added up and divided by their number. */
function oneChannel({ encoding, channels, data }: WavFile): Int16Array {
  const width = encoding === "pcm16" ? 2 : 1;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const frames = Math.floor(data.length / (width * channels));
  const samples = new Int16Array(frames);
  for (let frame = 0; frame < frames; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      const at = (frame * channels + channel) * width;
      if (encoding === "pcm16") sum += view.getInt16(at, true);
      else if (encoding === "pcm8") sum += (data[at]! - 128) << 8;
      else sum += (encoding === "pcmu" ? PCMU_TO_LINEAR : PCMA_TO_LINEAR)[data[at]!]!;
    }
    samples[frame] = Math.round(sum / channels);
  }
  return samples;
}
