/** Which of a peer's formats the server itself can hear and speak. */
import { type PcmCodec, pcmCodec } from "../mix/mod.ts";
import type { PayloadFormat, StreamSettings } from "../plane.ts";

/** Codecs of 8 bytes a millisecond, which the packetizer can cut (RFC 3551 §4.5.2, §4.5.14). */
const SPOKEN: readonly string[] = ["pcmu", "pcma", "g722"];

/** The codec of a format, undefined when the server does not know it. */
export function codecOf(format: PayloadFormat | undefined): PcmCodec | undefined {
  if (format === undefined || (format.channels ?? 1) !== 1) return undefined;
  return pcmCodec(format.encoding, format.clockRate);
}

/** The first format a peer wants that the server can speak, and its codec. */
export function speakingFormat(
  settings: StreamSettings | undefined,
): { readonly codec: PcmCodec; readonly payloadType: number } | undefined {
  for (const format of settings?.sendFormats ?? []) {
    const codec = SPOKEN.includes(format.encoding) ? codecOf(format) : undefined;
    if (codec) return { codec, payloadType: format.payloadType };
  }
  return undefined;
}
