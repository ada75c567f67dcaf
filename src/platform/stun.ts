/** Asks a STUN server which address the world sees (RFC 8489 §6, §14.2): one binding request over UDP, tried three times. */

import type { Random } from "../base/mod.ts";

const MAGIC_COOKIE = 0x2112a442;
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const XOR_MAPPED_ADDRESS = 0x0020;
const HEADER_BYTES = 20;
const DEFAULT_PORT = 3478;
/** First wait; doubled for each of the three tries (§6.2.1). */
const FIRST_WAIT_MS = 500;

/** A binding request: header alone, `transaction` of 12 bytes. */
export function printBindingRequest(transaction: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, BINDING_REQUEST);
  view.setUint32(4, MAGIC_COOKIE);
  bytes.set(transaction, 8);
  return bytes;
}

/** The IPv4 address in the answer to `transaction`; undefined for anything else. */
export function readBindingAnswer(bytes: Uint8Array, transaction: Uint8Array): string | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const isOurs = transaction.every((byte, index) => bytes[8 + index] === byte);
  if (view.getUint16(0) !== BINDING_SUCCESS || view.getUint32(4) !== MAGIC_COOKIE || !isOurs) {
    return undefined;
  }
  const end = Math.min(bytes.length, HEADER_BYTES + view.getUint16(2));
  for (let at = HEADER_BYTES; at + 4 <= end;) {
    const length = view.getUint16(at + 2);
    if (view.getUint16(at) === XOR_MAPPED_ADDRESS && length === 8 && at + 12 <= end && bytes[at + 5] === 1) {
      const address = (view.getUint32(at + 8) ^ MAGIC_COOKIE) >>> 0;
      return [address >>> 24, address >>> 16 & 255, address >>> 8 & 255, address & 255].join(".");
    }
    // Attributes are padded to four bytes (§14).
    at += 4 + (length + 3 & ~3);
  }
  return undefined;
}

/** The outside IPv4 address as `server` (`host` or `host:port`) sees it; undefined when nobody answers. */
export async function askStun(server: string, random: Random): Promise<string | undefined> {
  const [hostname = "", port] = server.split(":", 2);
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 0 });
  const transaction = random.bytes(12);
  const timers: ReturnType<typeof setTimeout>[] = [];
  try {
    const request = printBindingRequest(transaction);
    const to = {
      transport: "udp" as const,
      hostname,
      port: port === undefined ? DEFAULT_PORT : Number(port),
    };
    for (const waitMs of [0, FIRST_WAIT_MS, 3 * FIRST_WAIT_MS]) {
      timers.push(setTimeout(() => socket.send(request, to).catch(() => 0), waitMs));
    }
    timers.push(setTimeout(() => socket.close(), 7 * FIRST_WAIT_MS));
    for await (const [bytes] of socket) {
      const address = readBindingAnswer(bytes, transaction);
      if (address !== undefined) return address;
    }
    return undefined;
  } catch {
    return undefined;
  } finally {
    for (const timer of timers) clearTimeout(timer);
    try {
      socket.close();
    } catch {
      // Closed by its own timer already.
    }
  }
}
