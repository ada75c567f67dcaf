/** Keys that every process of a bench derives for itself. */
import type { SrtpKey } from "../../src/media/mod.ts";

/** A key per seed and stream. */
export function benchKey(seed: number, stream: number): SrtpKey {
  const keyAndSalt = Uint8Array.from({ length: 30 }, (_, i) => (seed * 131 + stream * 17 + i * 7) & 255);
  return { suite: "AES_CM_128_HMAC_SHA1_80", keyAndSalt };
}
