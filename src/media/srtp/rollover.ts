/** Which 48-bit packet index a 16-bit sequence number stands for (RFC 3711 §3.3.1, Appendix A). Changes nothing. */

/** Indices run from 0 to this; none may be used under the same key after it. */
export const MAX_INDEX = 2 ** 48 - 1;
/**
 * The index nearest to `highest`, the highest one authenticated so far. Of a stream without any the rollover counter
 * is 0; so it is where the nearest index would be negative. May exceed {@linkcode MAX_INDEX}: the key is used up.
 */
export function guessIndex(highest: number, sequenceNumber: number): number {
  if (highest < 0) return sequenceNumber;
  const known = highest & 0xffff;
  let distance = sequenceNumber - known;
  if (known < 0x8000) {
    if (distance > 0x8000) distance -= 0x10000;
  } else if (distance < -0x8000) {
    distance += 0x10000;
  }
  const guess = highest + distance;
  return guess >= 0 ? guess : guess + 0x10000;
}

/** Rollover counter of an index, unsigned 32 bits. */
export function rolloverCounter(index: number): number {
  return Math.floor(index / 0x10000);
}
