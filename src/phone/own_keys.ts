/** Our `a=crypto` lines: fresh for the first offer, the same ever after (RFC 4568 §6.1, §7.1.4). */

import type { Random } from "../base/mod.ts";
import type { SrtpKey } from "../media/plane.ts";
import { CRYPTO_SUITES, type CryptoAttribute, type CryptoSuite } from "../sdp/mod.ts";

/** A key line of ours; MKI is a habit of others. */
export type OwnCrypto = Omit<CryptoAttribute, "mki">;

/** Suites of our offers; a longer list makes some phones refuse the line. */
const OFFERED_SUITES: readonly CryptoSuite[] = [
  "AES_CM_128_HMAC_SHA1_80",
  "AES_CM_128_HMAC_SHA1_32",
  "AES_256_CM_HMAC_SHA1_80",
];

/** One line for each suite that we offer. */
export function freshOffer(random: Random): readonly OwnCrypto[] {
  return OFFERED_SUITES.map((suite, position) =>
    freshKey({ tag: position + 1, suite, spelling: suite }, random)
  );
}

/** Our answer to the peer's line; the key in use stays while the suite does, and with it the rollover counter. */
export function answerKey(line: CryptoAttribute, present: OwnCrypto | undefined, random: Random): OwnCrypto {
  const { tag, suite, spelling } = line;
  if (present?.suite === suite) return { tag, suite, spelling, keyAndSalt: present.keyAndSalt };
  return freshKey({ tag, suite, spelling }, random);
}

export function planeKey(line: Pick<CryptoAttribute, "suite" | "keyAndSalt" | "mki">): SrtpKey {
  const { suite, keyAndSalt, mki } = line;
  return mki ? { suite, keyAndSalt, mki } : { suite, keyAndSalt };
}

function freshKey(base: Pick<OwnCrypto, "tag" | "suite" | "spelling">, random: Random): OwnCrypto {
  const { keyBytes, saltBytes } = CRYPTO_SUITES[base.suite];
  return { ...base, keyAndSalt: random.bytes(keyBytes + saltBytes) };
}
