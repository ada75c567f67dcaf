/** The unit of work of everything that handles PCM: 20 ms of 16-bit samples at 8 or 16 kHz. */

/** One beat of the media worker, in milliseconds. */
export const FRAME_MS = 20;

/** Sample rates in which the server mixes, plays and records. */
export type PcmRate = 8000 | 16000;

/** Samples of one 20 ms frame: 160 or 320. */
export function frameSamples(rate: PcmRate): number {
  return rate / 50;
}

/** Room for one frame at the highest rate. */
export const MAX_FRAME_SAMPLES = 320;

/** A piece of a sample array, `end` excluded. */
export interface Span {
  start: number;
  end: number;
}

/**
 * Gives PCM frame by frame: a player, a tone, a prompt. Synchronous and free of allocation, so that a worker can ask
 * on every beat.
 */
export interface PcmSource {
  readonly rate: PcmRate;
  /**
   * Fills `pcm` with the next `frameSamples(rate)` samples, padded with silence at the end. Returns how many of them
   * are sound; 0 says that the source had ended before this frame.
   */
  read(pcm: Int16Array): number;
}

/** What the jitter buffer needs of a codec in the direction towards us. One per stream: codecs may keep state. */
export interface PcmDecoder {
  /** Rate of the PCM it gives. */
  readonly rate: PcmRate;
  /** Rate of its RTP timestamps: 8000 for G.722 too (RFC 3551 §4.5.2), 48000 for Opus. */
  readonly clockRate: number;
  /** Samples that a payload of so many bytes holds; 0 when it is no payload of this codec. */
  samplesIn(payload: Uint8Array): number;
  /** Decodes `payload` to the start of `pcm`; returns the number of samples written, 0 when malformed. */
  decode(payload: Uint8Array, pcm: Int16Array): number;
}

/** What the mixer needs of a codec in the direction towards the peer. */
export interface PcmEncoder {
  readonly rate: PcmRate;
  /** Encodes all of `pcm` to the start of `bytes`; returns the number of bytes written. */
  encode(pcm: Int16Array, bytes: Uint8Array): number;
  /**
   * Takes over the state of another encoder of the same codec, so that a peer who was listening to that one's bytes
   * can be given this one's. Absent where the state cannot be read; a stateless codec does nothing.
   */
  copyFrom?(other: PcmEncoder): void;
}
