/** Which of a peer's formats the server itself can hear and speak. */
import { type PcmCodec, pcmCodec } from "../mix/mod.ts";
import type { PayloadFormat, StreamSettings } from "../plane.ts";

const OPUS = "opus";
/** Codecs of 8 bytes a millisecond, which the packetizer can cut (RFC 3551 §4.5.2, §4.5.14), and Opus. */
const SPOKEN: readonly string[] = ["pcmu", "pcma", "g722", OPUS];

/** The codec of a format, undefined when the server does not know it. */
export function codecOf(format: PayloadFormat | undefined): PcmCodec | undefined {
  // Opus is always named with two channels, whatever is inside (RFC 7587 §7).
  if (format === undefined || ((format.channels ?? 1) !== 1 && format.encoding !== OPUS)) return undefined;
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

/** True where a peer wants Opus before anything else that the server could speak, or sends it. */
export function needsOpus(settings: StreamSettings | undefined): boolean {
  const first = settings?.sendFormats.find(({ encoding }) => SPOKEN.includes(encoding));
  return first?.encoding === OPUS ||
    (settings?.receiveFormats.some(({ encoding }) => encoding === OPUS) ?? false);
}
