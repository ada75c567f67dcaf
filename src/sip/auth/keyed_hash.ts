/** HMAC-SHA-256 (RFC 2104) of short texts with one key: two plain hashes cost a third of what `createHmac` does. */
import { hash } from "node:crypto";

const BLOCK_BYTES = 64;
const HASH_BYTES = 32;

export class KeyedHash {
  /** The key, padded and masked, and after it the text. */
  #inner: Uint8Array;
  readonly #outer = new Uint8Array(BLOCK_BYTES + HASH_BYTES);
  readonly #encoder = new TextEncoder();

  /** `key`: at most 64 bytes. */
  constructor(key: Uint8Array) {
    if (key.length > BLOCK_BYTES) throw new RangeError(`Cannot take key: ${key.length} bytes, not up to 64`);
    this.#inner = new Uint8Array(256).fill(0x36, 0, BLOCK_BYTES);
    this.#outer.fill(0x5c, 0, BLOCK_BYTES);
    key.forEach((byte, at) => {
      this.#inner[at]! ^= byte;
      this.#outer[at]! ^= byte;
    });
  }

  /** 64 hexadecimal digits. */
  digestHex(text: string): string {
    const inner = this.#withRoom(3 * text.length);
    const { written } = this.#encoder.encodeInto(text, inner.subarray(BLOCK_BYTES));
    // As text, since a Buffer of its own would cost more than the hash.
    const digits = hash("sha256", inner.subarray(0, BLOCK_BYTES + written), "hex");
    for (let i = 0; i < HASH_BYTES; i++) {
      this.#outer[BLOCK_BYTES + i] = 16 * valueOf(digits.charCodeAt(2 * i)) +
        valueOf(digits.charCodeAt(2 * i + 1));
    }
    return hash("sha256", this.#outer, "hex");
  }

  #withRoom(bytes: number): Uint8Array {
    if (this.#inner.length < BLOCK_BYTES + bytes) {
      const larger = new Uint8Array(BLOCK_BYTES + bytes);
      larger.set(this.#inner.subarray(0, BLOCK_BYTES));
      this.#inner = larger;
    }
    return this.#inner;
  }
}

/** Value of a lower-case hexadecimal digit. */
function valueOf(code: number): number {
  return code < 58 ? code - 48 : code - 87;
}
