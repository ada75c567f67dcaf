/** The codecs that the server itself hears and speaks, one row each: what a room, a player or a recorder needs of them. */
import {
  decodeL16,
  decodePcma,
  decodePcmu,
  encodeL16,
  encodePcma,
  encodePcmu,
  G722Decoder,
  G722Encoder,
} from "../codec/mod.ts";
import type { PcmDecoder, PcmEncoder, PcmRate } from "./frames.ts";

/** A codec in the direction towards a peer. */
export interface RoomCodec {
  /** Encoding name of SDP in lower case; members with the same name can share a stream. */
  readonly name: string;
  readonly rate: PcmRate;
  makeEncoder(): PcmEncoder;
}

/** A codec in both directions. */
export interface PcmCodec extends RoomCodec {
  /** Of RTP timestamps. */
  readonly clockRate: number;
  makeDecoder(): PcmDecoder;
}

type Bytes = (bytes: Uint8Array, pcm: Int16Array) => number;
type Samples = (pcm: Int16Array, bytes: Uint8Array) => number;

/** A codec without memory: its decoder and encoder are the same for all. */
function stateless(
  format: { readonly name: string; readonly rate: PcmRate; readonly bytesPerSample: 1 | 2 },
  decode: Bytes,
  encode: Samples,
): PcmCodec {
  const { name, rate, bytesPerSample } = format;
  const samplesIn = (payload: Uint8Array) =>
    payload.length % bytesPerSample === 0 ? payload.length / bytesPerSample : 0;
  const decoder: PcmDecoder = { rate, clockRate: rate, samplesIn, decode };
  const encoder: PcmEncoder = { rate, encode, copyFrom() {} };
  return { name, rate, clockRate: rate, makeDecoder: () => decoder, makeEncoder: () => encoder };
}

class WidebandDecoder implements PcmDecoder {
  readonly rate = 16000;
  readonly clockRate = 8000;
  readonly #codec = new G722Decoder();

  samplesIn(payload: Uint8Array): number {
    return payload.length * 2;
  }

  decode(payload: Uint8Array, pcm: Int16Array): number {
    return this.#codec.decode(payload, pcm);
  }
}

class WidebandEncoder implements PcmEncoder {
  readonly rate = 16000;
  readonly #codec = new G722Encoder();

  encode(pcm: Int16Array, bytes: Uint8Array): number {
    return this.#codec.encode(pcm, bytes);
  }

  copyFrom(other: PcmEncoder): void {
    if (other instanceof WidebandEncoder) this.#codec.copyFrom(other.#codec);
  }
}

const CODECS: PcmCodec[] = [
  stateless({ name: "pcmu", rate: 8000, bytesPerSample: 1 }, decodePcmu, encodePcmu),
  stateless({ name: "pcma", rate: 8000, bytesPerSample: 1 }, decodePcma, encodePcma),
  {
    name: "g722",
    rate: 16000,
    clockRate: 8000,
    makeDecoder: () => new WidebandDecoder(),
    makeEncoder: () => new WidebandEncoder(),
  },
  stateless({ name: "l16", rate: 8000, bytesPerSample: 2 }, decodeL16, encodeL16),
  stateless({ name: "l16", rate: 16000, bytesPerSample: 2 }, decodeL16, encodeL16),
];

/** Teaches this thread one more codec, such as Opus once its library is loaded. The same name and clock replace. */
export function addPcmCodec(codec: PcmCodec): void {
  const index = CODECS.findIndex(({ name, clockRate }) =>
    name === codec.name && clockRate === codec.clockRate
  );
  CODECS.splice(index < 0 ? CODECS.length : index, 1, codec);
}

/** The codec for an SDP encoding name and RTP clock rate; undefined when the server cannot hear it. */
export function pcmCodec(encoding: string, clockRate: number): PcmCodec | undefined {
  return CODECS.find((codec) => codec.name === encoding && codec.clockRate === clockRate);
}
