/**
 * HEP3, the Homer encapsulation protocol: one SIP message in one datagram for a capture server (HOMER, heplify,
 * Wireshark). "HEP3" and the length of all, then chunks, big-endian:
 * ```
 * vendor(2) = 0   type(2)   length(2), these six bytes included   value
 * ```
 * Written after the "HEP/EEP network protocol specification", revision 36.
 */

import { parseIp } from "../base/mod.ts";
import type { TracedMessage } from "./traced_message.ts";

export interface HepOptions {
  /** Which of several senders this is, as the capture server knows it. */
  readonly agent: number;
  /** Shared secret that some capture servers want; sent as it is. */
  readonly password?: string;
  /** What ties both legs of a call together, where it is known. */
  readonly correlation?: string;
}

const CHUNK = {
  family: 0x01,
  protocol: 0x02,
  sourceIpv4: 0x03,
  destinationIpv4: 0x04,
  sourceIpv6: 0x05,
  destinationIpv6: 0x06,
  sourcePort: 0x07,
  destinationPort: 0x08,
  seconds: 0x09,
  microseconds: 0x0a,
  payloadKind: 0x0b,
  agent: 0x0c,
  password: 0x0e,
  payload: 0x0f,
  correlation: 0x11,
} as const;

const AF_INET = 2;
const AF_INET6 = 10;
const UDP = 17;
const TCP = 6;
const SIP = 1;
const CHUNK_HEAD = 6;
const HEAD = 6;
/** What fits behind the headers of IPv4 and UDP. */
const MAX_BYTES = 65_507;
const ENCODER = new TextEncoder();

/** One datagram; undefined when the message is too long for one or its addresses are none. TLS is told as TCP. */
export function printHep(message: TracedMessage, options: HepOptions): Uint8Array<ArrayBuffer> | undefined {
  const { path, direction, at, bytes } = message;
  const [source, destination] = direction === "in" ? [path.remote, path.local] : [path.local, path.remote];
  const from = parseIp(source.host), to = parseIp(destination.host);
  if (!from || !to || from.length !== to.length) return undefined;
  const isIpv4 = from.length === 4;
  const chunks: (readonly [type: number, value: Uint8Array])[] = [
    [CHUNK.family, number(isIpv4 ? AF_INET : AF_INET6, 1)],
    [CHUNK.protocol, number(path.transport === "udp" ? UDP : TCP, 1)],
    [isIpv4 ? CHUNK.sourceIpv4 : CHUNK.sourceIpv6, from],
    [isIpv4 ? CHUNK.destinationIpv4 : CHUNK.destinationIpv6, to],
    [CHUNK.sourcePort, number(source.port, 2)],
    [CHUNK.destinationPort, number(destination.port, 2)],
    [CHUNK.seconds, number(Math.floor(at / 1000), 4)],
    [CHUNK.microseconds, number(Math.floor((at % 1000) * 1000), 4)],
    [CHUNK.payloadKind, number(SIP, 1)],
    [CHUNK.agent, number(options.agent, 4)],
  ];
  if (options.password !== undefined) chunks.push([CHUNK.password, ENCODER.encode(options.password)]);
  if (options.correlation !== undefined) {
    chunks.push([CHUNK.correlation, ENCODER.encode(options.correlation)]);
  }
  chunks.push([CHUNK.payload, bytes]);
  return join(chunks);
}

function join(
  chunks: readonly (readonly [type: number, value: Uint8Array])[],
): Uint8Array<ArrayBuffer> | undefined {
  const length = chunks.reduce((sum, [, value]) => sum + CHUNK_HEAD + value.length, HEAD);
  if (length > MAX_BYTES) return undefined;
  const bytes = new Uint8Array(length), view = new DataView(bytes.buffer);
  bytes.set(ENCODER.encode("HEP3"));
  view.setUint16(4, length);
  let at = HEAD;
  for (const [type, value] of chunks) {
    view.setUint16(at + 2, type);
    view.setUint16(at + 4, CHUNK_HEAD + value.length);
    bytes.set(value, at + CHUNK_HEAD);
    at += CHUNK_HEAD + value.length;
  }
  return bytes;
}

function number(value: number, bytes: 1 | 2 | 4): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes));
  if (bytes === 1) view.setUint8(0, value);
  else if (bytes === 2) view.setUint16(0, value);
  else view.setUint32(0, value);
  return new Uint8Array(view.buffer);
}
