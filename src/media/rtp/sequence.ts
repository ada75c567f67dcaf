/** Arithmetic on sequence numbers (16 bits) and timestamps (32 bits), which wrap (RFC 3550 §5.1, RFC 1982). */

/** Signed distance from `from` to `to`, -32768 to 32767: positive when `to` is the later packet. */
export function sequenceDelta(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}

/** Signed distance in timestamp units, -2^31 to 2^31-1. */
export function timestampDelta(from: number, to: number): number {
  return (to - from) | 0;
}

export function addSequence(sequenceNumber: number, count: number): number {
  return (sequenceNumber + count) & 0xffff;
}

export function addTimestamp(timestamp: number, units: number): number {
  return (timestamp + units) >>> 0;
}
