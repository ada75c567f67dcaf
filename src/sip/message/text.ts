/**
 * Header bytes as text and back without losing one (RFC 3261 §25.1: UTF-8).
 * Well-formed UTF-8 becomes its characters. A byte that belongs to no character becomes the lone surrogate U+DC00 + byte
 * (the "surrogateescape" of PEP 383) and is printed as that byte again, also when the text was copied to another message.
 */

import { allocate } from "./slab.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();
const STRAY = 0xdc00;

/** Text of `bytes[start, end)`; never throws, `encodeText` gives back the same bytes. */
export function decodeText(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  const text = decoder.decode(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end));
  return text.includes("\ufffd") ? decodeStray(bytes, start, end) : text;
}

/** Bytes of `text`. */
export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  return text.isWellFormed() ? encoder.encode(text) : encodeStray(text);
}

/** `head` followed by `body` in one array, a new one unless it all fits into `room`. */
export function encodeWithBody(
  head: string,
  body: Uint8Array,
  room?: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const length = head.length + body.length;
  const bytes = room && length <= room.length ? room.subarray(0, length) : allocate(length);
  const { read, written } = encoder.encodeInto(head, bytes);
  // One byte per character: all of it was ASCII, and the room is exactly right.
  if (read === head.length && written === head.length) {
    bytes.set(body, head.length);
    return bytes;
  }
  const headBytes = encodeText(head);
  const whole = new Uint8Array(headBytes.length + body.length);
  whole.set(headBytes);
  whole.set(body, headBytes.length);
  return whole;
}

/** Length of the well-formed UTF-8 sequence at `at`, or 0 (RFC 3629 §4). */
function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (at + length > end) return 0;
  const second = bytes[at + 1]!;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = 2; i < length; i++) {
    if ((bytes[at + i]! & 0xc0) !== 0x80) return 0;
  }
  return length;
}

function decodeStray(bytes: Uint8Array, start: number, end: number): string {
  const parts: string[] = [];
  let from = start;
  let at = start;
  while (at < end) {
    const length = sequenceLength(bytes, at, end);
    if (length > 0) {
      at += length;
      continue;
    }
    if (at > from) parts.push(decoder.decode(bytes.subarray(from, at)));
    parts.push(String.fromCharCode(STRAY + bytes[at]!));
    from = ++at;
  }
  if (end > from) parts.push(decoder.decode(bytes.subarray(from, end)));
  return parts.join("");
}

function encodeStray(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    if (unit < STRAY && isLowSurrogate(text.charCodeAt(at + 1))) {
      at++;
      continue;
    }
    length += encoder.encodeInto(text.slice(from, at), bytes.subarray(length)).written;
    // A lone surrogate that stands for no byte cannot come from the network; it is printed as U+FFFD.
    if (unit >= STRAY + 0x80 && unit <= STRAY + 0xff) bytes[length++] = unit - STRAY;
    else length += encoder.encodeInto("\ufffd", bytes.subarray(length)).written;
    from = at + 1;
  }
  length += encoder.encodeInto(text.slice(from), bytes.subarray(length)).written;
  return bytes.slice(0, length);
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
