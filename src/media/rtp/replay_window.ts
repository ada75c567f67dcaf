/** Which of the last 128 packets were seen: the sliding window of RFC 3711 §3.3.2, and of counting duplicates. */

export const REPLAY_WINDOW = 128;
/** `highest` of a window that has accepted nothing. */
export const NONE = -1;

/** Plain data of a window, for moving it to another thread. */
export interface ReplayWindowState {
  readonly highest: number;
  readonly bits: readonly number[];
}

export class ReplayWindow {
  /** Highest index accepted, {@linkcode NONE} when none. Indices are whole numbers up to 2^53. */
  highest = NONE;
  /** Bit (index mod 128) is set when that index was accepted. */
  readonly #bits = new Int32Array(REPLAY_WINDOW / 32);

  /** True when `index` is neither known nor older than the window. Changes nothing. */
  isFresh(index: number): boolean {
    if (index > this.highest) return true;
    if (this.highest - index >= REPLAY_WINDOW) return false;
    return ((this.#bits[(index >>> 5) & 3]! >>> (index & 31)) & 1) === 0;
  }

  /** Remembers a fresh index. For SRTP: only after its packet authenticated. */
  accept(index: number): void {
    if (index > this.highest) this.#slide(index);
    this.#bits[(index >>> 5) & 3]! |= 1 << (index & 31);
  }

  clear(): void {
    this.highest = NONE;
  }

  #slide(index: number): void {
    if (this.highest === NONE || index - this.highest >= REPLAY_WINDOW) {
      this.#bits.fill(0);
    } else {
      for (let passed = this.highest + 1; passed <= index; passed++) {
        this.#bits[(passed >>> 5) & 3]! &= ~(1 << (passed & 31));
      }
    }
    this.highest = index;
  }

  save(): ReplayWindowState {
    return { highest: this.highest, bits: [...this.#bits] };
  }

  restore(state: ReplayWindowState): void {
    this.highest = state.highest;
    this.#bits.set(state.bits);
  }
}
