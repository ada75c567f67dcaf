/** Why a packet was not sealed or opened: negative numbers, so that the hot path allocates no answer. */

/** Too short for header, tag and index. */
export const TOO_SHORT = -1;
/** No RTP or RTCP by its header. */
export const MALFORMED = -2;
/** Seen before, or older than the replay window (RFC 3711 §3.3.2). */
export const REPLAYED = -3;
/** The tag does not hold. */
export const UNAUTHENTIC = -4;
/** The cap on synchronization sources is reached. */
export const TOO_MANY_STREAMS = -5;
/** 2^48 RTP or 2^31 RTCP packets under one key (RFC 3711 §9.2): a new key is needed. */
export const KEY_EXHAUSTED = -6;
/** The buffer has no room for the tag. */
export const NO_ROOM = -7;
/** Sealing would use a packet index a second time, which gives the key stream away (RFC 3711 §9.1). */
export const INDEX_USED = -8;
/** RTCP without encryption, which was not agreed on (RFC 4568 §6.3.2). */
export const NOT_ENCRYPTED = -9;

const NAMES = [
  "",
  "too short",
  "malformed",
  "replayed",
  "unauthentic",
  "too many streams",
  "key exhausted",
  "no room",
  "index used",
  "not encrypted",
];

/** Words for a negative answer of seal or open. */
export function refusalName(code: number): string {
  return NAMES[-code] ?? "unknown";
}
