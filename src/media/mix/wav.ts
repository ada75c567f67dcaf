/** WAV files: the chunks of a RIFF file read, the 44-byte header of PCM written (Multimedia Programming Interface 1.0). */
import { fail, ok, type Result } from "../../base/mod.ts";

export const WAV_HEADER_BYTES = 44;

export type WavEncoding = "pcm16" | "pcm8" | "pcmu" | "pcma";

export interface WavFile {
  readonly encoding: WavEncoding;
  readonly channels: number;
  /** Frames a second, 1000–192000. */
  readonly sampleRate: number;
  /** The samples, a view of the file. */
  readonly data: Uint8Array;
}

const FORMAT_PCM = 1;
const FORMAT_PCMA = 6;
const FORMAT_PCMU = 7;
const FORMAT_EXTENSIBLE = 0xfffe;

/** Finds format and samples. A data chunk longer than the file (a recording cut short) ends with the file. */
export function parseWav(file: Uint8Array): Result<WavFile, string> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 12 || text(file, 0) !== "RIFF" || text(file, 8) !== "WAVE") return fail("not a WAV file");
  let format: { encoding: WavEncoding; channels: number; sampleRate: number } | undefined;
  for (let at = 12; at + 8 <= file.length;) {
    const size = view.getUint32(at + 4, true), body = at + 8;
    const name = text(file, at);
    if (name === "fmt ") {
      const read = readFormat(view, body, Math.min(size, file.length - body));
      if (!read.ok) return read;
      format = read.value;
    } else if (name === "data") {
      if (format === undefined) return fail("samples before their format");
      return ok({ ...format, data: file.subarray(body, Math.min(body + size, file.length)) });
    }
    at = body + size + (size & 1);
  }
  return fail(format === undefined ? "no format chunk" : "no samples");
}

function readFormat(
  view: DataView,
  at: number,
  size: number,
): Result<{ encoding: WavEncoding; channels: number; sampleRate: number }, string> {
  if (size < 16) return fail("format chunk too short");
  let tag = view.getUint16(at, true);
  if (tag === FORMAT_EXTENSIBLE && size >= 26) tag = view.getUint16(at + 24, true);
  const channels = view.getUint16(at + 2, true), sampleRate = view.getUint32(at + 4, true);
  const encoding = encodingOf(tag, view.getUint16(at + 14, true));
  if (encoding === undefined) return fail("encoding is none of PCM 16 bit, PCM 8 bit, PCMU, PCMA");
  if (channels < 1 || channels > 8) return fail(`${channels} channels: 1 to 8 are read`);
  if (sampleRate < 1000 || sampleRate > 192_000) {
    return fail(`sample rate ${sampleRate}: 1000 to 192000 are read`);
  }
  return ok({ encoding, channels, sampleRate });
}

function encodingOf(tag: number, bits: number): WavEncoding | undefined {
  if (tag === FORMAT_PCM && bits === 16) return "pcm16";
  if (tag === FORMAT_PCM && bits === 8) return "pcm8";
  if (tag === FORMAT_PCMU && bits === 8) return "pcmu";
  if (tag === FORMAT_PCMA && bits === 8) return "pcma";
  return undefined;
}

/** Writes the header of 16-bit PCM with `dataBytes` of samples behind it. */
export function writeWavHeader(
  format: { readonly channels: number; readonly sampleRate: number; readonly dataBytes: number },
): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(WAV_HEADER_BYTES);
  const view = new DataView(header.buffer);
  const frameBytes = format.channels * 2;
  header.set([0x52, 0x49, 0x46, 0x46]); // RIFF
  view.setUint32(4, WAV_HEADER_BYTES - 8 + format.dataBytes, true);
  header.set([0x57, 0x41, 0x56, 0x45, 0x66, 0x6d, 0x74, 0x20], 8); // WAVEfmt
  view.setUint32(16, 16, true);
  view.setUint16(20, FORMAT_PCM, true);
  view.setUint16(22, format.channels, true);
  view.setUint32(24, format.sampleRate, true);
  view.setUint32(28, format.sampleRate * frameBytes, true);
  view.setUint16(32, frameBytes, true);
  view.setUint16(34, 16, true);
  header.set([0x64, 0x61, 0x74, 0x61], 36); // data
  view.setUint32(40, format.dataBytes, true);
  return header;
}

function text(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!);
}
