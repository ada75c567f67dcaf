/**
 * The sum of a room, N−1 for those who talk. Two buses, one for each rate: voices are added at the rate they come in,
 * and only the sums cross over, so a room of any size resamples twice a beat at most, and within one rate every
 * listener hears the others exact to the sample.
 *
 *     8 kHz voices  ─► narrow bus ──┬──────────► 8 kHz listeners:  narrow − own + down(wide)
 *                                   └─ up ───┐
 *     16 kHz voices ─► wide bus ────┬────────┴─► 16 kHz listeners: wide − own + up(narrow)
 *                                   └─ down ───► 8 kHz listeners
 */
import { MAX_FRAME_SAMPLES, type PcmRate } from "./frames.ts";
import { Resampler } from "./resampler.ts";

const NARROW = 160;
const WIDE = 320;

/** Pure arithmetic of one beat: {@linkcode begin}, {@linkcode add} each voice, {@linkcode finish}, then listen. */
export class Mixer {
  readonly #narrow = new Int32Array(NARROW);
  readonly #wide = new Int32Array(WIDE);
  readonly #narrowTotal = new Int32Array(NARROW);
  readonly #wideTotal = new Int32Array(WIDE);
  readonly #crossed = new Int32Array(MAX_FRAME_SAMPLES);
  readonly #up = new Resampler({ from: 8000, to: 16000, maxInput: NARROW });
  readonly #down = new Resampler({ from: 16000, to: 8000, maxInput: WIDE });
  #narrowVoices = 0;
  #wideVoices = 0;
  /** Beats for which the filters still ring after the last voice on their side. */
  #upTail = 0;
  #downTail = 0;

  /** Clears both buses for the next beat. */
  begin(): void {
    if (this.#narrowVoices > 0) this.#narrow.fill(0);
    if (this.#wideVoices > 0) this.#wide.fill(0);
    this.#narrowVoices = 0;
    this.#wideVoices = 0;
  }

  /** Adds one frame of a voice at `rate`. */
  add(pcm: Int16Array, rate: PcmRate): void {
    const bus = rate === 8000 ? this.#narrow : this.#wide;
    for (let i = 0; i < bus.length; i++) bus[i] = bus[i]! + pcm[i]!;
    if (rate === 8000) this.#narrowVoices++;
    else this.#wideVoices++;
  }

  /** Number of voices of this beat. */
  get voices(): number {
    return this.#narrowVoices + this.#wideVoices;
  }

  /** Makes the totals for the rates at which somebody listens. */
  finish(listeners: { readonly narrow: boolean; readonly wide: boolean }): void {
    if (listeners.narrow) this.#finishNarrow();
    else if (this.#downTail > 0) this.#downTail = reset(this.#down);
    if (listeners.wide) this.#finishWide();
    else if (this.#upTail > 0) this.#upTail = reset(this.#up);
  }

  /** The 32-bit sum of all voices at `rate`, valid until the next `begin`. */
  total(rate: PcmRate): Int32Array {
    return rate === 8000 ? this.#narrowTotal : this.#wideTotal;
  }

  #finishNarrow(): void {
    this.#narrowTotal.set(this.#narrow);
    if (this.#wideVoices > 0) this.#downTail = 2;
    if (this.#downTail === 0) return;
    this.#downTail--;
    this.#down.process(this.#wide, this.#crossed);
    const total = this.#narrowTotal, crossed = this.#crossed;
    for (let i = 0; i < NARROW; i++) total[i] = total[i]! + crossed[i]!;
  }

  #finishWide(): void {
    this.#wideTotal.set(this.#wide);
    if (this.#narrowVoices > 0) this.#upTail = 2;
    if (this.#upTail === 0) return;
    this.#upTail--;
    this.#up.process(this.#narrow, this.#crossed);
    const total = this.#wideTotal, crossed = this.#crossed;
    for (let i = 0; i < WIDE; i++) total[i] = total[i]! + crossed[i]!;
  }
}

/** Writes `total` less `own`, a voice that was added to the same total: what everybody else says. */
export function without(own: Int16Array, total: Int32Array, out: Int32Array): void {
  for (let i = 0; i < total.length; i++) out[i] = total[i]! - own[i]!;
}

/** A filter that nobody hears must not keep an old voice for the next one who does. */
function reset(filter: Resampler): 0 {
  filter.reset();
  return 0;
}
