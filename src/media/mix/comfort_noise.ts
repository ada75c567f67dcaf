/**
 * Comfort noise (RFC 3389): white noise through an all-pole filter whose level and reflection coefficients come from
 * the peer's payload, or plain noise at a level that was measured here.
 */

/** Higher orders are allowed and add nothing that a telephone could show (RFC 3389 §3). */
const MAX_ORDER = 12;
/** Uniform noise of amplitude 1 has this root mean square. */
const UNIFORM_RMS = 1 / Math.sqrt(3);
/** Louder "noise" than this would be a weapon: −30 dBov. */
const MAX_RMS = 32768 * 10 ** (-30 / 20);

export class ComfortNoise {
  readonly #reflection = new Float64Array(MAX_ORDER);
  readonly #state = new Float64Array(MAX_ORDER + 1);
  #order = 0;
  #excitation = 0;
  #rms = 0;
  #seed = 0x2545f491;

  /** Root mean square of the noise, in steps of 16-bit PCM. */
  get rms(): number {
    return this.#rms;
  }

  /** Level and spectrum as a peer sent them: payload type 13 or a dynamic one. An empty payload changes nothing. */
  setPayload(payload: Uint8Array): void {
    if (payload.length === 0) return;
    this.#order = Math.min(MAX_ORDER, payload.length - 1);
    let gain = 1;
    for (let i = 0; i < this.#order; i++) {
      // 255 is reserved (RFC 3389 §3.2) and would make the filter unstable.
      const k = 258 * (Math.min(254, payload[i + 1]!) - 127) / 32768;
      this.#reflection[i] = k;
      gain *= 1 - k * k;
    }
    // Pure tones (coefficients near ±1) are no noise; the sum of such would ring for seconds.
    if (gain < 1e-4) this.#order = 0;
    this.#setRms(32768 * 10 ** (-(payload[0]! & 0x7f) / 20), this.#order === 0 ? 1 : gain);
  }

  /** White noise of this root mean square. */
  setLevel(rms: number): void {
    this.#order = 0;
    this.#setRms(rms, 1);
  }

  /** The next sample, not rounded. */
  next(): number {
    this.#seed ^= this.#seed << 13;
    this.#seed ^= this.#seed >>> 17;
    this.#seed ^= this.#seed << 5;
    let sample = this.#seed * this.#excitation;
    const order = this.#order;
    if (order === 0) return sample;
    const state = this.#state, reflection = this.#reflection;
    for (let i = order - 1; i >= 0; i--) {
      sample -= reflection[i]! * state[i]!;
      state[i + 1] = state[i]! + reflection[i]! * sample;
    }
    state[0] = sample;
    return sample;
  }

  #setRms(rms: number, gain: number): void {
    this.#rms = Math.min(rms, MAX_RMS);
    this.#excitation = this.#rms * Math.sqrt(gain) / UNIFORM_RMS / 2 ** 31;
  }
}
