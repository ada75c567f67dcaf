/** Which 48-bit packet index a 16-bit sequence number stands for (RFC 3711 §3.3.1, Appendix A). Changes nothing. */

/** Highest index of SRTCP (RFC 3711 §3.4). */
export const MAX_RTCP_INDEX = 2 ** 31 - 1;
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

/**
 * A stream whose first packets were lost or came before we listened may have wrapped unseen: of a new source, a
 * sequence number below this is also tried with rollover counter 1. Ten seconds of 20 ms packets.
 */
const EARLY_WRAP = 512;

/**
 * The indices, likeliest first, that the first packet of a source under a key may have; one of them must verify.
 * Rollover counter 0; the one `before` says, the highest index of the source under the key before, for after a change
 * of key most SDES peers begin at 0 again but RFC 3711 §3.3.1 goes on counting; and 1 after a wrap that was not seen.
 */
export function firstIndices(sequenceNumber: number, before: number): number[] {
  const indices = [sequenceNumber];
  const hinted = before < 0 ? sequenceNumber : guessIndex(before, sequenceNumber);
  if (hinted !== sequenceNumber && hinted <= MAX_INDEX) indices.push(hinted);
  const wrapped = sequenceNumber + 0x10000;
  if (sequenceNumber < EARLY_WRAP && hinted !== wrapped) indices.push(wrapped);
  return indices;
}

/** Rollover counter of an index, unsigned 32 bits. */
export function rolloverCounter(index: number): number {
  return Math.floor(index / 0x10000);
}
