/** Session keys from the master key (RFC 3711 §4.3, RFC 6188 §3, RFC 7714 §11); key derivation rate 0. */
import { createCipheriv } from "node:crypto";
import { keyAndSaltLength, type SrtpSuite } from "./suites.ts";

/** Key material of one direction of one stream kind (RTP or RTCP). */
export interface SessionKeys {
  readonly encryption: Uint8Array;
  /** 20 bytes for HMAC-SHA1; empty for GCM. */
  readonly authentication: Uint8Array;
  readonly salt: Uint8Array;
}

const AUTHENTICATION_KEY_LENGTH = 20;
/** Labels of RFC 3711 §4.3.2: encryption, authentication, salt. */
const RTP_LABELS = [0, 1, 2] as const;
const RTCP_LABELS = [3, 4, 5] as const;

/** @throws {RangeError} when `keyAndSalt` has not the suite's length. */
export function deriveSessionKeys(
  suite: SrtpSuite,
  keyAndSalt: Uint8Array,
): { rtp: SessionKeys; rtcp: SessionKeys } {
  if (keyAndSalt.length !== keyAndSaltLength(suite)) {
    throw new RangeError(
      `Cannot derive keys for "${suite.name}": ${keyAndSalt.length} bytes of key and salt, ` +
        `want ${keyAndSaltLength(suite)}`,
    );
  }
  const derive = (labels: readonly [number, number, number]): SessionKeys => ({
    encryption: pseudoRandom(suite, { keyAndSalt, label: labels[0], length: suite.keyLength }),
    authentication: suite.mode === "gcm"
      ? new Uint8Array(0)
      : pseudoRandom(suite, { keyAndSalt, label: labels[1], length: AUTHENTICATION_KEY_LENGTH }),
    salt: pseudoRandom(suite, { keyAndSalt, label: labels[2], length: suite.saltLength }),
  });
  return { rtp: derive(RTP_LABELS), rtcp: derive(RTCP_LABELS) };
}

/** PRF of RFC 3711 §4.3.3: AES in counter mode over the salt, into whose byte 7 the label goes. */
export function pseudoRandom(
  suite: SrtpSuite,
  { keyAndSalt, label, length }: { keyAndSalt: Uint8Array; label: number; length: number },
): Uint8Array {
  const blocks = Math.ceil(length / 16);
  const counters = new Uint8Array(blocks * 16);
  for (let block = 0; block < blocks; block++) {
    // A 96-bit salt of GCM is filled up on the right to 112 bits (RFC 7714 §11).
    counters.set(keyAndSalt.subarray(suite.keyLength), block * 16);
    counters[block * 16 + 7]! ^= label;
    counters[block * 16 + 15] = block;
  }
  const cipher = createCipheriv(suite.blockCipher, keyAndSalt.subarray(0, suite.keyLength), null);
  cipher.setAutoPadding(false);
  return Uint8Array.from(cipher.update(counters).subarray(0, length));
}
