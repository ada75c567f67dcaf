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

/**
 * Those of RTP alone: RTCP may never come.
 * @throws {RangeError} when `keyAndSalt` has not the suite's length.
 */
export function deriveRtpKeys(suite: SrtpSuite, keyAndSalt: Uint8Array): SessionKeys {
  return derive(suite, keyAndSalt, RTP_LABELS);
}

/** @throws {RangeError} as {@linkcode deriveRtpKeys}. */
export function deriveRtcpKeys(suite: SrtpSuite, keyAndSalt: Uint8Array): SessionKeys {
  return derive(suite, keyAndSalt, RTCP_LABELS);
}

function derive(
  suite: SrtpSuite,
  keyAndSalt: Uint8Array,
  labels: readonly [number, number, number],
): SessionKeys {
  if (keyAndSalt.length !== keyAndSaltLength(suite)) {
    throw new RangeError(
      `Cannot derive keys for "${suite.name}": ${keyAndSalt.length} bytes of key and salt, ` +
        `want ${keyAndSaltLength(suite)}`,
    );
  }
  const random = new PseudoRandom(suite, keyAndSalt);
  const keys: SessionKeys = {
    encryption: random.derive(labels[0], suite.keyLength),
    authentication: suite.mode === "gcm"
      ? new Uint8Array(0)
      : random.derive(labels[1], AUTHENTICATION_KEY_LENGTH),
    salt: random.derive(labels[2], suite.saltLength),
  };
  random.close();
  return keys;
}

/** PRF of RFC 3711 §4.3.3: AES in counter mode over the salt, into whose byte 7 the label goes. */
export class PseudoRandom {
  /** One for all labels: to make a cipher costs more than to use it. */
  readonly #cipher: ReturnType<typeof createCipheriv>;
  readonly #salt: Uint8Array;

  constructor(suite: SrtpSuite, keyAndSalt: Uint8Array) {
    this.#cipher = createCipheriv(suite.blockCipher, keyAndSalt.subarray(0, suite.keyLength), null);
    this.#cipher.setAutoPadding(false);
    this.#salt = keyAndSalt.subarray(suite.keyLength);
  }

  derive(label: number, length: number): Uint8Array {
    const blocks = Math.ceil(length / 16);
    const counters = new Uint8Array(blocks * 16);
    for (let block = 0; block < blocks; block++) {
      // A 96-bit salt of GCM is filled up on the right to 112 bits (RFC 7714 §11).
      counters.set(this.#salt, block * 16);
      counters[block * 16 + 7]! ^= label;
      counters[block * 16 + 15] = block;
    }
    return Uint8Array.from(this.#cipher.update(counters).subarray(0, length));
  }

  /** The runtime keeps what stands behind a cipher, with the key in it, until its `final`. */
  close(): void {
    this.#cipher.final();
  }
}
