/** A 2xx to INVITE, sent again until its ACK comes, over whatever transport (RFC 3261 §13.3.1.4). */
import type { Timer } from "../../base/mod.ts";
import type { SipResponse } from "../message/mod.ts";
import type { ServerTransaction, TimerTarget, TimerWheel, Timing } from "../transaction/mod.ts";

export class SuccessRepeater implements TimerTarget {
  /** CSeq of the INVITE, which the ACK repeats. */
  readonly sequence: number;
  readonly #response: SipResponse;
  readonly #transaction: ServerTransaction;
  readonly #wheel: TimerWheel;
  readonly #timing: Timing;
  readonly #onLost: () => void;
  readonly #deadlineMs: number;
  #intervalMs: number;
  #timer: Timer | undefined;

  /** `onLost`: no ACK in 64·T1. */
  constructor(
    response: SipResponse,
    options: {
      sequence: number;
      transaction: ServerTransaction;
      wheel: TimerWheel;
      timing: Timing;
      onLost: () => void;
    },
  ) {
    this.sequence = options.sequence;
    this.#response = response;
    this.#transaction = options.transaction;
    this.#wheel = options.wheel;
    this.#timing = options.timing;
    this.#onLost = options.onLost;
    this.#intervalMs = options.timing.t1Ms;
    this.#deadlineMs = this.#wheel.now() + 64 * options.timing.t1Ms;
    this.#schedule();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  timerFired(): void {
    this.#timer = undefined;
    if (this.#wheel.now() >= this.#deadlineMs) {
      this.#onLost();
      return;
    }
    this.#transaction.respond(this.#response);
    this.#intervalMs = Math.min(2 * this.#intervalMs, this.#timing.t2Ms);
    this.#schedule();
  }

  #schedule(): void {
    const left = this.#deadlineMs - this.#wheel.now();
    this.#timer = this.#wheel.start(Math.min(this.#intervalMs, left), this);
  }
}
