/** Writing a compound RTCP packet (RFC 3550 §6.1). */
import { RTP_VERSION, writeUint32 } from "./packet.ts";
import {
  type ReportBlock,
  RTCP_BYE,
  RTCP_RECEIVER_REPORT,
  RTCP_SENDER_REPORT,
  RTCP_SOURCE_DESCRIPTION,
  type RtcpPacket,
  type SourceDescription,
} from "./rtcp.ts";

const MAX_COUNT = 31;
const encoder = new TextEncoder();

/**
 * The bytes of `packets`, one behind the other. `room` bytes stay free behind them in the same buffer, for what SRTCP
 * appends.
 * @throws {RangeError} when a packet has more than 31 parts or an item is too long.
 */
export function printRtcp(
  packets: readonly RtcpPacket[],
  { room = 0 }: { readonly room?: number } = {},
): { readonly buffer: Uint8Array<ArrayBuffer>; readonly length: number } {
  const parts = packets.map(printOne);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const buffer = new Uint8Array(length + room);
  let at = 0;
  for (const part of parts) {
    buffer.set(part, at);
    at += part.length;
  }
  return { buffer, length };
}

function printOne(packet: RtcpPacket): Uint8Array {
  switch (packet.kind) {
    case "sender-report": {
      const { out, count } = withReports(RTCP_SENDER_REPORT, { fixed: 28, reports: packet.reports });
      writeWords(out, [
        packet.ssrc,
        packet.ntp.seconds,
        packet.ntp.fraction,
        packet.rtpTimestamp,
        packet.packetCount,
        packet.octetCount,
      ]);
      return seal(out, count);
    }
    case "receiver-report": {
      const { out, count } = withReports(RTCP_RECEIVER_REPORT, { fixed: 8, reports: packet.reports });
      writeWords(out, [packet.ssrc]);
      return seal(out, count);
    }
    case "source-description":
      return printSourceDescription(packet);
    case "bye": {
      const reason = packet.reason === undefined ? undefined : limited(packet.reason);
      const end = 4 + packet.ssrcs.length * 4;
      const out = new Uint8Array(end + (reason === undefined ? 0 : (1 + reason.length + 3) & ~3));
      out[1] = RTCP_BYE;
      writeWords(out, packet.ssrcs);
      if (reason !== undefined) {
        out[end] = reason.length;
        out.set(reason, end + 1);
      }
      return seal(out, packet.ssrcs.length);
    }
    case "other": {
      const out = new Uint8Array(4 + ((packet.body.length + 3) & ~3));
      out[1] = packet.packetType;
      out.set(packet.body, 4);
      return seal(out, packet.count);
    }
    default:
      return packet satisfies never;
  }
}

function withReports(type: number, parts: { fixed: number; reports: readonly ReportBlock[] }) {
  const out = new Uint8Array(parts.fixed + parts.reports.length * 24);
  out[1] = type;
  let at = parts.fixed;
  for (const report of parts.reports) {
    writeUint32(out, { at, value: report.ssrc });
    // Kept within 24 signed bits (RFC 3550 A.3).
    const lost = Math.max(-0x800000, Math.min(0x7fffff, report.cumulativeLost));
    writeUint32(out, { at: at + 4, value: (report.fractionLost << 24) | (lost & 0xffffff) });
    writeUint32(out, { at: at + 8, value: report.highestSequence });
    writeUint32(out, { at: at + 12, value: report.jitter });
    writeUint32(out, { at: at + 16, value: report.lastSenderReport });
    writeUint32(out, { at: at + 20, value: report.delaySinceLastSenderReport });
    at += 24;
  }
  return { out, count: parts.reports.length };
}

function printSourceDescription({ chunks }: SourceDescription): Uint8Array {
  const bytes: number[] = [0, RTCP_SOURCE_DESCRIPTION, 0, 0];
  for (const { ssrc, items } of chunks) {
    bytes.push(ssrc >>> 24, ssrc >>> 16 & 255, ssrc >>> 8 & 255, ssrc & 255);
    for (const item of items) {
      const value = limited(item.text);
      bytes.push(item.type, value.length, ...value);
    }
    do bytes.push(0); while (bytes.length % 4 !== 0);
  }
  return seal(Uint8Array.from(bytes), chunks.length);
}

function limited(value: string): Uint8Array {
  const bytes = encoder.encode(value);
  if (bytes.length > 255) {
    throw new RangeError(`Cannot print RTCP text: ${bytes.length} bytes, want at most 255`);
  }
  return bytes;
}

function writeWords(out: Uint8Array, values: readonly number[]): void {
  values.forEach((value, i) => writeUint32(out, { at: 4 + i * 4, value }));
}

/** Version, count and length, once the packet's size is known. */
function seal(out: Uint8Array, count: number): Uint8Array {
  if (count > MAX_COUNT) {
    throw new RangeError(`Cannot print RTCP packet: ${count} parts, want at most ${MAX_COUNT}`);
  }
  out[0] = (RTP_VERSION << 6) | count;
  const words = out.length / 4 - 1;
  out[2] = words >>> 8;
  out[3] = words;
  return out;
}
