/**
 * Messages on their way to a capture server. Putting one in costs a push; masking and encoding happen later, a few at a
 * time, between calls. Who comes when the queue is full is dropped and counted: signalling never waits for telemetry.
 */

import type { Clock, Timer } from "../base/mod.ts";
import { type HepOptions, printHep } from "./hep.ts";
import { maskMessage } from "./mask_message.ts";
import type { TracedMessage } from "./traced_message.ts";

/** About a second of what one core can handle. */
const MAX_WAITING = 4000;
/** At most 2 ms of work at a time. */
const AT_A_TIME = 100;
const BEAT_MS = 10;

export interface HepQueueOptions {
  readonly clock: Clock;
  /** How messages are written now; undefined while nobody wants them. */
  readonly options: () => (HepOptions & { readonly isMasked: boolean }) | undefined;
  /** Must not wait. */
  readonly send: (datagram: Uint8Array<ArrayBuffer>) => void;
}

export class HepQueue {
  readonly #options: HepQueueOptions;
  #waiting: TracedMessage[] = [];
  #next = 0;
  #timer: Timer | undefined;
  #sent = 0;
  #dropped = 0;

  constructor(options: HepQueueOptions) {
    this.#options = options;
  }

  /** Messages sent and dropped since the start. */
  get counts(): { readonly sent: number; readonly dropped: number } {
    return { sent: this.#sent, dropped: this.#dropped };
  }

  /** `message` must not change any more. */
  add(message: TracedMessage): void {
    if (this.#options.options() === undefined) return;
    if (this.#waiting.length - this.#next >= MAX_WAITING) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(message);
    this.#timer ??= this.#beatSoon();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#waiting = [];
    this.#next = 0;
  }

  #beatSoon(): Timer {
    const { clock } = this.#options;
    return clock.at(clock.now() + BEAT_MS, () => this.#beat());
  }

  #beat(): void {
    const options = this.#options.options();
    const end = Math.min(this.#waiting.length, this.#next + AT_A_TIME);
    for (; this.#next < end; this.#next++) this.#sendOne(this.#waiting[this.#next]!, options);
    if (this.#next < this.#waiting.length) {
      this.#timer = this.#beatSoon();
      return;
    }
    this.#waiting = [];
    this.#next = 0;
    this.#timer = undefined;
  }

  #sendOne(message: TracedMessage, options: ReturnType<HepQueueOptions["options"]>): void {
    const shown = options?.isMasked ? { ...message, bytes: maskMessage(message.bytes) } : message;
    const datagram = options && printHep(shown, options);
    if (!datagram) {
      this.#dropped++;
      return;
    }
    this.#options.send(datagram);
    this.#sent++;
  }
}
