/** Digest algorithms as rows of one table (RFC 7616 §6.1, RFC 8760 §2). */
import { createHash } from "node:crypto";
import { encodeText } from "../message/mod.ts";

export type HashName = "MD5" | "SHA-256" | "SHA-512-256";

export interface Algorithm {
  /** As the registry spells it. */
  readonly name: string;
  readonly hash: HashName;
  /** HA1 is made with both nonces (RFC 7616 §3.4.2). */
  readonly isSession: boolean;
  /** The larger the stronger. */
  readonly strength: number;
}

const NODE_NAMES: Readonly<Record<HashName, string>> = {
  "MD5": "md5",
  "SHA-256": "sha256",
  "SHA-512-256": "sha512-256",
};

const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map(
  (["MD5", "SHA-256", "SHA-512-256"] as const).flatMap((hash, strength) =>
    [false, true].map((isSession): [string, Algorithm] => {
      const name = isSession ? `${hash}-sess` : hash;
      return [name.toLowerCase(), { name, hash, isSession, strength }];
    })
  ),
);

/** The algorithm of that name in any case; MD5 when a challenge or answer names none (RFC 7616 §3.3). */
export function algorithmOf(name: string | undefined): Algorithm | undefined {
  return ALGORITHMS.get((name ?? "MD5").toLowerCase());
}

/** Lower-case hexadecimal hash of text (as the bytes it had on the wire) or bytes. */
export function hashHex(hash: HashName, data: string | Uint8Array): string {
  const bytes = typeof data === "string" && !data.isWellFormed() ? encodeText(data) : data;
  return createHash(NODE_NAMES[hash]).update(bytes).digest("hex");
}

/** Digits of that hash in hexadecimal. */
export function hexLength(hash: HashName): number {
  return hash === "MD5" ? 32 : 64;
}
