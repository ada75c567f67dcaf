/** Names and numbers in relayed RTCP, made to fit what each side sees of the other's stream (RFC 3550 §7.2). */
import { readUint32, writeUint32 } from "../rtp/mod.ts";
import type { Timeline } from "./timeline.ts";

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const BYE = 203;
const APPLICATION = 204;
const TRANSPORT_FEEDBACK = 205;
const PAYLOAD_FEEDBACK = 206;
const EXTENDED_REPORT = 207;
const REPORT_BLOCK_BYTES = 24;

export interface RtcpTranslation {
  /** The stream in which the sender of this RTCP is heard: its SSRC and timestamps are rewritten as there. */
  readonly outgoing: Timeline;
  /** The stream that the sender of this RTCP hears: what it reports on goes back to the true numbers. */
  readonly incoming: Timeline;
}

/** Rewrites a compound packet that is known to be well-formed, in place. */
export function translateRtcp(packet: Uint8Array, length: number, translation: RtcpTranslation): void {
  if (translation.outgoing.isTransparent && translation.incoming.isTransparent) return;
  for (let at = 0; at + 8 <= length;) {
    const end = at + 4 + 4 * (packet[at + 2]! << 8 | packet[at + 3]!);
    if (end > length) return;
    if (end - at >= 8) translateOne(packet, { at, end }, translation);
    at = end;
  }
}

function translateOne(
  packet: Uint8Array,
  { at, end }: { at: number; end: number },
  { outgoing, incoming }: RtcpTranslation,
): void {
  const count = packet[at]! & 0x1f;
  switch (packet[at + 1]) {
    case SENDER_REPORT: {
      const isSpeaker = nameSpeaker(packet, at + 4, outgoing);
      const time = readUint32(packet, at + 16);
      if (isSpeaker) writeUint32(packet, { at: at + 16, value: time + outgoing.timestampShift });
      return translateBlocks(packet, { at: at + 28, end, count }, incoming);
    }
    case RECEIVER_REPORT:
      nameSpeaker(packet, at + 4, outgoing);
      return translateBlocks(packet, { at: at + 8, end, count }, incoming);
    case SOURCE_DESCRIPTION:
    case APPLICATION:
    case EXTENDED_REPORT:
      nameSpeaker(packet, at + 4, outgoing);
      return;
    case TRANSPORT_FEEDBACK:
    case PAYLOAD_FEEDBACK:
      nameSpeaker(packet, at + 4, outgoing);
      if (end - at >= 12) nameSource(packet, at + 8, incoming);
      return;
    case BYE:
      for (let i = 0; i < count && at + 8 + 4 * i <= end; i++) nameSpeaker(packet, at + 4 + 4 * i, outgoing);
  }
}

function translateBlocks(
  packet: Uint8Array,
  { at, end, count }: { at: number; end: number; count: number },
  incoming: Timeline,
): void {
  for (let i = 0; i < count && at + REPORT_BLOCK_BYTES <= end; i++, at += REPORT_BLOCK_BYTES) {
    if (!nameSource(packet, at, incoming)) continue;
    const highest = readUint32(packet, at + 8);
    writeUint32(packet, { at: at + 8, value: highest - incoming.sequenceShift });
  }
}

/** The sender's own SSRC becomes the one under which it is heard. */
function nameSpeaker(packet: Uint8Array, at: number, timeline: Timeline): boolean {
  if (readUint32(packet, at) !== timeline.speakerSsrc) return false;
  writeUint32(packet, { at, value: timeline.ssrc });
  return true;
}

/** The SSRC under which the far side is heard becomes its own. */
function nameSource(packet: Uint8Array, at: number, timeline: Timeline): boolean {
  if (readUint32(packet, at) !== timeline.ssrc) return false;
  writeUint32(packet, { at, value: timeline.speakerSsrc });
  return true;
}
