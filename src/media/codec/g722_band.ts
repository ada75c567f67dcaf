/** One sub-band of G.722: adaptive predictor of two poles and six zeros, and its scale factor (ITU-T G.722 §3.4–3.6). */
import { ANTILOG } from "./g722_tables.ts";
import { clamp, saturate } from "./saturate.ts";

const ZEROS = 6;
const MAX_POLE_2 = 12288;
const POLE_LIMIT = 15360;

export interface BandShape {
  /** Scale factor to begin with. */
  readonly scale: number;
  /** Largest logarithmic scale factor. */
  readonly maxLog: number;
  /** Exponent of the antilogarithm. */
  readonly shift: number;
}

export const LOWER_BAND: BandShape = { scale: 32, maxLog: 18432, shift: 8 };
export const UPPER_BAND: BandShape = { scale: 8, maxLog: 22528, shift: 10 };

export class G722Band {
  /** Predicted sample: what the difference is taken from and added to. */
  prediction = 0;
  /** Quantizer scale factor. */
  scale: number;
  readonly #shape: BandShape;
  #logScale = 0;
  #zeroPrediction = 0;
  /** Quantized differences, newest first at 1; coefficients of the zeros likewise. */
  readonly #differences = new Int16Array(ZEROS + 1);
  readonly #zeros = new Int16Array(ZEROS + 1);
  #reconstructed1 = 0;
  #reconstructed2 = 0;
  #partial1 = 0;
  #partial2 = 0;
  #pole1 = 0;
  #pole2 = 0;

  constructor(shape: BandShape) {
    this.#shape = shape;
    this.scale = shape.scale;
  }

  /** Takes over the state of another band of the same shape. */
  copyFrom(other: G722Band): void {
    this.prediction = other.prediction;
    this.scale = other.scale;
    this.#logScale = other.#logScale;
    this.#zeroPrediction = other.#zeroPrediction;
    this.#differences.set(other.#differences);
    this.#zeros.set(other.#zeros);
    this.#reconstructed1 = other.#reconstructed1;
    this.#reconstructed2 = other.#reconstructed2;
    this.#partial1 = other.#partial1;
    this.#partial2 = other.#partial2;
    this.#pole1 = other.#pole1;
    this.#pole2 = other.#pole2;
  }

  /** Adapts the scale factor with the multiplier of the code word (blocks LOGSCL, SCALEL and LOGSCH, SCALEH). */
  adaptScale(multiplier: number): void {
    const decayed = ((this.#logScale * 127) >> 7) + multiplier;
    const { maxLog } = this.#shape;
    this.#logScale = decayed < 0 ? 0 : decayed > maxLog ? maxLog : decayed;
    const mantissa = ANTILOG[(this.#logScale >> 6) & 31]!;
    const exponent = this.#shape.shift - (this.#logScale >> 11);
    this.scale = (exponent < 0 ? mantissa << -exponent : mantissa >> exponent) << 2;
  }

  /** Takes the quantized difference of this sample; leaves the prediction of the next (block 4). */
  adaptPredictor(difference: number): void {
    const reconstructed = saturate(this.prediction + difference);
    const partial = saturate(this.#zeroPrediction + difference);
    this.#adaptPoles(partial);
    this.#partial2 = this.#partial1;
    this.#partial1 = partial;
    this.#adaptZeros(difference);

    const pole1 = (this.#pole1 * saturate(2 * reconstructed)) >> 15;
    const pole2 = (this.#pole2 * saturate(2 * this.#reconstructed1)) >> 15;
    this.#reconstructed2 = this.#reconstructed1;
    this.#reconstructed1 = reconstructed;
    this.prediction = saturate(saturate(pole1 + pole2) + this.#zeroPrediction);
  }

  /** Blocks UPPOL2 and UPPOL1: signs of the partial reconstructions steer the poles, which stay stable. */
  #adaptPoles(partial: number): void {
    const same1 = (partial < 0) === (this.#partial1 < 0);
    const same2 = (partial < 0) === (this.#partial2 < 0);
    const quadruple = saturate(this.#pole1 * 4);
    const towards = saturate(same1 ? (0 - quadruple) | 0 : quadruple) >> 7;
    const pole2 = (same2 ? 128 : -128) + towards + ((this.#pole2 * 32512) >> 15);
    this.#pole2 = clamp(pole2, MAX_POLE_2);
    const limit = saturate(POLE_LIMIT - this.#pole2);
    const pole1 = saturate((same1 ? 192 : -192) + ((this.#pole1 * 32640) >> 15));
    this.#pole1 = clamp(pole1, limit);
  }

  /** Blocks UPZERO, DELAYA and FILTEZ in one pass from the oldest zero to the newest. */
  #adaptZeros(difference: number): void {
    const differences = this.#differences, zeros = this.#zeros;
    const step = difference === 0 ? 0 : 128;
    differences[0] = difference;
    let sum = 0;
    for (let i = ZEROS; i > 0; i--) {
      const same = (differences[i]! < 0) === (difference < 0);
      zeros[i] = saturate((same ? step : -step) + ((zeros[i]! * 32640) >> 15));
      differences[i] = differences[i - 1]!;
      sum += (zeros[i]! * saturate(2 * differences[i]!)) >> 15;
    }
    this.#zeroPrediction = saturate(sum);
  }
}
