/** The delay line of G.722's 24-tap quadrature mirror filters (ITU-T G.722 §3.1, §4.4), both directions. */
import { QMF_TAPS } from "./g722_tables.ts";

const TAPS = 24;
/** Pairs written before the line is moved back to the beginning: moving at each pair would cost more than filtering. */
const ROOM = 512;

export class QuadratureMirror {
  readonly #line = new Int16Array(TAPS + ROOM);
  /** Where the oldest of the 24 values stands. */
  #start = 0;
  /** The two sums of the last {@linkcode push}, before scaling. */
  first = 0;
  second = 0;

  /** Takes over the last 24 values of another delay line. */
  copyFrom(other: QuadratureMirror): void {
    this.#line.set(other.#line);
    this.#start = other.#start;
  }

  /** Takes two values and makes the sums over the odd and even taps. */
  push(older: number, newer: number): void {
    const line = this.#line;
    if (this.#start === ROOM) {
      line.copyWithin(0, ROOM, ROOM + TAPS);
      this.#start = 0;
    }
    this.#start += 2;
    let at = this.#start;
    line[at + TAPS - 2] = older;
    line[at + TAPS - 1] = newer;
    let first = 0, second = 0;
    for (let tap = 0; tap < TAPS / 2; tap++, at += 2) {
      second += line[at]! * QMF_TAPS[tap]!;
      first += line[at + 1]! * QMF_TAPS[TAPS / 2 - 1 - tap]!;
    }
    this.first = first;
    this.second = second;
  }
}
