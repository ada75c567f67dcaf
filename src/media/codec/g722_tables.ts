/** Tables of G.722 (ITU-T G.722 §3, §4, §6; names as in its tables). Scaled as integers like the block diagrams. */

/** Both halves of the 24-tap quadrature mirror filter (Table 11): even and odd taps. */
export const QMF_TAPS = Int16Array.of(3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11);

/** Decision levels of the 60-level quantizer of the lower band (Table 14). */
// deno-fmt-ignore
export const LOWER_DECISIONS = Int16Array.of(
  0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714,
  786, 858, 940, 1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
);
/** Code words of the lower band for negative and positive differences, by decision interval (Table 14). */
// deno-fmt-ignore
export const LOWER_NEGATIVE = Uint8Array.of(
  0, 63, 62, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19,
  18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4,
);
// deno-fmt-ignore
export const LOWER_POSITIVE = Uint8Array.of(
  0, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47,
  46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32,
);
/** Output of the inverse quantizers of 4 bits (the predictor) and 6 bits (the ear), Tables 17, 18 (times 8). */
// deno-fmt-ignore
export const INVERSE_4 = Int16Array.of(
  0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0,
);
// deno-fmt-ignore
export const INVERSE_6 = Int16Array.of(
  -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
  -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728,
  24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
  4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
);
/** Multipliers of the logarithmic scale factor, lower band by 4-bit code (Table 19). */
// deno-fmt-ignore
export const LOWER_SCALE = Int16Array.of(
  -60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60,
);

/** Upper band: code words, inverse quantizer of 2 bits, multipliers by code (Tables 15, 20, 21). */
export const INVERSE_2 = Int16Array.of(-7408, -1616, 7408, 1616);
export const UPPER_SCALE = Int16Array.of(798, -214, 798, -214);
/** The one decision level of the upper band besides zero. */
export const UPPER_DECISION = 564;

/** Antilogarithm: 2^(i/32) in 11 bits (Table 22). */
// deno-fmt-ignore
export const ANTILOG = Int16Array.of(
  2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
  2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
);
