/** Which codecs one side of a call is told of, given what the other side can do. Pure (RFC 3264 §5, §6). */

import {
  isAuxiliary,
  type MediaDirection,
  type RtpFormat,
  sameCodec,
  type SdpAttribute,
} from "../../sdp/mod.ts";

/** What one peer wants of a stream, told to the other side in its own payload numbers. */
export interface WantedStream {
  readonly type: string;
  readonly transport: "rtp" | "udptl";
  /** RTP/AVPF rather than RTP/AVP. */
  readonly feedback: boolean;
  readonly formats: readonly RtpFormat[];
  readonly rawFormats: readonly string[];
  readonly direction: MediaDirection;
  readonly rtcpMux: boolean;
  readonly attributes: readonly SdpAttribute[];
  readonly bandwidth: readonly string[];
  /** False: the stream was refused or switched off; it keeps its place. */
  readonly enabled: boolean;
}

const TELEPHONE_EVENT: RtpFormat = {
  payloadType: 101,
  encoding: "telephone-event",
  clockRate: 8000,
  channels: 1,
  parameters: "0-15",
};

/** What the server itself speaks where it makes the sound; the first is its own choice. */
export const NARROWBAND_FORMATS: readonly RtpFormat[] = [
  { payloadType: 8, encoding: "pcma", clockRate: 8000, channels: 1 },
  { payloadType: 0, encoding: "pcmu", clockRate: 8000, channels: 1 },
  { payloadType: 9, encoding: "g722", clockRate: 8000, channels: 1 },
  TELEPHONE_EVENT,
];

export const WIDEBAND_FORMATS: readonly RtpFormat[] = [
  NARROWBAND_FORMATS[2]!,
  NARROWBAND_FORMATS[0]!,
  NARROWBAND_FORMATS[1]!,
  TELEPHONE_EVENT,
];

/**
 * What the server speaks in rooms: wideband where it can. G.722 comes before Opus because it sounds as good here and
 * costs a quarter of the time.
 */
export const ROOM_FORMATS: readonly RtpFormat[] = [
  NARROWBAND_FORMATS[2]!,
  { payloadType: 96, encoding: "opus", clockRate: 48_000, channels: 2, parameters: "useinbandfec=1" },
  ...WIDEBAND_FORMATS.slice(1),
];

/** What a caller without an offer is taken to want: everything the server can relay between common phones. */
export function serverWishes(
  formats: readonly RtpFormat[],
  direction: MediaDirection = "sendrecv",
): WantedStream[] {
  return [{
    type: "audio",
    transport: "rtp",
    feedback: false,
    formats,
    rawFormats: [],
    direction,
    rtcpMux: false,
    attributes: [],
    bandwidth: [],
    enabled: true,
  }];
}

/**
 * The formats of our answer to `offered`: what the far side took, in its order but with the offer's payload numbers,
 * then telephone-event when offered, since the server translates digits whatever the far side can.
 */
export function answerFormats(offered: readonly RtpFormat[], far: readonly RtpFormat[]): RtpFormat[] {
  const chosen: RtpFormat[] = [];
  for (const format of far) {
    const match = offered.find((own) => sameCodec(own, format) && !chosen.includes(own));
    if (match && match.encoding !== "telephone-event") chosen.push(match);
  }
  if (!hasCodec(chosen)) return [];
  const clockRate = chosen.find((format) => !isAuxiliary(format))!.clockRate;
  const events = offered.filter((format) => format.encoding === "telephone-event");
  const event = events.find((format) => format.clockRate === clockRate) ?? events[0];
  // In both cases as long as it must be: it stays for the length of the call.
  return event ? chosen.concat(event) : chosen.slice();
}

/** The formats of our offer for a far side that wants `formats`; telephone-event is added where it is missing. */
export function offerFormats(formats: readonly RtpFormat[]): RtpFormat[] {
  if (formats.some((format) => format.encoding === "telephone-event")) return [...formats];
  if (!formats.some((format) => format.clockRate === 8000 && !isAuxiliary(format))) return [...formats];
  const free = [101, 96, 97, 98, 99, 100].find((type) =>
    formats.every((format) => format.payloadType !== type)
  );
  return free === undefined ? [...formats] : formats.concat({ ...TELEPHONE_EVENT, payloadType: free });
}

/** Leaves out, and puts in order, what a peer shall be told of. */
export type CodecFilter = (formats: readonly RtpFormat[]) => RtpFormat[];

/** Keeps the codecs that `allowed` names (lower case), in its order; everything when it is empty. */
export function allowCodecs(formats: readonly RtpFormat[], allowed: readonly string[]): RtpFormat[] {
  if (allowed.length === 0) return [...formats];
  const kept = allowed.flatMap((name) =>
    formats.filter((format) => format.encoding === name && !isAuxiliary(format))
  );
  return [...kept, ...formats.filter((format) => isAuxiliary(format) && format.encoding !== "rtx")];
}

/** False when `codecs` leaves nothing of the audio among `streams`. */
export function leavesAudio(
  streams: readonly { readonly type: string; readonly formats: readonly RtpFormat[] }[],
  codecs: CodecFilter,
): boolean {
  const audio = streams.filter(({ type, formats }) => type === "audio" && hasCodec(formats));
  return audio.length === 0 || audio.some(({ formats }) => hasCodec(codecs(formats)));
}

/** True when something audible or visible is among `formats`. */
export function hasCodec(formats: readonly RtpFormat[]): boolean {
  return formats.some((format) => !isAuxiliary(format));
}

/**
 * Two established sides are about to be joined: true when each may send only what the other understands, so that
 * nobody needs a new offer.
 */
export function areAligned(a: readonly RtpFormat[], b: readonly RtpFormat[]): boolean {
  return covers(a, b) && covers(b, a);
}

function covers(a: readonly RtpFormat[], b: readonly RtpFormat[]): boolean {
  return a.every((format) => isAuxiliary(format) || b.some((other) => sameCodec(format, other)));
}

/** The codecs both sides have; empty when a new offer has to bring one side over to the other's. */
export function commonFormats(a: readonly RtpFormat[], b: readonly RtpFormat[]): RtpFormat[] {
  return a.filter((format) => !isAuxiliary(format) && b.some((other) => sameCodec(format, other)));
}
