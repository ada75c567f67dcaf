/**
 * How late packets come, and so how long they should wait: the quantile of a histogram of relative delays that
 * forgets slowly. A packet's relative delay is its transit time (arrival less timestamp, RFC 3550 §6.4.1) above the
 * smallest transit time of the last seconds, so that a drifting clock moves the zero point and not the delay.
 */

const BUCKET_MS = 5;
const BUCKETS = 50;
/** Share of packets that should come in time. The rest is concealed, which is cheaper to the ear than delay. */
const QUANTILE = 0.98;
/** Weight of the past for each new packet: a memory of 500 packets, 10 s at 20 ms. */
const MEMORY = 0.998;
/** The smallest transit is taken over one to two such windows; 100 ppm of drift are 0.5 ms in one. */
const BASE_WINDOW_MS = 5000;
/** Before anything is known. */
const FIRST_TARGET_MS = 30;
/** Packets after which the histogram speaks. */
const TRUSTED_AFTER = 16;

export class DelayEstimator {
  readonly #weights = new Float64Array(BUCKETS);
  readonly #minMs: number;
  readonly #maxMs: number;
  #packets = 0;
  #baseMs = Infinity;
  #windowMinMs = Infinity;
  #windowEndMs = -Infinity;
  #targetMs: number;

  /** Bounds of the wanted delay in milliseconds. */
  constructor(bounds: { readonly minMs: number; readonly maxMs: number }) {
    this.#minMs = bounds.minMs;
    this.#maxMs = bounds.maxMs;
    this.#targetMs = this.#clamp(FIRST_TARGET_MS);
  }

  /** Delay from the smallest transit to playing that suits the stream now, in milliseconds. */
  get targetMs(): number {
    return this.#targetMs;
  }

  /** Smallest transit time lately; meaningless by itself, as the two clocks have different zero points. */
  get baseMs(): number {
    return this.#baseMs;
  }

  /** True before the first packet since the start or a {@linkcode rebase}. */
  get isEmpty(): boolean {
    return this.#baseMs === Infinity;
  }

  /** Takes a packet's timestamp and arrival, both in milliseconds; returns its delay above the smallest. */
  note(timestampMs: number, arrivalMs: number): number {
    const transitMs = arrivalMs - timestampMs;
    this.#track(transitMs, arrivalMs);
    const delayMs = transitMs - this.#baseMs;
    this.#learn(Math.min(BUCKETS - 1, Math.floor(delayMs / BUCKET_MS)));
    return delayMs;
  }

  /** The stream starts anew with other timestamps: the zero point goes, what is known of the path stays. */
  rebase(): void {
    this.#baseMs = Infinity;
    this.#windowMinMs = Infinity;
    this.#windowEndMs = -Infinity;
  }

  #track(transitMs: number, arrivalMs: number): void {
    if (arrivalMs >= this.#windowEndMs) {
      this.#baseMs = Math.min(this.#windowMinMs, transitMs);
      this.#windowMinMs = transitMs;
      this.#windowEndMs = arrivalMs + BASE_WINDOW_MS;
      return;
    }
    if (transitMs < this.#windowMinMs) this.#windowMinMs = transitMs;
    if (transitMs < this.#baseMs) this.#baseMs = transitMs;
  }

  #learn(bucket: number): void {
    this.#packets++;
    const keep = Math.min(MEMORY, 1 - 1 / this.#packets);
    const weights = this.#weights;
    for (let i = 0; i < BUCKETS; i++) weights[i] = weights[i]! * keep;
    weights[bucket] = weights[bucket]! + 1 - keep;
    if (this.#packets < TRUSTED_AFTER) return;
    let sum = 0, i = 0;
    while (i < BUCKETS - 1 && (sum += weights[i]!) < QUANTILE) i++;
    this.#targetMs = this.#clamp((i + 1) * BUCKET_MS);
  }

  #clamp(ms: number): number {
    return Math.min(this.#maxMs, Math.max(this.#minMs, ms));
  }
}
