/** HMAC-SHA1 (RFC 2104) with the states behind both pads saved at keying: a G.711 packet costs four blocks. */
import { compressBlock, compressWords, SHA1_START, words } from "./sha1.ts";

const BLOCK = 64;
const tail = new Uint8Array(2 * BLOCK);
const digest = new Int32Array(5);

export class HmacSha1 {
  readonly #inner: Int32Array;
  readonly #outer: Int32Array;

  /** @param key at most 64 bytes. */
  constructor(key: Uint8Array) {
    this.#inner = padState(key, 0x36);
    this.#outer = padState(key, 0x5c);
  }

  /**
   * Digest of the first `end` bytes of `bytes`, as five big-endian words. `rollover` goes behind them as four bytes
   * more unless it is negative (RFC 3711 §4.2). The answer is shared: read it before the next call.
   */
  digest(bytes: Uint8Array, end: number, rollover: number): Int32Array {
    digest.set(this.#inner);
    let at = 0;
    for (; at + BLOCK <= end; at += BLOCK) compressBlock(digest, bytes, at);
    finish(bytes, at, end, rollover);
    words[0] = digest[0]!;
    words[1] = digest[1]!;
    words[2] = digest[2]!;
    words[3] = digest[3]!;
    words[4] = digest[4]!;
    words[5] = 0x80000000 | 0;
    for (let word = 6; word < 15; word++) words[word] = 0;
    words[15] = (BLOCK + 20) * 8;
    digest.set(this.#outer);
    compressWords(digest);
    return digest;
  }
}

/** The rest of the message from `at`, the rollover counter, padding and length: one block or two. */
function finish(bytes: Uint8Array, at: number, end: number, rollover: number): void {
  let used = 0;
  while (at < end) tail[used++] = bytes[at++]!;
  let total = BLOCK + end;
  if (rollover >= 0) {
    tail[used++] = rollover >>> 24;
    tail[used++] = rollover >>> 16;
    tail[used++] = rollover >>> 8;
    tail[used++] = rollover;
    total += 4;
  }
  tail[used++] = 0x80;
  const size = used + 8 <= BLOCK ? BLOCK : 2 * BLOCK;
  while (used < size - 4) tail[used++] = 0;
  const bits = total * 8;
  tail[used++] = bits >>> 24;
  tail[used++] = bits >>> 16;
  tail[used++] = bits >>> 8;
  tail[used] = bits;
  compressBlock(digest, tail, 0);
  if (size > BLOCK) compressBlock(digest, tail, BLOCK);
}

function padState(key: Uint8Array, pad: number): Int32Array {
  const block = new Uint8Array(BLOCK).fill(pad);
  for (let i = 0; i < key.length; i++) block[i]! ^= key[i]!;
  const state = Int32Array.from(SHA1_START);
  compressBlock(state, block, 0);
  return state;
}
