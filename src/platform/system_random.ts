/** Chance from the operating system, fetched in blocks: a call of its own for each tag would cost a microsecond. */

import type { Random } from "../base/mod.ts";

const BLOCK_BYTES = 4096;

export class SystemRandom implements Random {
  #block = new Uint8Array(BLOCK_BYTES);
  #used = BLOCK_BYTES;

  bytes(length: number): Uint8Array<ArrayBuffer> {
    if (length > BLOCK_BYTES / 4) return fresh(length);
    if (this.#used + length > BLOCK_BYTES) {
      crypto.getRandomValues(this.#block);
      this.#used = 0;
    }
    const end = this.#used + length;
    const bytes = new Uint8Array(length), block = this.#block;
    for (let i = 0, at = this.#used; at < end; i++, at++) {
      bytes[i] = block[at]!;
      // What was handed out may become a key: nothing of it stays here.
      block[at] = 0;
    }
    this.#used = end;
    return bytes;
  }
}

function fresh(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  // One call gives at most 65,536 bytes (W3C WebCrypto §10.1.1).
  for (let at = 0; at < length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}
