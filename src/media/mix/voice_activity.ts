/** Says from its level whether a member speaks, so that silent members cost no sum and no encoder of their own. */
import { rmsOf } from "./level.ts";

/** Louder than this is always sound, also a steady tone; softer than the other never. */
const ALWAYS = rmsOf(-45);
const NEVER = rmsOf(-60);
/** Speech stands this far above the noise of its line: 8 dB. */
const ABOVE_FLOOR = 2.5;
/** Ends of words and short pauses belong to speech: 300 ms. */
const HANGOVER_BEATS = 15;

export class VoiceActivity {
  #floor = NEVER;
  #left = 0;

  /** Takes the level of the next 20 ms; true while somebody speaks. */
  update(rms: number): boolean {
    this.#floor = rms < this.#floor
      ? rms * 0.3 + this.#floor * 0.7
      : Math.min(ALWAYS, this.#floor * 1.002 + 0.01);
    const threshold = Math.min(ALWAYS, Math.max(NEVER, this.#floor * ABOVE_FLOOR));
    if (rms > threshold) this.#left = HANGOVER_BEATS;
    else if (this.#left > 0) this.#left--;
    return this.#left > 0;
  }

  /** Silence from now on, whatever came before: a member that was muted. */
  reset(): void {
    this.#left = 0;
  }
}
