/**
 * Keeps the way to a server open over UDP, where there is no connection to do it: a question now and then, for which any
 * answer will do (RFC 3261 §11; RFC 5626 §3.5 does it with STUN, which few servers answer).
 */

import type { Clock, Timer } from "../base/mod.ts";

/** Less than any NAT forgets in. */
const EVERY_MS = 25_000;

export interface KeepAliveOptions {
  readonly clock: Clock;
  /** Asks; `heard` comes once. */
  ask(heard: (isAnswered: boolean) => void): void;
  /** The server did not answer. */
  lost(): void;
}

export class KeepAlive {
  readonly #options: KeepAliveOptions;
  #timer: Timer | undefined;
  #isOn = false;

  constructor(options: KeepAliveOptions) {
    this.#options = options;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  set isOn(isOn: boolean) {
    if (isOn === this.#isOn) return;
    this.#isOn = isOn;
    if (isOn) this.#wait();
    else this.#timer?.cancel();
  }

  #wait(): void {
    const { clock, ask, lost } = this.#options;
    this.#timer?.cancel();
    this.#timer = clock.at(clock.now() + EVERY_MS, () =>
      ask((isAnswered) => {
        if (!this.#isOn) return;
        if (isAnswered) return this.#wait();
        this.#isOn = false;
        lost();
      }));
  }
}
