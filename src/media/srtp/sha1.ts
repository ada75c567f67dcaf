/** SHA-1 block function (FIPS 180-4 §6.1.2) over state and message words kept by the caller; allocates nothing. */

/** Message schedule of the block at hand; words 0–15 are filled before {@linkcode compressWords}. */
export const schedule = new Int32Array(80);

/** Starting value, FIPS 180-4 §5.3.1. */
export const SHA1_START = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);

/** Takes the 64 bytes at `at` into `state`. Three bare parameters: an object per block would be garbage. */
export function compressBlock(state: Int32Array, block: Uint8Array, at: number): void {
  for (let word = 0; word < 16; word++, at += 4) {
    schedule[word] = (block[at]! << 24) | (block[at + 1]! << 16) | (block[at + 2]! << 8) | block[at + 3]!;
  }
  compressWords(state);
}

/** Takes the block in words 0–15 of {@linkcode schedule} into `state`. */
export function compressWords(state: Int32Array): void {
  for (let t = 16; t < 80; t++) {
    const mixed = schedule[t - 3]! ^ schedule[t - 8]! ^ schedule[t - 14]! ^ schedule[t - 16]!;
    schedule[t] = (mixed << 1) | (mixed >>> 31);
  }
  let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!, e = state[4]!;
  for (let t = 0; t < 20; t++) {
    const next = (((a << 5) | (a >>> 27)) + ((b & (c ^ d)) ^ d) + e + 0x5a827999 + schedule[t]!) | 0;
    e = d, d = c, c = (b << 30) | (b >>> 2), b = a, a = next;
  }
  for (let t = 20; t < 40; t++) {
    const next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + 0x6ed9eba1 + schedule[t]!) | 0;
    e = d, d = c, c = (b << 30) | (b >>> 2), b = a, a = next;
  }
  for (let t = 40; t < 60; t++) {
    const next = (((a << 5) | (a >>> 27)) + ((b & c) | (d & (b | c))) + e + 0x8f1bbcdc + schedule[t]!) | 0;
    e = d, d = c, c = (b << 30) | (b >>> 2), b = a, a = next;
  }
  for (let t = 60; t < 80; t++) {
    const next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + 0xca62c1d6 + schedule[t]!) | 0;
    e = d, d = c, c = (b << 30) | (b >>> 2), b = a, a = next;
  }
  state[0] = (state[0]! + a) | 0;
  state[1] = (state[1]! + b) | 0;
  state[2] = (state[2]! + c) | 0;
  state[3] = (state[3]! + d) | 0;
  state[4] = (state[4]! + e) | 0;
}
