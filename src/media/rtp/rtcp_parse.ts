/** Reading a compound RTCP packet (RFC 3550 §6.1, A.2). */
import { fail, ok, type Result } from "../../base/mod.ts";
import { readUint32, RTP_VERSION } from "./packet.ts";
import {
  type Bye,
  type ReportBlock,
  RTCP_APPLICATION,
  RTCP_BYE,
  RTCP_PAYLOAD_FEEDBACK,
  RTCP_RECEIVER_REPORT,
  RTCP_SENDER_REPORT,
  RTCP_SOURCE_DESCRIPTION,
  type RtcpPacket,
  type SourceDescription,
  type SourceDescriptionItem,
} from "./rtcp.ts";

export type RtcpError = "too short" | "wrong version" | "no RTCP" | "length overruns" | "broken contents";

const REPORT_BLOCK = 24;
const text = new TextDecoder();

/**
 * All packets of a datagram in order. One that is broken spoils the datagram: nothing of it is believed. A first
 * packet other than SR and RR is taken too (RFC 5506).
 */
export function parseRtcp(datagram: Uint8Array): Result<RtcpPacket[], RtcpError> {
  const packets: RtcpPacket[] = [];
  if (datagram.length < 4) return fail("too short");
  for (let at = 0; at < datagram.length;) {
    if (datagram.length - at < 4) return fail("too short");
    if (datagram[at]! >>> 6 !== RTP_VERSION) return fail("wrong version");
    if (datagram[at + 1]! < 192 || datagram[at + 1]! > 223) return fail("no RTCP");
    const end = at + 4 + ((datagram[at + 2]! << 8) | datagram[at + 3]!) * 4;
    if (end > datagram.length) return fail("length overruns");
    const bodyEnd = endWithoutPadding(datagram.subarray(at, end), end === datagram.length);
    if (bodyEnd < 4) return fail("broken contents");
    const packet = parseOne(datagram.subarray(at, at + bodyEnd));
    if (packet === undefined) return fail("broken contents");
    packets.push(packet);
    at = end;
  }
  return ok(packets);
}

/** Length less padding, which only the last packet may have; -1 when the count is impossible. */
function endWithoutPadding(packet: Uint8Array, isLast: boolean): number {
  if ((packet[0]! & 0x20) === 0) return packet.length;
  const padding = packet[packet.length - 1]!;
  return isLast && padding > 0 && padding % 4 === 0 ? packet.length - padding : -1;
}

function parseOne(packet: Uint8Array): RtcpPacket | undefined {
  const count = packet[0]! & 0x1f, packetType = packet[1]!, body = packet.subarray(4);
  switch (packetType) {
    case RTCP_SENDER_REPORT:
      return parseSenderReport(body, count);
    case RTCP_RECEIVER_REPORT: {
      const reports = parseReports(body.subarray(4), count);
      if (body.length < 4 || reports === undefined) return undefined;
      return { kind: "receiver-report", ssrc: readUint32(body, 0), reports };
    }
    case RTCP_SOURCE_DESCRIPTION:
      return parseSourceDescription(body, count);
    case RTCP_BYE:
      return parseBye(body, count);
    default:
      return body.length < shortestBody(packetType) ? undefined : { kind: "other", packetType, count, body };
  }
}

/** APP has source and name, feedback two sources (RFC 4585 §6.1), all others that exist one. */
function shortestBody(packetType: number): number {
  return packetType >= RTCP_APPLICATION && packetType <= RTCP_PAYLOAD_FEEDBACK ? 8 : 4;
}

function parseSenderReport(body: Uint8Array, count: number): RtcpPacket | undefined {
  const reports = parseReports(body.subarray(24), count);
  if (body.length < 24 || reports === undefined) return undefined;
  return {
    kind: "sender-report",
    ssrc: readUint32(body, 0),
    ntp: { seconds: readUint32(body, 4), fraction: readUint32(body, 8) },
    rtpTimestamp: readUint32(body, 12),
    packetCount: readUint32(body, 16),
    octetCount: readUint32(body, 20),
    reports,
  };
}

function parseReports(body: Uint8Array, count: number): ReportBlock[] | undefined {
  if (body.length < count * REPORT_BLOCK) return undefined;
  const reports: ReportBlock[] = [];
  for (let at = 0; at < count * REPORT_BLOCK; at += REPORT_BLOCK) {
    reports.push({
      ssrc: readUint32(body, at),
      fractionLost: body[at + 4]!,
      cumulativeLost: (readUint32(body, at + 4) << 8) >> 8,
      highestSequence: readUint32(body, at + 8),
      jitter: readUint32(body, at + 12),
      lastSenderReport: readUint32(body, at + 16),
      delaySinceLastSenderReport: readUint32(body, at + 20),
    });
  }
  return reports;
}

function parseSourceDescription(body: Uint8Array, count: number): SourceDescription | undefined {
  const chunks: { ssrc: number; items: SourceDescriptionItem[] }[] = [];
  let at = 0;
  for (let chunk = 0; chunk < count; chunk++) {
    if (at + 4 > body.length) return undefined;
    const ssrc = readUint32(body, at), items: SourceDescriptionItem[] = [];
    at += 4;
    while (at < body.length && body[at] !== 0) {
      const end = at + 2 + (body[at + 1] ?? body.length);
      if (end > body.length) return undefined;
      items.push({ type: body[at]!, text: text.decode(body.subarray(at + 2, end)) });
      at = end;
    }
    // The list of items ends with at least one zero, up to the next boundary of 32 bits.
    if (at >= body.length) return undefined;
    at = (at + 4) & ~3;
    chunks.push({ ssrc, items });
  }
  return { kind: "source-description", chunks };
}

function parseBye(body: Uint8Array, count: number): Bye | undefined {
  const end = count * 4;
  if (body.length < end) return undefined;
  const ssrcs = Array.from({ length: count }, (_, i) => readUint32(body, i * 4));
  if (body.length === end) return { kind: "bye", ssrcs };
  const length = body[end]!;
  if (end + 1 + length > body.length) return undefined;
  return { kind: "bye", ssrcs, reason: text.decode(body.subarray(end + 1, end + 1 + length)) };
}
