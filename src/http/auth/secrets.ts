/** Secrets that are kept as hashes only: session identifiers, tokens, the setup link. */

import { createHash, timingSafeEqual } from "node:crypto";

/** SHA-256 in hexadecimal. Enough for secrets of 256 random bits; passwords take `password.ts`. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Equal in constant time. */
export function isSameSecret(a: string, b: string): boolean {
  const left = new TextEncoder().encode(hashSecret(a)), right = new TextEncoder().encode(hashSecret(b));
  return timingSafeEqual(left, right);
}
