/** DER, the little of it that certificates need (ITU-T X.690): elements written, elements read; pure. */

export const DER = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

type Bytes = Uint8Array<ArrayBuffer>;

/** One element: tag, length, and `contents` one after another. */
export function element(tag: number, ...contents: Uint8Array[]): Bytes {
  const length = contents.reduce((sum, part) => sum + part.length, 0);
  const head = length < 128 ? [tag, length] : [tag, 0, ...bigEndian(length)];
  if (length >= 128) head[1] = 0x80 | (head.length - 2);
  const bytes = new Uint8Array(head.length + length);
  bytes.set(head);
  let at = head.length;
  for (const part of contents) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export function sequence(...contents: Uint8Array[]): Bytes {
  return element(DER.sequence, ...contents);
}

/** A non-negative integer from its big-endian bytes. */
export function integer(magnitude: Uint8Array): Bytes {
  let start = 0;
  while (start < magnitude.length - 1 && magnitude[start] === 0) start++;
  const bytes = magnitude.subarray(start);
  // A first bit of one would read as a sign.
  return bytes[0]! >= 128 ? element(DER.integer, Uint8Array.of(0), bytes) : element(DER.integer, bytes);
}

/** `2.5.29.17` and the like. */
export function objectIdentifier(dotted: string): Bytes {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const septets = [arc & 127];
    for (let left = arc >>> 7; left > 0; left >>>= 7) septets.unshift((left & 127) | 128);
    bytes.push(...septets);
  }
  return element(DER.objectIdentifier, Uint8Array.from(bytes));
}

export function bitString(bytes: Uint8Array, unusedBits = 0): Bytes {
  return element(DER.bitString, Uint8Array.of(unusedBits), bytes);
}

export function utf8String(text: string): Bytes {
  return element(DER.utf8String, new TextEncoder().encode(text));
}

/** UTCTime until 2049, GeneralizedTime from then on (RFC 5280 §4.1.2.5); whole seconds. */
export function time(ms: number): Bytes {
  const digits = new Date(ms).toISOString().replace(/\.[0-9]+Z$/, "Z").replace(/[-:T]/g, "");
  const ascii = new TextEncoder();
  return new Date(ms).getUTCFullYear() < 2050
    ? element(DER.utcTime, ascii.encode(digits.slice(2)))
    : element(DER.generalizedTime, ascii.encode(digits));
}

function bigEndian(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value; left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256);
  return bytes;
}

export interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
  /** The element with its head. */
  readonly whole: Uint8Array;
}

/** The elements that stand one after another in `bytes`; undefined when they do not fill it exactly. */
export function readElements(bytes: Uint8Array): Element[] | undefined {
  const elements: Element[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at]!, short = bytes[at + 1];
    // High tag numbers and lengths of 16 MiB and more stand in no certificate.
    if (short === undefined || (tag & 31) === 31 || short > 0x83 || short === 0x80) return undefined;
    let length = short, start = at + 2;
    if (short > 128) {
      length = 0;
      for (let i = 0; i < short - 128; i++) length = length * 256 + (bytes[start++] ?? Infinity);
    }
    if (start + length > bytes.length) return undefined;
    const end = start + length;
    elements.push({ tag, content: bytes.subarray(start, end), whole: bytes.subarray(at, end) });
    at = end;
  }
  return elements;
}
