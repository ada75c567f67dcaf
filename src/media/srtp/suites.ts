/** The crypto suites as rows of one table (RFC 4568 §6.2, RFC 6188 §4, RFC 7714 §12). */
import type { SrtpSuiteName } from "../plane.ts";

export interface SrtpSuite {
  readonly name: SrtpSuiteName;
  /** `cm`: AES counter mode with HMAC-SHA1; `gcm`: AES-GCM. */
  readonly mode: "cm" | "gcm";
  /** Bytes of the master key and of the session key. */
  readonly keyLength: 16 | 24 | 32;
  /** Bytes of the master salt and of the session salt. */
  readonly saltLength: 12 | 14;
  /** Bytes of the authentication tag of RTP. */
  readonly tagLength: number;
  /** The same for RTCP: 80 bits even where RTP carries 32 (RFC 4568 §6.2.2). */
  readonly rtcpTagLength: number;
  /** The block cipher as `node:crypto` names it. */
  readonly blockCipher: "aes-128-ecb" | "aes-192-ecb" | "aes-256-ecb";
}

function row(
  name: SrtpSuiteName,
  shape: Pick<SrtpSuite, "mode" | "keyLength" | "saltLength" | "tagLength" | "rtcpTagLength">,
): SrtpSuite {
  return { name, ...shape, blockCipher: `aes-${(shape.keyLength * 8) as 128 | 192 | 256}-ecb` };
}

const CM80 = { mode: "cm", saltLength: 14, tagLength: 10, rtcpTagLength: 10 } as const;
const CM32 = { mode: "cm", saltLength: 14, tagLength: 4, rtcpTagLength: 10 } as const;
const GCM = { mode: "gcm", saltLength: 12, tagLength: 16, rtcpTagLength: 16 } as const;

export const SRTP_SUITES: readonly SrtpSuite[] = [
  row("AES_CM_128_HMAC_SHA1_80", { ...CM80, keyLength: 16 }),
  row("AES_CM_128_HMAC_SHA1_32", { ...CM32, keyLength: 16 }),
  row("AES_192_CM_HMAC_SHA1_80", { ...CM80, keyLength: 24 }),
  row("AES_192_CM_HMAC_SHA1_32", { ...CM32, keyLength: 24 }),
  row("AES_256_CM_HMAC_SHA1_80", { ...CM80, keyLength: 32 }),
  row("AES_256_CM_HMAC_SHA1_32", { ...CM32, keyLength: 32 }),
  row("AEAD_AES_128_GCM", { ...GCM, keyLength: 16 }),
  row("AEAD_AES_256_GCM", { ...GCM, keyLength: 32 }),
];

const BY_NAME = new Map<string, SrtpSuite>(SRTP_SUITES.map((suite) => [suite.name, suite]));

/** The row of a name that this project uses itself. */
export function suiteOf(name: SrtpSuiteName): SrtpSuite {
  const suite = BY_NAME.get(name);
  if (suite === undefined) throw new RangeError(`Cannot use SRTP suite "${name}": no such row`);
  return suite;
}

/**
 * The suite a peer means by `text`. The 192 and 256 bit family is met as `AES_256_CM_…` (RFC 6188) and, from
 * libsrtp-based phones, as `AES_CM_256_…`; letter case is not regarded.
 */
export function parseSuiteName(text: string): SrtpSuiteName | undefined {
  const name = text.toUpperCase().replace(/^AES_CM_(192|256)_/, "AES_$1_CM_");
  return BY_NAME.get(name.replace(/^AES_128_CM_/, "AES_CM_128_"))?.name;
}

/** Bytes of key and salt together, as `inline:` carries them. */
export function keyAndSaltLength(suite: SrtpSuite): number {
  return suite.keyLength + suite.saltLength;
}
