/** The port for chance: identifiers, tags, keys. Tests give a seeded one. */

export interface Random {
  /** `length` bytes fit for keys. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Lower-case hexadecimal text of `bytes`. */
export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** A token of `byteLength` random bytes in hexadecimal: tags, branches, Call-IDs. */
export function token(random: Random, byteLength: number): string {
  return hex(random.bytes(byteLength));
}

/** A whole number in [0, limit); `limit` at most 2^32. */
export function below(random: Random, limit: number): number {
  const bytes = random.bytes(6);
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  return value % limit;
}

/** Chance that repeats: xorshift128 from `seed`, for tests only. */
export function seededRandom(seed: number): Random {
  let a = seed >>> 0 || 1, b = 0x9e3779b9, c = 0x243f6a88, d = 0xb7e15162;
  const next = () => {
    const t = a ^ (a << 11);
    a = b;
    b = c;
    c = d;
    d = (d ^ (d >>> 19) ^ t ^ (t >>> 8)) >>> 0;
    return d;
  };
  for (let i = 0; i < 16; i++) next();
  return {
    bytes(length) {
      const out = new Uint8Array(length);
      for (let i = 0; i < length; i++) out[i] = next() & 255;
      return out;
    },
  };
}
