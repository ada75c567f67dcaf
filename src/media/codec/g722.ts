/**
 * G.722 at 64 kbit/s (ITU-T G.722, mode 1): 16 kHz samples, two sub-bands of 8 kHz, six bits for the lower and two for
 * the upper. Its RTP clock is 8000 for historical reasons (RFC 3551 §4.5.2): one byte is two samples.
 */
import { G722Band, LOWER_BAND, UPPER_BAND } from "./g722_band.ts";
import {
  INVERSE_2,
  INVERSE_4,
  INVERSE_6,
  LOWER_DECISIONS,
  LOWER_NEGATIVE,
  LOWER_POSITIVE,
  LOWER_SCALE,
  UPPER_DECISION,
  UPPER_SCALE,
} from "./g722_tables.ts";
import { QuadratureMirror } from "./quadrature_mirror.ts";
import { saturate } from "./saturate.ts";

/** Highest and lowest reconstructed sample of a band (block LIMIT). */
const BAND_MAX = 16383;
const BAND_MIN = -16384;

export class G722Encoder {
  readonly #lower = new G722Band(LOWER_BAND);
  readonly #upper = new G722Band(UPPER_BAND);
  readonly #mirror = new QuadratureMirror();

  /** Encodes pairs of samples into the beginning of `codes`; a last odd sample is left. Returns how many bytes. */
  encode(samples: Int16Array, codes: Uint8Array): number {
    const pairs = samples.length >>> 1, mirror = this.#mirror;
    for (let pair = 0; pair < pairs; pair++) {
      mirror.push(samples[2 * pair]!, samples[2 * pair + 1]!);
      const low = (mirror.first + mirror.second) >> 14, high = (mirror.first - mirror.second) >> 14;
      codes[pair] = (this.#encodeUpper(high) << 6) | this.#encodeLower(low);
    }
    return pairs;
  }

  /** Goes on from where `other` is: a decoder that followed that one can follow this one from now on. */
  copyFrom(other: G722Encoder): void {
    this.#lower.copyFrom(other.#lower);
    this.#upper.copyFrom(other.#upper);
    this.#mirror.copyFrom(other.#mirror);
  }

  #encodeLower(sample: number): number {
    const band = this.#lower;
    const difference = saturate(sample - band.prediction);
    const magnitude = difference >= 0 ? difference : -(difference + 1);
    let level = 1;
    while (level < LOWER_DECISIONS.length && magnitude >= (LOWER_DECISIONS[level]! * band.scale) >> 12) {
      level++;
    }
    const code = difference < 0 ? LOWER_NEGATIVE[level]! : LOWER_POSITIVE[level]!;
    // The predictor sees four of the six bits, so that decoders of the lower rates stay in step.
    const quantized = (band.scale * INVERSE_4[code >> 2]!) >> 15;
    band.adaptScale(LOWER_SCALE[code >> 2]!);
    band.adaptPredictor(quantized);
    return code;
  }

  #encodeUpper(sample: number): number {
    const band = this.#upper;
    const difference = saturate(sample - band.prediction);
    const magnitude = difference >= 0 ? difference : -(difference + 1);
    const isLarge = magnitude >= (UPPER_DECISION * band.scale) >> 12;
    const code = (difference < 0 ? 0 : 2) | (isLarge ? 0 : 1);
    const quantized = (band.scale * INVERSE_2[code]!) >> 15;
    band.adaptScale(UPPER_SCALE[code]!);
    band.adaptPredictor(quantized);
    return code;
  }
}

export class G722Decoder {
  readonly #lower = new G722Band(LOWER_BAND);
  readonly #upper = new G722Band(UPPER_BAND);
  readonly #mirror = new QuadratureMirror();

  /** Decodes all of `codes` into the beginning of `samples`, two each; returns how many samples. */
  decode(codes: Uint8Array, samples: Int16Array): number {
    const mirror = this.#mirror;
    for (let i = 0; i < codes.length; i++) {
      const low = this.#decodeLower(codes[i]! & 0x3f), high = this.#decodeUpper(codes[i]! >> 6);
      mirror.push(low + high, low - high);
      samples[2 * i] = saturate(mirror.first >> 11);
      samples[2 * i + 1] = saturate(mirror.second >> 11);
    }
    return codes.length * 2;
  }

  #decodeLower(code: number): number {
    const band = this.#lower;
    const heard = band.prediction + ((band.scale * INVERSE_6[code]!) >> 15);
    const quantized = (band.scale * INVERSE_4[code >> 2]!) >> 15;
    band.adaptScale(LOWER_SCALE[code >> 2]!);
    band.adaptPredictor(quantized);
    return limit(heard);
  }

  #decodeUpper(code: number): number {
    const band = this.#upper;
    const quantized = (band.scale * INVERSE_2[code]!) >> 15;
    const heard = band.prediction + quantized;
    band.adaptScale(UPPER_SCALE[code]!);
    band.adaptPredictor(quantized);
    return limit(heard);
  }
}

function limit(sample: number): number {
  return sample > BAND_MAX ? BAND_MAX : sample < BAND_MIN ? BAND_MIN : sample;
}
