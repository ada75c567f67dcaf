/** The packets of one digit, one a beat (RFC 4733 §2.5.1): begin with marker, updates, three end packets. */
import { eventOfDigit, writeTelephoneEvent } from "./telephone_event.ts";

/** The end is said three times, for two may be lost (RFC 4733 §2.5.1.4). */
const END_PACKETS = 3;
const MAX_DURATION = 0xffff;
/** −10 dBm0: within what RFC 4733 §2.3.4 and its neighbours in the field use. */
const DEFAULT_VOLUME = 10;

export interface DigitToSend {
  readonly digit: string;
  /** How long the tone lasts; at most 8 s at 8 kHz, the longest one segment can say. */
  readonly toneMs: number;
  readonly packetMs: number;
  readonly clockRate: number;
  readonly volume?: number;
}

/** All packets carry the RTP timestamp of the first; the caller counts sequence numbers on. */
export class TelephoneEventSender {
  readonly #event: number;
  readonly #volume: number;
  readonly #step: number;
  readonly #duration: number;
  #sent = 0;
  #ends = 0;

  /** @throws {RangeError} for what is no digit. */
  constructor(options: DigitToSend) {
    const event = eventOfDigit(options.digit);
    if (event === undefined) throw new RangeError(`Cannot send digit "${options.digit}": no telephone event`);
    this.#event = event;
    this.#volume = options.volume ?? DEFAULT_VOLUME;
    this.#step = Math.max(1, Math.round(options.packetMs * options.clockRate / 1000));
    const wanted = Math.round(options.toneMs * options.clockRate / 1000);
    this.#duration = Math.min(MAX_DURATION, Math.max(this.#step, wanted));
  }

  /** True for the packet that {@linkcode write} makes first: it carries the marker bit. */
  get isFirst(): boolean {
    return this.#sent === 0;
  }

  get isDone(): boolean {
    return this.#ends === END_PACKETS;
  }

  /** Timestamp units that the whole digit has taken. */
  get duration(): number {
    return this.#duration;
  }

  /** Writes the payload of the next beat at byte `at`; returns its end, or -1 when all is said. */
  write(packet: Uint8Array, at: number): number {
    if (this.isDone) return -1;
    const duration = Math.min(this.#duration, this.#step * (this.#sent + 1));
    const end = duration >= this.#duration && this.#sent > 0;
    this.#sent++;
    if (end) this.#ends++;
    return writeTelephoneEvent(packet, { at, event: this.#event, end, volume: this.#volume, duration });
  }
}
