/** A recording in memory, ready to be played at either rate: read once, resampled once, shared by all who hear it. */
import { fail, ok, type Result } from "../../base/mod.ts";
import { decodePcma, decodePcmu, G722Decoder } from "../codec/mod.ts";
import type { PcmRate } from "./frames.ts";
import { resampleAll } from "./resampler.ts";
import { parseWav, type WavFile } from "./wav.ts";

/** Longest recording taken into memory: half an hour is 58 MB at 16 kHz. */
const MAX_SECONDS = 1800;
/** Rates are taken for the nearest multiple, or a file at 44,101 Hz would need a filter of two million taps. */
const RATE_STEP = 25;

export class Clip {
  /** The rate it was made at; the other is made when first asked for. */
  readonly rate: PcmRate;
  readonly #made: { 8000?: Int16Array; 16000?: Int16Array } = {};

  constructor(rate: PcmRate, samples: Int16Array) {
    this.rate = rate;
    this.#made[rate] = samples;
  }

  /** Its samples at this rate; not to be written to. */
  at(rate: PcmRate): Int16Array {
    return this.#made[rate] ??= resampleAll(this.#made[this.rate]!, { from: this.rate, to: rate });
  }

  get seconds(): number {
    return this.#made[this.rate]!.length / this.rate;
  }
}

/**
 * Reads an audio file by the end of its name: WAV with 16-bit or 8-bit PCM, PCMU or PCMA at any rate, several channels
 * averaged; `.pcmu`, `.pcma` (8 kHz) and `.g722` without a header. Says in words what is wrong with a file.
 */
export function readClip(file: Uint8Array, name: string): Result<Clip, string> {
  const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  if (ending === "wav") {
    const wav = parseWav(file);
    return wav.ok ? fromWav(wav.value) : wav;
  }
  const limit = file.subarray(0, MAX_SECONDS * 8000);
  if (ending === "pcmu" || ending === "pcma") {
    const samples = new Int16Array(limit.length);
    if (ending === "pcmu") decodePcmu(limit, samples);
    else decodePcma(limit, samples);
    return ok(new Clip(8000, samples));
  }
  if (ending === "g722") {
    const samples = new Int16Array(limit.length * 2);
    new G722Decoder().decode(limit, samples);
    return ok(new Clip(16000, samples));
  }
  return fail(`files ending in ".${ending}" are not read: expected wav, pcmu, pcma or g722`);
}

function fromWav(wav: WavFile): Result<Clip, string> {
  const bytesPerFrame = wav.channels * (wav.encoding === "pcm16" ? 2 : 1);
  const frames = Math.floor(wav.data.length / bytesPerFrame);
  if (frames > MAX_SECONDS * wav.sampleRate) return fail(`longer than ${MAX_SECONDS / 60} minutes`);
  const mono = average(linear(wav, frames * wav.channels), wav.channels);
  const rate: PcmRate = wav.sampleRate < 16000 ? 8000 : 16000;
  const from = Math.round(wav.sampleRate / RATE_STEP) * RATE_STEP;
  return ok(new Clip(rate, resampleAll(mono, { from, to: rate })));
}

function linear({ encoding, data }: WavFile, count: number): Int16Array {
  const samples = new Int16Array(count);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  switch (encoding) {
    case "pcm16":
      for (let i = 0; i < count; i++) samples[i] = view.getInt16(2 * i, true);
      break;
    case "pcm8":
      for (let i = 0; i < count; i++) samples[i] = (data[i]! - 128) << 8;
      break;
    case "pcmu":
      decodePcmu(data.subarray(0, count), samples);
      break;
    case "pcma":
      decodePcma(data.subarray(0, count), samples);
      break;
    default:
      encoding satisfies never;
  }
  return samples;
}

function average(samples: Int16Array, channels: number): Int16Array {
  if (channels === 1) return samples;
  const mono = new Int16Array(samples.length / channels);
  for (let i = 0; i < mono.length; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += samples[i * channels + channel]!;
    mono[i] = Math.round(sum / channels);
  }
  return mono;
}
