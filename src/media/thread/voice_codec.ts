/** The codecs in which the server itself hears and speaks, by their SDP names. */
import { decodePcma, decodePcmu, encodePcma, encodePcmu, G722Decoder, G722Encoder } from "../codec/mod.ts";
import type { PcmDecoder, PcmEncoder, PcmRate, RoomCodec } from "../mix/mod.ts";
import type { PayloadFormat, StreamSettings } from "../plane.ts";

/** All of them take 8 bytes a millisecond and count RTP time in 1/8000 s (RFC 3551 §4.5.2, §4.5.14). */
export interface VoiceCodec extends RoomCodec {
  readonly name: "pcmu" | "pcma" | "g722";
  makeDecoder(): PcmDecoder;
}

const CLOCK_RATE = 8000;

function g711(name: "pcmu" | "pcma"): VoiceCodec {
  const decode = name === "pcmu" ? decodePcmu : decodePcma;
  const encode = name === "pcmu" ? encodePcmu : encodePcma;
  const rate: PcmRate = 8000;
  const decoder: PcmDecoder = {
    rate,
    clockRate: CLOCK_RATE,
    samplesIn: (payload) => payload.length,
    decode,
  };
  // Without a memory one may serve all, and each may take over from any other.
  const encoder: PcmEncoder = {
    rate,
    encode: (pcm, bytes) => encode(pcm.length === FRAME ? pcm : pcm.subarray(0, FRAME), bytes),
    copyFrom: () => {},
  };
  return { name, rate, makeDecoder: () => decoder, makeEncoder: () => encoder };
}

const FRAME = 160;
const WIDE_FRAME = 320;

const G722: VoiceCodec = {
  name: "g722",
  rate: 16000,
  makeDecoder: () => {
    const decoder = new G722Decoder();
    return {
      rate: 16000,
      clockRate: CLOCK_RATE,
      samplesIn: (payload) => payload.length * 2,
      decode: (payload, pcm) => decoder.decode(payload, pcm),
    };
  },
  makeEncoder: () => {
    const encoder = new G722Encoder();
    return {
      rate: 16000,
      encode: (pcm, bytes) =>
        encoder.encode(pcm.length === WIDE_FRAME ? pcm : pcm.subarray(0, WIDE_FRAME), bytes),
    };
  },
};

const CODECS: ReadonlyMap<string, VoiceCodec> = new Map([
  ["pcmu", g711("pcmu")],
  ["pcma", g711("pcma")],
  ["g722", G722],
]);

/** Undefined for what the server cannot code itself; such streams are relayed only. */
export function voiceCodec(encoding: string): VoiceCodec | undefined {
  return CODECS.get(encoding);
}

/** The first format a peer wants that the server can speak, and its codec. */
export function speakingFormat(
  settings: StreamSettings | undefined,
): { readonly codec: VoiceCodec; readonly payloadType: number } | undefined {
  for (const format of settings?.sendFormats ?? []) {
    const codec = codecOf(format);
    if (codec) return { codec, payloadType: format.payloadType };
  }
  return undefined;
}

/** The codec of a format, undefined when the server does not know it. */
export function codecOf(format: PayloadFormat | undefined): VoiceCodec | undefined {
  return format !== undefined && format.clockRate === CLOCK_RATE && (format.channels ?? 1) === 1
    ? CODECS.get(format.encoding)
    : undefined;
}
