/**
 * SHA-1 block function (FIPS 180-4 §6.1.2) over state kept by the caller; allocates nothing. The rounds are written
 * out with the message words in local variables: a loop over an array takes twice the time, and this function is half
 * of what an SRTP packet costs.
 */

/** Message words of the block at hand; filled before {@linkcode compressWords}, which uses them up. */
export const words = new Int32Array(16);

/** Starting value, FIPS 180-4 §5.3.1. */
export const SHA1_START = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);

/** Constants of FIPS 180-4 §4.2.1. */
const K0 = 0x5a827999, K1 = 0x6ed9eba1, K2 = 0x8f1bbcdc | 0, K3 = 0xca62c1d6 | 0;

/** The working variables a to e between the four stretches of rounds. */
const working = new Int32Array(5);

/** Takes the 64 bytes at `at` into `state`. Three bare parameters: an object per block would be garbage. */
export function compressBlock(state: Int32Array, block: Uint8Array, at: number): void {
  for (let i = 0; i < 16; i++, at += 4) {
    words[i] = (block[at]! << 24) | (block[at + 1]! << 16) | (block[at + 2]! << 8) | block[at + 3]!;
  }
  compressWords(state);
}

/** Takes the block in {@linkcode words} into `state`. */
export function compressWords(state: Int32Array): void {
  for (let i = 0; i < 5; i++) working[i] = state[i]!;
  chooseRounds();
  parityRounds();
  majorityRounds();
  lastParityRounds();
  for (let i = 0; i < 5; i++) state[i] = (state[i]! + working[i]!) | 0;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** Rounds 0–19; by hand two lines a round. */
// deno-fmt-ignore
function chooseRounds(): void {
  let a = working[0]!, b = working[1]!, c = working[2]!, d = working[3]!, e = working[4]!;
  let w0 = words[0]!, w1 = words[1]!, w2 = words[2]!, w3 = words[3]!;
  const w4 = words[4]!, w5 = words[5]!, w6 = words[6]!, w7 = words[7]!;
  const w8 = words[8]!, w9 = words[9]!, w10 = words[10]!, w11 = words[11]!;
  const w12 = words[12]!, w13 = words[13]!, w14 = words[14]!, w15 = words[15]!;
  e = ((rotate(a, 5) + ((b & (c ^ d)) ^ d) | 0) + (e + K0 | 0) + w0) | 0; b = rotate(b, 30);
  d = ((rotate(e, 5) + ((a & (b ^ c)) ^ c) | 0) + (d + K0 | 0) + w1) | 0; a = rotate(a, 30);
  c = ((rotate(d, 5) + ((e & (a ^ b)) ^ b) | 0) + (c + K0 | 0) + w2) | 0; e = rotate(e, 30);
  b = ((rotate(c, 5) + ((d & (e ^ a)) ^ a) | 0) + (b + K0 | 0) + w3) | 0; d = rotate(d, 30);
  a = ((rotate(b, 5) + ((c & (d ^ e)) ^ e) | 0) + (a + K0 | 0) + w4) | 0; c = rotate(c, 30);
  e = ((rotate(a, 5) + ((b & (c ^ d)) ^ d) | 0) + (e + K0 | 0) + w5) | 0; b = rotate(b, 30);
  d = ((rotate(e, 5) + ((a & (b ^ c)) ^ c) | 0) + (d + K0 | 0) + w6) | 0; a = rotate(a, 30);
  c = ((rotate(d, 5) + ((e & (a ^ b)) ^ b) | 0) + (c + K0 | 0) + w7) | 0; e = rotate(e, 30);
  b = ((rotate(c, 5) + ((d & (e ^ a)) ^ a) | 0) + (b + K0 | 0) + w8) | 0; d = rotate(d, 30);
  a = ((rotate(b, 5) + ((c & (d ^ e)) ^ e) | 0) + (a + K0 | 0) + w9) | 0; c = rotate(c, 30);
  e = ((rotate(a, 5) + ((b & (c ^ d)) ^ d) | 0) + (e + K0 | 0) + w10) | 0; b = rotate(b, 30);
  d = ((rotate(e, 5) + ((a & (b ^ c)) ^ c) | 0) + (d + K0 | 0) + w11) | 0; a = rotate(a, 30);
  c = ((rotate(d, 5) + ((e & (a ^ b)) ^ b) | 0) + (c + K0 | 0) + w12) | 0; e = rotate(e, 30);
  b = ((rotate(c, 5) + ((d & (e ^ a)) ^ a) | 0) + (b + K0 | 0) + w13) | 0; d = rotate(d, 30);
  a = ((rotate(b, 5) + ((c & (d ^ e)) ^ e) | 0) + (a + K0 | 0) + w14) | 0; c = rotate(c, 30);
  e = ((rotate(a, 5) + ((b & (c ^ d)) ^ d) | 0) + (e + K0 | 0) + w15) | 0; b = rotate(b, 30);
  w0 = rotate(w0 ^ w13 ^ w8 ^ w2, 1);
  d = ((rotate(e, 5) + ((a & (b ^ c)) ^ c) | 0) + (d + K0 | 0) + w0) | 0; a = rotate(a, 30);
  w1 = rotate(w1 ^ w14 ^ w9 ^ w3, 1);
  c = ((rotate(d, 5) + ((e & (a ^ b)) ^ b) | 0) + (c + K0 | 0) + w1) | 0; e = rotate(e, 30);
  w2 = rotate(w2 ^ w15 ^ w10 ^ w4, 1);
  b = ((rotate(c, 5) + ((d & (e ^ a)) ^ a) | 0) + (b + K0 | 0) + w2) | 0; d = rotate(d, 30);
  w3 = rotate(w3 ^ w0 ^ w11 ^ w5, 1);
  a = ((rotate(b, 5) + ((c & (d ^ e)) ^ e) | 0) + (a + K0 | 0) + w3) | 0; c = rotate(c, 30);
  working[0] = a; working[1] = b; working[2] = c; working[3] = d; working[4] = e;
  words[0] = w0; words[1] = w1; words[2] = w2; words[3] = w3;
}

/** Rounds 20–39; by hand two lines a round. */
// deno-fmt-ignore
function parityRounds(): void {
  let a = working[0]!, b = working[1]!, c = working[2]!, d = working[3]!, e = working[4]!;
  let w0 = words[0]!, w1 = words[1]!, w2 = words[2]!, w3 = words[3]!;
  let w4 = words[4]!, w5 = words[5]!, w6 = words[6]!, w7 = words[7]!;
  let w8 = words[8]!, w9 = words[9]!, w10 = words[10]!, w11 = words[11]!;
  let w12 = words[12]!, w13 = words[13]!, w14 = words[14]!, w15 = words[15]!;
  w4 = rotate(w4 ^ w1 ^ w12 ^ w6, 1);
  e = ((rotate(a, 5) + (b ^ c ^ d) | 0) + (e + K1 | 0) + w4) | 0; b = rotate(b, 30);
  w5 = rotate(w5 ^ w2 ^ w13 ^ w7, 1);
  d = ((rotate(e, 5) + (a ^ b ^ c) | 0) + (d + K1 | 0) + w5) | 0; a = rotate(a, 30);
  w6 = rotate(w6 ^ w3 ^ w14 ^ w8, 1);
  c = ((rotate(d, 5) + (e ^ a ^ b) | 0) + (c + K1 | 0) + w6) | 0; e = rotate(e, 30);
  w7 = rotate(w7 ^ w4 ^ w15 ^ w9, 1);
  b = ((rotate(c, 5) + (d ^ e ^ a) | 0) + (b + K1 | 0) + w7) | 0; d = rotate(d, 30);
  w8 = rotate(w8 ^ w5 ^ w0 ^ w10, 1);
  a = ((rotate(b, 5) + (c ^ d ^ e) | 0) + (a + K1 | 0) + w8) | 0; c = rotate(c, 30);
  w9 = rotate(w9 ^ w6 ^ w1 ^ w11, 1);
  e = ((rotate(a, 5) + (b ^ c ^ d) | 0) + (e + K1 | 0) + w9) | 0; b = rotate(b, 30);
  w10 = rotate(w10 ^ w7 ^ w2 ^ w12, 1);
  d = ((rotate(e, 5) + (a ^ b ^ c) | 0) + (d + K1 | 0) + w10) | 0; a = rotate(a, 30);
  w11 = rotate(w11 ^ w8 ^ w3 ^ w13, 1);
  c = ((rotate(d, 5) + (e ^ a ^ b) | 0) + (c + K1 | 0) + w11) | 0; e = rotate(e, 30);
  w12 = rotate(w12 ^ w9 ^ w4 ^ w14, 1);
  b = ((rotate(c, 5) + (d ^ e ^ a) | 0) + (b + K1 | 0) + w12) | 0; d = rotate(d, 30);
  w13 = rotate(w13 ^ w10 ^ w5 ^ w15, 1);
  a = ((rotate(b, 5) + (c ^ d ^ e) | 0) + (a + K1 | 0) + w13) | 0; c = rotate(c, 30);
  w14 = rotate(w14 ^ w11 ^ w6 ^ w0, 1);
  e = ((rotate(a, 5) + (b ^ c ^ d) | 0) + (e + K1 | 0) + w14) | 0; b = rotate(b, 30);
  w15 = rotate(w15 ^ w12 ^ w7 ^ w1, 1);
  d = ((rotate(e, 5) + (a ^ b ^ c) | 0) + (d + K1 | 0) + w15) | 0; a = rotate(a, 30);
  w0 = rotate(w0 ^ w13 ^ w8 ^ w2, 1);
  c = ((rotate(d, 5) + (e ^ a ^ b) | 0) + (c + K1 | 0) + w0) | 0; e = rotate(e, 30);
  w1 = rotate(w1 ^ w14 ^ w9 ^ w3, 1);
  b = ((rotate(c, 5) + (d ^ e ^ a) | 0) + (b + K1 | 0) + w1) | 0; d = rotate(d, 30);
  w2 = rotate(w2 ^ w15 ^ w10 ^ w4, 1);
  a = ((rotate(b, 5) + (c ^ d ^ e) | 0) + (a + K1 | 0) + w2) | 0; c = rotate(c, 30);
  w3 = rotate(w3 ^ w0 ^ w11 ^ w5, 1);
  e = ((rotate(a, 5) + (b ^ c ^ d) | 0) + (e + K1 | 0) + w3) | 0; b = rotate(b, 30);
  w4 = rotate(w4 ^ w1 ^ w12 ^ w6, 1);
  d = ((rotate(e, 5) + (a ^ b ^ c) | 0) + (d + K1 | 0) + w4) | 0; a = rotate(a, 30);
  w5 = rotate(w5 ^ w2 ^ w13 ^ w7, 1);
  c = ((rotate(d, 5) + (e ^ a ^ b) | 0) + (c + K1 | 0) + w5) | 0; e = rotate(e, 30);
  w6 = rotate(w6 ^ w3 ^ w14 ^ w8, 1);
  b = ((rotate(c, 5) + (d ^ e ^ a) | 0) + (b + K1 | 0) + w6) | 0; d = rotate(d, 30);
  w7 = rotate(w7 ^ w4 ^ w15 ^ w9, 1);
  a = ((rotate(b, 5) + (c ^ d ^ e) | 0) + (a + K1 | 0) + w7) | 0; c = rotate(c, 30);
  working[0] = a; working[1] = b; working[2] = c; working[3] = d; working[4] = e;
  words[0] = w0; words[1] = w1; words[2] = w2; words[3] = w3;
  words[4] = w4; words[5] = w5; words[6] = w6; words[7] = w7;
  words[8] = w8; words[9] = w9; words[10] = w10; words[11] = w11;
  words[12] = w12; words[13] = w13; words[14] = w14; words[15] = w15;
}

/** Rounds 40–59; by hand two lines a round. */
// deno-fmt-ignore
function majorityRounds(): void {
  let a = working[0]!, b = working[1]!, c = working[2]!, d = working[3]!, e = working[4]!;
  let w0 = words[0]!, w1 = words[1]!, w2 = words[2]!, w3 = words[3]!;
  let w4 = words[4]!, w5 = words[5]!, w6 = words[6]!, w7 = words[7]!;
  let w8 = words[8]!, w9 = words[9]!, w10 = words[10]!, w11 = words[11]!;
  let w12 = words[12]!, w13 = words[13]!, w14 = words[14]!, w15 = words[15]!;
  w8 = rotate(w8 ^ w5 ^ w0 ^ w10, 1);
  e = ((rotate(a, 5) + ((b & c) | (d & (b | c))) | 0) + (e + K2 | 0) + w8) | 0; b = rotate(b, 30);
  w9 = rotate(w9 ^ w6 ^ w1 ^ w11, 1);
  d = ((rotate(e, 5) + ((a & b) | (c & (a | b))) | 0) + (d + K2 | 0) + w9) | 0; a = rotate(a, 30);
  w10 = rotate(w10 ^ w7 ^ w2 ^ w12, 1);
  c = ((rotate(d, 5) + ((e & a) | (b & (e | a))) | 0) + (c + K2 | 0) + w10) | 0; e = rotate(e, 30);
  w11 = rotate(w11 ^ w8 ^ w3 ^ w13, 1);
  b = ((rotate(c, 5) + ((d & e) | (a & (d | e))) | 0) + (b + K2 | 0) + w11) | 0; d = rotate(d, 30);
  w12 = rotate(w12 ^ w9 ^ w4 ^ w14, 1);
  a = ((rotate(b, 5) + ((c & d) | (e & (c | d))) | 0) + (a + K2 | 0) + w12) | 0; c = rotate(c, 30);
  w13 = rotate(w13 ^ w10 ^ w5 ^ w15, 1);
  e = ((rotate(a, 5) + ((b & c) | (d & (b | c))) | 0) + (e + K2 | 0) + w13) | 0; b = rotate(b, 30);
  w14 = rotate(w14 ^ w11 ^ w6 ^ w0, 1);
  d = ((rotate(e, 5) + ((a & b) | (c & (a | b))) | 0) + (d + K2 | 0) + w14) | 0; a = rotate(a, 30);
  w15 = rotate(w15 ^ w12 ^ w7 ^ w1, 1);
  c = ((rotate(d, 5) + ((e & a) | (b & (e | a))) | 0) + (c + K2 | 0) + w15) | 0; e = rotate(e, 30);
  w0 = rotate(w0 ^ w13 ^ w8 ^ w2, 1);
  b = ((rotate(c, 5) + ((d & e) | (a & (d | e))) | 0) + (b + K2 | 0) + w0) | 0; d = rotate(d, 30);
  w1 = rotate(w1 ^ w14 ^ w9 ^ w3, 1);
  a = ((rotate(b, 5) + ((c & d) | (e & (c | d))) | 0) + (a + K2 | 0) + w1) | 0; c = rotate(c, 30);
  w2 = rotate(w2 ^ w15 ^ w10 ^ w4, 1);
  e = ((rotate(a, 5) + ((b & c) | (d & (b | c))) | 0) + (e + K2 | 0) + w2) | 0; b = rotate(b, 30);
  w3 = rotate(w3 ^ w0 ^ w11 ^ w5, 1);
  d = ((rotate(e, 5) + ((a & b) | (c & (a | b))) | 0) + (d + K2 | 0) + w3) | 0; a = rotate(a, 30);
  w4 = rotate(w4 ^ w1 ^ w12 ^ w6, 1);
  c = ((rotate(d, 5) + ((e & a) | (b & (e | a))) | 0) + (c + K2 | 0) + w4) | 0; e = rotate(e, 30);
  w5 = rotate(w5 ^ w2 ^ w13 ^ w7, 1);
  b = ((rotate(c, 5) + ((d & e) | (a & (d | e))) | 0) + (b + K2 | 0) + w5) | 0; d = rotate(d, 30);
  w6 = rotate(w6 ^ w3 ^ w14 ^ w8, 1);
  a = ((rotate(b, 5) + ((c & d) | (e & (c | d))) | 0) + (a + K2 | 0) + w6) | 0; c = rotate(c, 30);
  w7 = rotate(w7 ^ w4 ^ w15 ^ w9, 1);
  e = ((rotate(a, 5) + ((b & c) | (d & (b | c))) | 0) + (e + K2 | 0) + w7) | 0; b = rotate(b, 30);
  w8 = rotate(w8 ^ w5 ^ w0 ^ w10, 1);
  d = ((rotate(e, 5) + ((a & b) | (c & (a | b))) | 0) + (d + K2 | 0) + w8) | 0; a = rotate(a, 30);
  w9 = rotate(w9 ^ w6 ^ w1 ^ w11, 1);
  c = ((rotate(d, 5) + ((e & a) | (b & (e | a))) | 0) + (c + K2 | 0) + w9) | 0; e = rotate(e, 30);
  w10 = rotate(w10 ^ w7 ^ w2 ^ w12, 1);
  b = ((rotate(c, 5) + ((d & e) | (a & (d | e))) | 0) + (b + K2 | 0) + w10) | 0; d = rotate(d, 30);
  w11 = rotate(w11 ^ w8 ^ w3 ^ w13, 1);
  a = ((rotate(b, 5) + ((c & d) | (e & (c | d))) | 0) + (a + K2 | 0) + w11) | 0; c = rotate(c, 30);
  working[0] = a; working[1] = b; working[2] = c; working[3] = d; working[4] = e;
  words[0] = w0; words[1] = w1; words[2] = w2; words[3] = w3;
  words[4] = w4; words[5] = w5; words[6] = w6; words[7] = w7;
  words[8] = w8; words[9] = w9; words[10] = w10; words[11] = w11;
  words[12] = w12; words[13] = w13; words[14] = w14; words[15] = w15;
}

/** Rounds 60–79; by hand two lines a round. */
// deno-fmt-ignore
function lastParityRounds(): void {
  let a = working[0]!, b = working[1]!, c = working[2]!, d = working[3]!, e = working[4]!;
  let w0 = words[0]!, w1 = words[1]!, w2 = words[2]!, w3 = words[3]!;
  let w4 = words[4]!, w5 = words[5]!, w6 = words[6]!, w7 = words[7]!;
  let w8 = words[8]!, w9 = words[9]!, w10 = words[10]!, w11 = words[11]!;
  let w12 = words[12]!, w13 = words[13]!, w14 = words[14]!, w15 = words[15]!;
  w12 = rotate(w12 ^ w9 ^ w4 ^ w14, 1);
  e = ((rotate(a, 5) + (b ^ c ^ d) | 0) + (e + K3 | 0) + w12) | 0; b = rotate(b, 30);
  w13 = rotate(w13 ^ w10 ^ w5 ^ w15, 1);
  d = ((rotate(e, 5) + (a ^ b ^ c) | 0) + (d + K3 | 0) + w13) | 0; a = rotate(a, 30);
  w14 = rotate(w14 ^ w11 ^ w6 ^ w0, 1);
  c = ((rotate(d, 5) + (e ^ a ^ b) | 0) + (c + K3 | 0) + w14) | 0; e = rotate(e, 30);
  w15 = rotate(w15 ^ w12 ^ w7 ^ w1, 1);
  b = ((rotate(c, 5) + (d ^ e ^ a) | 0) + (b + K3 | 0) + w15) | 0; d = rotate(d, 30);
  w0 = rotate(w0 ^ w13 ^ w8 ^ w2, 1);
  a = ((rotate(b, 5) + (c ^ d ^ e) | 0) + (a + K3 | 0) + w0) | 0; c = rotate(c, 30);
  w1 = rotate(w1 ^ w14 ^ w9 ^ w3, 1);
  e = ((rotate(a, 5) + (b ^ c ^ d) | 0) + (e + K3 | 0) + w1) | 0; b = rotate(b, 30);
  w2 = rotate(w2 ^ w15 ^ w10 ^ w4, 1);
  d = ((rotate(e, 5) + (a ^ b ^ c) | 0) + (d + K3 | 0) + w2) | 0; a = rotate(a, 30);
  w3 = rotate(w3 ^ w0 ^ w11 ^ w5, 1);
  c = ((rotate(d, 5) + (e ^ a ^ b) | 0) + (c + K3 | 0) + w3) | 0; e = rotate(e, 30);
  w4 = rotate(w4 ^ w1 ^ w12 ^ w6, 1);
  b = ((rotate(c, 5) + (d ^ e ^ a) | 0) + (b + K3 | 0) + w4) | 0; d = rotate(d, 30);
  w5 = rotate(w5 ^ w2 ^ w13 ^ w7, 1);
  a = ((rotate(b, 5) + (c ^ d ^ e) | 0) + (a + K3 | 0) + w5) | 0; c = rotate(c, 30);
  w6 = rotate(w6 ^ w3 ^ w14 ^ w8, 1);
  e = ((rotate(a, 5) + (b ^ c ^ d) | 0) + (e + K3 | 0) + w6) | 0; b = rotate(b, 30);
  w7 = rotate(w7 ^ w4 ^ w15 ^ w9, 1);
  d = ((rotate(e, 5) + (a ^ b ^ c) | 0) + (d + K3 | 0) + w7) | 0; a = rotate(a, 30);
  w8 = rotate(w8 ^ w5 ^ w0 ^ w10, 1);
  c = ((rotate(d, 5) + (e ^ a ^ b) | 0) + (c + K3 | 0) + w8) | 0; e = rotate(e, 30);
  w9 = rotate(w9 ^ w6 ^ w1 ^ w11, 1);
  b = ((rotate(c, 5) + (d ^ e ^ a) | 0) + (b + K3 | 0) + w9) | 0; d = rotate(d, 30);
  w10 = rotate(w10 ^ w7 ^ w2 ^ w12, 1);
  a = ((rotate(b, 5) + (c ^ d ^ e) | 0) + (a + K3 | 0) + w10) | 0; c = rotate(c, 30);
  w11 = rotate(w11 ^ w8 ^ w3 ^ w13, 1);
  e = ((rotate(a, 5) + (b ^ c ^ d) | 0) + (e + K3 | 0) + w11) | 0; b = rotate(b, 30);
  w12 = rotate(w12 ^ w9 ^ w4 ^ w14, 1);
  d = ((rotate(e, 5) + (a ^ b ^ c) | 0) + (d + K3 | 0) + w12) | 0; a = rotate(a, 30);
  w13 = rotate(w13 ^ w10 ^ w5 ^ w15, 1);
  c = ((rotate(d, 5) + (e ^ a ^ b) | 0) + (c + K3 | 0) + w13) | 0; e = rotate(e, 30);
  w14 = rotate(w14 ^ w11 ^ w6 ^ w0, 1);
  b = ((rotate(c, 5) + (d ^ e ^ a) | 0) + (b + K3 | 0) + w14) | 0; d = rotate(d, 30);
  w15 = rotate(w15 ^ w12 ^ w7 ^ w1, 1);
  a = ((rotate(b, 5) + (c ^ d ^ e) | 0) + (a + K3 | 0) + w15) | 0; c = rotate(c, 30);
  working[0] = a; working[1] = b; working[2] = c; working[3] = d; working[4] = e;
}
