/** Keys and packets for the tests and benches of this folder. */
import { hex, seededRandom } from "../../base/mod.ts";
import type { SrtpKey, SrtpSuiteName } from "../plane.ts";
import { RTP_FIXED_HEADER, writeRtpHeader } from "../rtp/mod.ts";
import { keyAndSaltLength, suiteOf } from "./suites.ts";

/** A key that depends on the seed only. */
export function fakeKey(suite: SrtpSuiteName, seed = 1): SrtpKey {
  return { suite, keyAndSalt: seededRandom(seed).bytes(keyAndSaltLength(suiteOf(suite))) };
}

export interface FakePacket {
  readonly sequenceNumber: number;
  readonly ssrc?: number;
  /** Bytes of payload, default 20. */
  readonly payload?: number;
  /** With two CSRC entries and an extension of one word. */
  readonly longHeader?: boolean;
}

/** Room behind every packet for tag, index and identifier. */
export const ROOM = 64;

/** An RTP packet whose payload depends on its number, in a buffer with {@linkcode ROOM} behind it. */
export function fakePacket(shape: FakePacket): { buffer: Uint8Array<ArrayBuffer>; length: number } {
  const { sequenceNumber, ssrc = 0x11223344, payload = 20 } = shape;
  const header = RTP_FIXED_HEADER + (shape.longHeader ? 8 + 4 + 4 : 0);
  const buffer = new Uint8Array(header + payload + ROOM);
  writeRtpHeader(buffer, {
    marker: false,
    payloadType: 0,
    sequenceNumber: sequenceNumber & 0xffff,
    timestamp: sequenceNumber * 160,
    ssrc,
  });
  if (shape.longHeader) {
    buffer[0]! |= 0x12;
    buffer.set([0, 0, 0, 1, 0, 0, 0, 2, 0xbe, 0xde, 0, 1, 0x10, 7, 0, 0], RTP_FIXED_HEADER);
  }
  for (let i = 0; i < payload; i++) buffer[header + i] = i * 31 + sequenceNumber * 7;
  return { buffer, length: header + payload };
}

/** A receiver report of one source in a buffer with {@linkcode ROOM} behind it. */
export function fakeReport(ssrc: number, mark = 0): { buffer: Uint8Array<ArrayBuffer>; length: number } {
  const buffer = new Uint8Array(32 + ROOM);
  buffer.set([0x81, 201, 0, 7, ssrc >>> 24, ssrc >>> 16, ssrc >>> 8, ssrc]);
  buffer.fill(mark & 0xff, 8, 32);
  return { buffer, length: 32 };
}

/** The first `length` bytes in hexadecimal. */
export function textOf(buffer: Uint8Array, length: number): string {
  return hex(buffer.subarray(0, length));
}
