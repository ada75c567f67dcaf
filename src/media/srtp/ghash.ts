/**
 * GHASH (NIST SP 800-38D §6.4) in constant time and without tables: carry-less products of 32-bit words are made by
 * integer multiplication of operands spread out with holes of three bits, so that carries fall into the holes. No
 * lookup depends on the key, and nothing is allocated.
 */

/** Carry-less product of two 32-bit words, its low 32 bits. */
function multiplyLow(x: number, y: number): number {
  const x0 = x & 0x11111111, x1 = x & 0x22222222, x2 = x & 0x44444444, x3 = x & 0x88888888;
  const y0 = y & 0x11111111, y1 = y & 0x22222222, y2 = y & 0x44444444, y3 = y & 0x88888888;
  const z0 = Math.imul(x0, y0) ^ Math.imul(x1, y3) ^ Math.imul(x2, y2) ^ Math.imul(x3, y1);
  const z1 = Math.imul(x0, y1) ^ Math.imul(x1, y0) ^ Math.imul(x2, y3) ^ Math.imul(x3, y2);
  const z2 = Math.imul(x0, y2) ^ Math.imul(x1, y1) ^ Math.imul(x2, y0) ^ Math.imul(x3, y3);
  const z3 = Math.imul(x0, y3) ^ Math.imul(x1, y2) ^ Math.imul(x2, y1) ^ Math.imul(x3, y0);
  return (z0 & 0x11111111) | (z1 & 0x22222222) | (z2 & 0x44444444) | (z3 & 0x88888888);
}

function reverseBits(word: number): number {
  word = ((word & 0x55555555) << 1) | ((word >>> 1) & 0x55555555);
  word = ((word & 0x33333333) << 2) | ((word >>> 2) & 0x33333333);
  word = ((word & 0x0f0f0f0f) << 4) | ((word >>> 4) & 0x0f0f0f0f);
  word = ((word & 0x00ff00ff) << 8) | ((word >>> 8) & 0x00ff00ff);
  return (word << 16) | (word >>> 16);
}

/** High 32 bits of a 63-bit carry-less product, from the product of the operands' mirror images. */
function highFromMirror(mirrored: number): number {
  return reverseBits(mirrored) >>> 1;
}

export class Ghash {
  /** Words of the hash key, most significant last, and their mirror images; then the sums that Karatsuba needs. */
  readonly #key = new Int32Array(9);
  readonly #mirror = new Int32Array(9);
  /** The running value, most significant word last. */
  readonly #state = new Int32Array(4);

  /** @param key the hash subkey H, 16 bytes: the block cipher of zero. */
  constructor(key: Uint8Array) {
    const words = [word(key, 12), word(key, 8), word(key, 4), word(key, 0)] as const;
    spread(words, this.#key);
    spread(words.map(reverseBits) as unknown as typeof words, this.#mirror);
  }

  reset(): void {
    this.#state.fill(0);
  }

  /** Takes bytes `from` to `to`, filled up with zeros to whole blocks. */
  update(bytes: Uint8Array, from: number, to: number): void {
    const state = this.#state;
    let at = from;
    for (; at + 16 <= to; at += 16) {
      state[3]! ^= word(bytes, at);
      state[2]! ^= word(bytes, at + 4);
      state[1]! ^= word(bytes, at + 8);
      state[0]! ^= word(bytes, at + 12);
      this.#multiply();
    }
    if (at >= to) return;
    rest.fill(0);
    for (let i = 0; at < to; i++) rest[i] = bytes[at++]!;
    this.update(rest, 0, 16);
  }

  /** Takes the lengths in bytes and leaves the hash in `out` as four big-endian words. */
  finish(lengths: { readonly aad: number; readonly text: number }, out: Int32Array): void {
    const state = this.#state;
    state[2]! ^= lengths.aad * 8;
    state[0]! ^= lengths.text * 8;
    this.#multiply();
    out[0] = state[3]!;
    out[1] = state[2]!;
    out[2] = state[1]!;
    out[3] = state[0]!;
  }

  /** Y ← Y · H. Karatsuba over 32-bit words, then reduction by x^128 + x^7 + x^2 + x + 1 on mirrored bits. */
  #multiply(): void {
    const state = this.#state;
    const y0 = state[0]!, y1 = state[1]!, y2 = state[2]!, y3 = state[3]!;
    const h = this.#key, g = this.#mirror;
    const r0 = reverseBits(y0), r1 = reverseBits(y1), r2 = reverseBits(y2), r3 = reverseBits(y3);
    const low0 = multiplyLow(y0, h[0]!), high0 = highFromMirror(multiplyLow(r0, g[0]!));
    const low1 = multiplyLow(y1, h[1]!), high1 = highFromMirror(multiplyLow(r1, g[1]!));
    const low2 = multiplyLow(y2, h[2]!), high2 = highFromMirror(multiplyLow(r2, g[2]!));
    const low3 = multiplyLow(y3, h[3]!), high3 = highFromMirror(multiplyLow(r3, g[3]!));
    const low01 = multiplyLow(y0 ^ y1, h[4]!), high01 = highFromMirror(multiplyLow(r0 ^ r1, g[4]!));
    const low23 = multiplyLow(y2 ^ y3, h[5]!), high23 = highFromMirror(multiplyLow(r2 ^ r3, g[5]!));
    const low02 = multiplyLow(y0 ^ y2, h[6]!), high02 = highFromMirror(multiplyLow(r0 ^ r2, g[6]!));
    const low13 = multiplyLow(y1 ^ y3, h[7]!), high13 = highFromMirror(multiplyLow(r1 ^ r3, g[7]!));
    const all = y0 ^ y1 ^ y2 ^ y3, allMirror = r0 ^ r1 ^ r2 ^ r3;
    const lowAll = multiplyLow(all, h[8]!), highAll = highFromMirror(multiplyLow(allMirror, g[8]!));

    // Lower, upper and middle 128-bit products, each as four words.
    const a1 = high0 ^ low01 ^ low0 ^ low1, a2 = low1 ^ high01 ^ high0 ^ high1;
    const b1 = high2 ^ low23 ^ low2 ^ low3, b2 = low3 ^ high23 ^ high2 ^ high3;
    const m0 = low02 ^ low0 ^ low2;
    const m1 = high02 ^ lowAll ^ low02 ^ low13 ^ a1 ^ b1;
    const m2 = low13 ^ highAll ^ high02 ^ high13 ^ a2 ^ b2;
    const m3 = high13 ^ high1 ^ high3;
    const p2 = a2 ^ m0, p3 = high1 ^ m1, p4 = low2 ^ m2, p5 = b1 ^ m3, p6 = b2, p7 = high3;

    // Mirrored factors give a product that stands one bit too low.
    const z0 = low0 << 1, z1 = (a1 << 1) | (low0 >>> 31), z2 = (p2 << 1) | (a1 >>> 31);
    let z3 = (p3 << 1) | (p2 >>> 31), z4 = (p4 << 1) | (p3 >>> 31), z5 = (p5 << 1) | (p4 >>> 31);
    let z6 = (p6 << 1) | (p5 >>> 31), z7 = (p7 << 1) | (p6 >>> 31);
    z4 ^= z0 ^ (z0 >>> 1) ^ (z0 >>> 2) ^ (z0 >>> 7);
    z3 ^= (z0 << 31) ^ (z0 << 30) ^ (z0 << 25);
    z5 ^= z1 ^ (z1 >>> 1) ^ (z1 >>> 2) ^ (z1 >>> 7);
    z4 ^= (z1 << 31) ^ (z1 << 30) ^ (z1 << 25);
    z6 ^= z2 ^ (z2 >>> 1) ^ (z2 >>> 2) ^ (z2 >>> 7);
    z5 ^= (z2 << 31) ^ (z2 << 30) ^ (z2 << 25);
    z7 ^= z3 ^ (z3 >>> 1) ^ (z3 >>> 2) ^ (z3 >>> 7);
    z6 ^= (z3 << 31) ^ (z3 << 30) ^ (z3 << 25);
    state[0] = z4;
    state[1] = z5;
    state[2] = z6;
    state[3] = z7;
  }
}

const rest = new Uint8Array(16);

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

function spread(words: readonly [number, number, number, number], out: Int32Array): void {
  const [w0, w1, w2, w3] = words;
  out.set([w0, w1, w2, w3, w0 ^ w1, w2 ^ w3, w0 ^ w2, w1 ^ w3, w0 ^ w1 ^ w2 ^ w3]);
}
