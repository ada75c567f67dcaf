/**
 * One RTP packet, read and written in place (RFC 3550 §5.1, §5.3.1). Every function takes the buffer in which the
 * packet begins at byte 0; the fixed header is
 *
 *      0                   1                   2                   3
 *     |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *     |                           timestamp                           |
 *     |           synchronization source (SSRC) identifier            |
 *     |  CSRC list (CC × 4 bytes)  |  X: profile, length, words …     |
 *
 * Call {@linkcode rtpHeaderLength} first: the readers of fields do not check anything.
 */

export const RTP_VERSION = 2;
export const RTP_FIXED_HEADER = 12;

/** Length of the whole header (fixed part, CSRC list, extension) or -1: too short, other version, overrun. */
export function rtpHeaderLength(packet: Uint8Array, length: number): number {
  if (length < RTP_FIXED_HEADER) return -1;
  const first = packet[0]!;
  if (first >>> 6 !== RTP_VERSION) return -1;
  let end = RTP_FIXED_HEADER + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (length < end + 4) return -1;
    end += 4 + ((packet[end + 2]! << 8) | packet[end + 3]!) * 4;
  }
  return end <= length ? end : -1;
}

/**
 * Where the payload ends: `length` less the padding. -1 when the padding count is zero or reaches into the header.
 * The padding of an encrypted packet is encrypted with it: ask only of plain packets.
 */
export function rtpPayloadEnd(packet: Uint8Array, length: number): number {
  const header = rtpHeaderLength(packet, length);
  if (header < 0) return -1;
  if ((packet[0]! & 0x20) === 0) return length;
  const padding = header < length ? packet[length - 1]! : 0;
  return padding > 0 && header + padding <= length ? length - padding : -1;
}

/** True for a plain packet that may be relayed as RTP: header and padding hold, and it is not RTCP (RFC 5761 §4). */
export function isValidRtp(packet: Uint8Array, length: number): boolean {
  return rtpPayloadEnd(packet, length) >= 0 && !isRtcpType(packet[1]!);
}

/** Second byte of an RTCP packet where RTP and RTCP share a port: 192–223 (RFC 5761 §4). */
export function isRtcpType(secondByte: number): boolean {
  return secondByte >= 192 && secondByte <= 223;
}

export function hasPadding(packet: Uint8Array): boolean {
  return (packet[0]! & 0x20) !== 0;
}

export function hasExtension(packet: Uint8Array): boolean {
  return (packet[0]! & 0x10) !== 0;
}

export function csrcCount(packet: Uint8Array): number {
  return packet[0]! & 0x0f;
}

export function marker(packet: Uint8Array): boolean {
  return (packet[1]! & 0x80) !== 0;
}

export function payloadType(packet: Uint8Array): number {
  return packet[1]! & 0x7f;
}

export function sequenceNumber(packet: Uint8Array): number {
  return (packet[2]! << 8) | packet[3]!;
}

export function timestamp(packet: Uint8Array): number {
  return readUint32(packet, 4);
}

export function ssrc(packet: Uint8Array): number {
  return readUint32(packet, 8);
}

export function setMarker(packet: Uint8Array, on: boolean): void {
  packet[1] = on ? packet[1]! | 0x80 : packet[1]! & 0x7f;
}

export function setPayloadType(packet: Uint8Array, type: number): void {
  packet[1] = (packet[1]! & 0x80) | (type & 0x7f);
}

export function setSequenceNumber(packet: Uint8Array, value: number): void {
  packet[2] = value >>> 8;
  packet[3] = value;
}

export function setTimestamp(packet: Uint8Array, value: number): void {
  packet[4] = value >>> 24;
  packet[5] = value >>> 16;
  packet[6] = value >>> 8;
  packet[7] = value;
}

export function setSsrc(packet: Uint8Array, value: number): void {
  packet[8] = value >>> 24;
  packet[9] = value >>> 16;
  packet[10] = value >>> 8;
  packet[11] = value;
}

/** All that a fixed header without CSRC and extension says. */
export interface RtpHeader {
  readonly marker: boolean;
  readonly payloadType: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly ssrc: number;
}

/** Writes the 12 bytes of a header without CSRC and extension; returns 12. */
export function writeRtpHeader(packet: Uint8Array, header: RtpHeader): number {
  packet[0] = RTP_VERSION << 6;
  packet[1] = (header.marker ? 0x80 : 0) | (header.payloadType & 0x7f);
  setSequenceNumber(packet, header.sequenceNumber);
  setTimestamp(packet, header.timestamp);
  setSsrc(packet, header.ssrc);
  return RTP_FIXED_HEADER;
}

/** Big-endian unsigned 32-bit number at byte `at`. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** Writes `value` (taken modulo 2^32) big-endian at byte `at`. */
export function writeUint32(bytes: Uint8Array, { at, value }: { at: number; value: number }): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
