/** One-time passwords by time (RFC 6238) over HMAC-SHA1, as authenticator apps make them. */

import { createHmac, timingSafeEqual } from "node:crypto";

const STEP_MS = 30_000;
const DIGITS = 6;
/** A clock that is off by one step is forgiven (RFC 6238 §5.2). */
const DRIFT_STEPS = 1;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The code of one step (RFC 4226 §5.3). */
export function totpCode(secret: Uint8Array, counter: number): string {
  const moving = new DataView(new ArrayBuffer(8));
  moving.setBigUint64(0, BigInt(counter));
  const digest = new Uint8Array(createHmac("sha1", secret).update(new Uint8Array(moving.buffer)).digest());
  const offset = digest[19]! & 15;
  const value = new DataView(digest.buffer, digest.byteOffset + offset, 4).getUint32(0) & 0x7fffffff;
  return String(value % 10 ** DIGITS).padStart(DIGITS, "0");
}

export function totpCounter(nowMs: number): number {
  return Math.floor(nowMs / STEP_MS);
}

/**
 * The step whose code this is, if it is valid now and later than `lastCounter`: no code counts twice (RFC 6238 §5.2).
 * All candidates are compared, in equal time.
 */
export function findTotpStep(
  secret: Uint8Array,
  code: string,
  when: { readonly nowMs: number; readonly lastCounter: number },
): number | undefined {
  if (!/^[0-9]{6}$/.test(code)) return undefined;
  const given = new TextEncoder().encode(code);
  const now = totpCounter(when.nowMs);
  let found: number | undefined;
  for (let counter = now - DRIFT_STEPS; counter <= now + DRIFT_STEPS; counter++) {
    const wanted = new TextEncoder().encode(totpCode(secret, counter));
    if (timingSafeEqual(wanted, given) && counter > when.lastCounter) found ??= counter;
  }
  return found;
}

/** RFC 4648 §6, without padding, as `otpauth:` wants it. */
export function printBase32(bytes: Uint8Array): string {
  let text = "", bits = 0, value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(value >> (bits - 5)) & 31];
  }
  return bits > 0 ? text + BASE32[(value << (5 - bits)) & 31] : text;
}

/** What the QR code of an authenticator app holds. */
export function totpUri(secret: Uint8Array, account: string): string {
  const label = encodeURIComponent(`sipedge:${account}`);
  return `otpauth://totp/${label}?secret=${printBase32(secret)}&issuer=sipedge`;
}
