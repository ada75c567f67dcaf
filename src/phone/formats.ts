/** The codecs this phone speaks, and what of a peer's list it can use. Pure (RFC 3264 §5, §6; RFC 3551 §6). */

import { type RtpFormat, sameCodec } from "../sdp/mod.ts";
import type { CodecName } from "./types.ts";

const DEFAULT_CODECS: readonly CodecName[] = ["g722", "pcma", "pcmu"];

const SPOKEN: Readonly<Record<CodecName, RtpFormat>> = {
  pcmu: { payloadType: 0, encoding: "pcmu", clockRate: 8000, channels: 1 },
  pcma: { payloadType: 8, encoding: "pcma", clockRate: 8000, channels: 1 },
  g722: { payloadType: 9, encoding: "g722", clockRate: 8000, channels: 1 },
};

const TELEPHONE_EVENT: RtpFormat = {
  payloadType: 101,
  encoding: "telephone-event",
  clockRate: 8000,
  channels: 1,
  parameters: "0-15",
};

/** What our offers list. */
export function ownFormats(codecs: readonly CodecName[] = DEFAULT_CODECS): RtpFormat[] {
  return [...codecs.map((codec) => SPOKEN[codec]), TELEPHONE_EVENT];
}

/** Those of `remote` that we speak, in its order and with its numbers; empty without a voice among them. */
export function commonFormats(remote: readonly RtpFormat[], own: readonly RtpFormat[]): RtpFormat[] {
  const common = remote.filter((format) => own.some((one) => sameCodec(one, format)));
  return voiceOf(common) ? common : [];
}

/** The first codec that carries voice. */
export function voiceOf(formats: readonly RtpFormat[]): RtpFormat | undefined {
  return formats.find((format) => format.encoding !== "telephone-event");
}

export function hasEvents(formats: readonly RtpFormat[]): boolean {
  return formats.some((format) => format.encoding === "telephone-event");
}
