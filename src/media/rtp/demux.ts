/** What a datagram on a media port is, told by its first two bytes (RFC 5761 §4, RFC 7983 §7). */
import { isRtcpType, RTP_VERSION } from "./packet.ts";

export type MediaPacketKind = "rtp" | "rtcp" | "stun" | "dtls" | "other";

/**
 * RTP against RTCP on one port is decided by the packet type 192–223. It looks at two bytes only: the parts that take
 * the packet further check the rest.
 */
export function classifyPacket(packet: Uint8Array, length: number): MediaPacketKind {
  if (length < 2) return "other";
  const first = packet[0]!;
  if (first >>> 6 === RTP_VERSION) return isRtcpType(packet[1]!) ? "rtcp" : "rtp";
  if (first <= 3) return "stun";
  if (first >= 20 && first <= 63) return "dtls";
  return "other";
}
