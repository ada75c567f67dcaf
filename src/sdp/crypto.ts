/** `a=crypto` lines (RFC 4568 §4, §6, §9; suites of RFC 6188 §4 and RFC 7714 §14). */

import { detached, fail, ok, type Result } from "../base/mod.ts";
import type { MediaDescription, SdpFault } from "./types.ts";

interface SuiteLength {
  readonly keyBytes: number;
  readonly saltBytes: number;
}

/** Suites we can speak, strongest habit first; the order is the order of our offers. */
export const CRYPTO_SUITES = {
  AES_CM_128_HMAC_SHA1_80: { keyBytes: 16, saltBytes: 14 },
  AES_CM_128_HMAC_SHA1_32: { keyBytes: 16, saltBytes: 14 },
  AES_256_CM_HMAC_SHA1_80: { keyBytes: 32, saltBytes: 14 },
  AES_256_CM_HMAC_SHA1_32: { keyBytes: 32, saltBytes: 14 },
  AES_192_CM_HMAC_SHA1_80: { keyBytes: 24, saltBytes: 14 },
  AES_192_CM_HMAC_SHA1_32: { keyBytes: 24, saltBytes: 14 },
  AEAD_AES_128_GCM: { keyBytes: 16, saltBytes: 12 },
  AEAD_AES_256_GCM: { keyBytes: 32, saltBytes: 12 },
} as const satisfies Record<string, SuiteLength>;

export type CryptoSuite = keyof typeof CRYPTO_SUITES;

/** The field spells the 192 and 256 bit suites both ways round. */
const SPELLINGS: ReadonlyMap<string, CryptoSuite> = new Map([
  ...Object.keys(CRYPTO_SUITES).map((name) => [name, name as CryptoSuite] as const),
  ["AES_CM_256_HMAC_SHA1_80", "AES_256_CM_HMAC_SHA1_80"],
  ["AES_CM_256_HMAC_SHA1_32", "AES_256_CM_HMAC_SHA1_32"],
  ["AES_CM_192_HMAC_SHA1_80", "AES_192_CM_HMAC_SHA1_80"],
  ["AES_CM_192_HMAC_SHA1_32", "AES_192_CM_HMAC_SHA1_32"],
]);

export interface CryptoAttribute {
  readonly tag: number;
  readonly suite: CryptoSuite;
  /** The suite's name as the peer spells it: the answer repeats it. */
  readonly spelling: string;
  readonly keyAndSalt: Uint8Array<ArrayBuffer>;
  readonly mki?: { readonly value: number; readonly length: number };
}

/** Reads the value of one `a=crypto` attribute. The reason never holds the key. */
export function parseCrypto(value: string): Result<CryptoAttribute, SdpFault> {
  const refuse = (reason: string) => fail({ line: 0, reason });
  const [tagText, spelling, keyParams, ...sessionParams] = value.trim().split(/[ \t]+/);
  if (!/^\d{1,9}$/.test(tagText ?? "")) return refuse("crypto tag is no number");
  const suite = SPELLINGS.get((spelling ?? "").toUpperCase());
  if (!suite) return refuse("crypto suite is not known");
  if (keyParams === undefined) return refuse("crypto line without a key");
  // A parameter that begins with "-" may be passed over; any other not understood spoils the line (§6.3.7).
  if (sessionParams.some((param) => !param.startsWith("-") && !/^WSH=\d+$/.test(param))) {
    return refuse("crypto session parameter is not supported");
  }
  if (keyParams.includes(";")) return refuse("crypto line with several keys");
  const inline = /^inline:([A-Za-z0-9+/]+={0,2})((?:\|[^|]*){0,2})$/i.exec(keyParams);
  if (!inline) return refuse("crypto key is malformed");
  const keyAndSalt = fromBase64(inline[1]!);
  const { keyBytes, saltBytes } = CRYPTO_SUITES[suite];
  if (keyAndSalt?.length !== keyBytes + saltBytes) return refuse("crypto key has the wrong length");
  const extras = readExtras(inline[2]!);
  if (!extras) return refuse("crypto lifetime or MKI is impossible");
  return ok({
    tag: Number(tagText),
    suite,
    spelling: spelling === suite ? suite : detached(spelling!),
    keyAndSalt,
    ...extras,
  });
}

/** `|lifetime|MKI:length`, each optional; undefined when out of bounds. */
function readExtras(text: string): Pick<CryptoAttribute, "mki"> | undefined {
  let mki: CryptoAttribute["mki"];
  for (const part of text.split("|").slice(1)) {
    const power = /^2\^(\d{1,3})$/.exec(part);
    if (power) {
      if (Number(power[1]) > 48) return undefined;
      continue;
    }
    const pair = /^(\d{1,10}):(\d{1,3})$/.exec(part);
    if (pair) {
      const length = Number(pair[2]);
      if (length < 1 || length > 128) return undefined;
      mki = { value: Number(pair[1]), length };
      continue;
    }
    if (!/^\d{1,15}$/.test(part) || Number(part) > 2 ** 48) return undefined;
  }
  return mki ? { mki } : {};
}

/** Every usable `a=crypto` of `media`, in the order of preference of the peer. */
export function cryptoLines(media: MediaDescription): CryptoAttribute[] {
  const lines: CryptoAttribute[] = [];
  for (const attribute of media.attributes) {
    if (attribute.name !== "crypto" || attribute.value === undefined || lines.length >= 16) continue;
    const line = parseCrypto(attribute.value);
    if (line.ok) lines.push(line.value);
  }
  return lines;
}

/** The value of an `a=crypto` attribute; no lifetime and no MKI, which some phones refuse. */
export function printCrypto(line: Omit<CryptoAttribute, "mki">): string {
  return `${line.tag} ${line.spelling} inline:${btoa(String.fromCharCode(...line.keyAndSalt))}`;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  // Bounds the work: the longest key with salt is 46 bytes.
  if (text.length > 128) return undefined;
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}
