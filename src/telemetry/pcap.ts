/**
 * Traced messages as a pcap file (draft-ietf-opsawg-pcap): raw IPv4 and IPv6 packets with UDP or made-up TCP around
 * them, so that Wireshark, tshark and sngrep show the call. What went over TLS appears as plain TCP, decrypted.
 *
 *   file header 24 · { record header 16 · IP 20|40 · UDP 8 | TCP 20 · message }*
 */

import { parseIp } from "../base/mod.ts";
import { latin1, type TracedMessage, type TracedPath } from "./traced_message.ts";

/** Media type of the file. */
export const PCAP_CONTENT_TYPE = "application/vnd.tcpdump.pcap";

/** Packets begin with an IP header, v4 or v6 (LINKTYPE_RAW). */
const LINKTYPE_RAW = 101;
const SNAP_LENGTH = 262_144;
const TCP = 6, UDP = 17;
/** TCP payload of one packet: a message may be longer than an IP packet. */
const SEGMENT_BYTES = 16_000;
/** UDP payload that fits an IPv4 packet; longer ones are cut and say so by their lengths. */
const MAX_DATAGRAM = 65_507;
/** Decrypted TLS on its own port would be read as broken TLS. */
const TLS_PORT = 5061, CLEAR_PORT = 5060;

interface End {
  readonly bytes: Uint8Array;
  readonly port: number;
}

/** Sequence numbers of one direction of a made-up TCP connection. */
type Sequences = Map<string, number>;

/** The whole file. Messages whose addresses are no literal IP addresses are left out. */
export function writePcap(messages: readonly TracedMessage[]): Uint8Array<ArrayBuffer> {
  const sequences: Sequences = new Map();
  const packets: { at: number; bytes: Uint8Array }[] = [];
  for (const message of messages) {
    const readable = { ...message, bytes: keepReadable(message.bytes) };
    for (const bytes of packetsOf(readable, sequences)) packets.push({ at: message.at, bytes });
  }
  const file = new Uint8Array(packets.reduce((sum, { bytes }) => sum + 16 + bytes.length, 24));
  const view = new DataView(file.buffer);
  view.setUint32(0, 0xa1b2c3d4);
  view.setUint16(4, 2);
  view.setUint16(6, 4);
  view.setUint32(16, SNAP_LENGTH);
  view.setUint32(20, LINKTYPE_RAW);
  let offset = 24;
  for (const { at, bytes } of packets) {
    const microseconds = Math.round(at * 1000);
    view.setUint32(offset, Math.floor(microseconds / 1_000_000));
    view.setUint32(offset + 4, microseconds % 1_000_000);
    view.setUint32(offset + 8, bytes.length);
    view.setUint32(offset + 12, bytes.length);
    file.set(bytes, offset + 16);
    offset += 16 + bytes.length;
  }
  return file;
}

/** Stars are no base64: Wireshark gives up on an SDP whose key they mask. Zeros of the same length it reads. */
function keepReadable(bytes: Uint8Array): Uint8Array {
  const text = latin1(bytes);
  if (!text.includes("inline:*")) return bytes;
  const readable = bytes.slice();
  for (const { index, 0: { length } } of text.matchAll(/(?<=\binline:)\*+/g)) {
    readable.fill(ZEROS, index, index + length);
  }
  return readable;
}

const ZEROS = "A".charCodeAt(0);

function packetsOf(message: TracedMessage, sequences: Sequences): Uint8Array[] {
  const ends = endsOf(message.path);
  if (!ends) return [];
  const [from, to] = message.direction === "out" ? ends : [ends[1], ends[0]];
  if (message.path.transport === "udp") {
    return [
      inIp(from, to, { protocol: UDP, segment: udp(from, to, message.bytes.subarray(0, MAX_DATAGRAM)) }),
    ];
  }
  const there = `${from.bytes} ${from.port} ${to.bytes} ${to.port}`;
  const back = `${to.bytes} ${to.port} ${from.bytes} ${from.port}`;
  const packets: Uint8Array[] = [];
  for (let at = 0; at < message.bytes.length; at += SEGMENT_BYTES) {
    const payload = message.bytes.subarray(at, at + SEGMENT_BYTES);
    const sequence = sequences.get(there) ?? 1;
    const isLast = at + SEGMENT_BYTES >= message.bytes.length;
    const segment = tcp(from, to, { payload, sequence, acknowledged: sequences.get(back) ?? 1, isLast });
    packets.push(inIp(from, to, { protocol: TCP, segment }));
    sequences.set(there, (sequence + payload.length) >>> 0);
  }
  return packets;
}

/** Local and remote end, of one family; undefined when one is no address. */
function endsOf({ local, remote, transport }: TracedPath): readonly [local: End, remote: End] | undefined {
  const near = parseIp(local.host), far = parseIp(remote.host);
  if (!near || !far) return undefined;
  const size = Math.max(near.length, far.length);
  const port = (value: number) => transport === "tls" && value === TLS_PORT ? CLEAR_PORT : value;
  return [
    { bytes: widen(near, size), port: port(local.port) },
    { bytes: widen(far, size), port: port(remote.port) },
  ];
}

/** An IPv4 address as ::ffff:a.b.c.d where the other end is IPv6. */
function widen(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length === size) return bytes;
  const wide = new Uint8Array(16);
  wide.fill(255, 10, 12);
  wide.set(bytes, 12);
  return wide;
}

/** IPv4 (RFC 791 §3.1) or IPv6 (RFC 8200 §3) around a segment whose checksum is put in place (RFC 768, RFC 9293 §3.1). */
function inIp(
  from: End,
  to: End,
  content: { readonly protocol: number; readonly segment: Uint8Array },
): Uint8Array {
  const { protocol, segment } = content;
  const isV4 = from.bytes.length === 4;
  const headerBytes = isV4 ? 20 : 40;
  const packet = new Uint8Array(headerBytes + segment.length);
  const view = new DataView(packet.buffer);
  if (isV4) {
    view.setUint8(0, 0x45);
    view.setUint16(2, packet.length);
    view.setUint16(6, 0x4000);
    view.setUint8(8, 64);
    view.setUint8(9, protocol);
    packet.set(from.bytes, 12);
    packet.set(to.bytes, 16);
    view.setUint16(10, checksum(packet.subarray(0, 20), 0));
  } else {
    view.setUint32(0, 0x60000000);
    view.setUint16(4, segment.length);
    view.setUint8(6, protocol);
    view.setUint8(7, 64);
    packet.set(from.bytes, 8);
    packet.set(to.bytes, 24);
  }
  packet.set(segment, headerBytes);
  const pseudo = sum16(from.bytes, sum16(to.bytes, protocol + segment.length));
  const place = headerBytes + (protocol === UDP ? 6 : 16);
  // For UDP zero means "no checksum", so a sum of zero is written as all ones.
  view.setUint16(place, checksum(segment, pseudo) || (protocol === UDP ? 0xffff : 0));
  return packet;
}

function udp(from: End, to: End, payload: Uint8Array): Uint8Array {
  const segment = new Uint8Array(8 + payload.length);
  const view = new DataView(segment.buffer);
  view.setUint16(0, from.port);
  view.setUint16(2, to.port);
  view.setUint16(4, segment.length);
  segment.set(payload, 8);
  return segment;
}

function tcp(
  from: End,
  to: End,
  content: {
    readonly payload: Uint8Array;
    readonly sequence: number;
    readonly acknowledged: number;
    readonly isLast: boolean;
  },
): Uint8Array {
  const segment = new Uint8Array(20 + content.payload.length);
  const view = new DataView(segment.buffer);
  view.setUint16(0, from.port);
  view.setUint16(2, to.port);
  view.setUint32(4, content.sequence);
  view.setUint32(8, content.acknowledged);
  view.setUint8(12, 5 << 4);
  // ACK always, PSH where the message ends.
  view.setUint8(13, content.isLast ? 0x18 : 0x10);
  view.setUint16(14, 0xffff);
  segment.set(content.payload, 20);
  return segment;
}

/** Internet checksum (RFC 1071) over bytes whose own checksum field is zero. */
function checksum(bytes: Uint8Array, start: number): number {
  let sum = sum16(bytes, start);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 65536);
  return ~sum & 0xffff;
}

function sum16(bytes: Uint8Array, start: number): number {
  let sum = start;
  for (let index = 0; index < bytes.length; index += 2) sum += (bytes[index]! << 8) + (bytes[index + 1] ?? 0);
  return sum;
}
