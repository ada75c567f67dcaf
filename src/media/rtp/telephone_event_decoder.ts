/**
 * Digits out of telephone-event packets (RFC 4733 §2.5): each once, whatever is lost, doubled or out of order. An
 * event is known by its timestamp; it is told when it ends, by its end bit, by the next event, or by silence.
 */
import { marker, rtpHeaderLength, rtpPayloadEnd, sequenceNumber, ssrc, timestamp } from "./packet.ts";
import { sequenceDelta, timestampDelta } from "./sequence.ts";
import { digitOfEvent, readTelephoneEvent, type TelephoneEvent } from "./telephone_event.ts";

export interface DecodedDigit {
  readonly digit: string;
  readonly durationMs: number;
  /** When its first packet came. */
  readonly startedMs: number;
}

/** An event of which nothing more comes has ended: its end packets were lost. */
const END_LOST_MS = 300;
/** Longest segment; a longer event goes on under a new timestamp (RFC 4733 §2.5.1.3). */
const FULL_SEGMENT = 0xffff;
/** Sequence numbers further back than this are a source that began anew. */
const MAX_MISORDER = 100;

interface RunningEvent {
  readonly event: number;
  readonly startedMs: number;
  timestamp: number;
  /** Units of segments before this one. */
  before: number;
  duration: number;
  lastMs: number;
}

export class TelephoneEventDecoder {
  readonly #clockRate: number;
  readonly #onDigit: (digit: DecodedDigit) => void;
  #ssrc = -1;
  #highestSequence = 0;
  #running: RunningEvent | undefined;
  /** Timestamp and code of the event that ended last: its further packets say nothing new. */
  #ended: { timestamp: number; event: number; sequence: number } | undefined;

  constructor(options: { readonly clockRate: number; readonly onDigit: (digit: DecodedDigit) => void }) {
    this.#clockRate = options.clockRate;
    this.#onDigit = options.onDigit;
  }

  /** True while a key is held down at the far end. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Takes a plain RTP packet of the telephone-event payload type; what is malformed is passed over. */
  receive(packet: Uint8Array, { length, nowMs }: { readonly length: number; readonly nowMs: number }): void {
    const end = rtpPayloadEnd(packet, length);
    if (end < 0) return;
    const payload = readTelephoneEvent(packet, { at: rtpHeaderLength(packet, length), end });
    if (payload === undefined) return;
    const sequence = sequenceNumber(packet), stamp = timestamp(packet);
    if (ssrc(packet) !== this.#ssrc) this.#beginSource(packet);
    const distance = sequenceDelta(this.#highestSequence, sequence);
    const isOld = distance < 0 && distance >= -MAX_MISORDER;
    if (!isOld) this.#highestSequence = sequence;

    const running = this.#running;
    if (running !== undefined && this.#continues(running, payload, packet)) {
      this.#prolong(running, { payload, stamp, nowMs });
    } else if (isOld || this.#isEnded(payload, packet)) {
      return;
    } else {
      this.#finish();
      this.#running = {
        event: payload.event,
        startedMs: nowMs,
        timestamp: stamp,
        before: 0,
        duration: payload.duration,
        lastMs: nowMs,
      };
    }
    if (payload.end) this.#finish();
  }

  /** Ends an event of which nothing has come for a while; call it with each beat. */
  advance(nowMs: number): void {
    if (this.#running !== undefined && nowMs - this.#running.lastMs >= END_LOST_MS) this.#finish();
  }

  #beginSource(packet: Uint8Array): void {
    this.#finish();
    this.#ended = undefined;
    this.#ssrc = ssrc(packet);
    this.#highestSequence = sequenceNumber(packet);
  }

  /** Same timestamp; or the next segment of a long event; or a sender that wrongly moves the timestamp on. */
  #continues(running: RunningEvent, payload: TelephoneEvent, packet: Uint8Array): boolean {
    if (payload.event !== running.event) return false;
    const moved = timestampDelta(running.timestamp, timestamp(packet));
    if (moved === 0) return true;
    if (marker(packet)) return false;
    if (moved === FULL_SEGMENT && running.duration === FULL_SEGMENT) return true;
    return moved > 0 && moved <= payload.duration && payload.duration > running.duration;
  }

  #prolong(
    running: RunningEvent,
    { payload, stamp, nowMs }: { payload: TelephoneEvent; stamp: number; nowMs: number },
  ): void {
    if (timestampDelta(running.timestamp, stamp) === FULL_SEGMENT) {
      running.before += FULL_SEGMENT;
      running.duration = 0;
    }
    running.timestamp = stamp;
    if (payload.duration > running.duration) running.duration = payload.duration;
    running.lastMs = nowMs;
  }

  /** A packet of the event told last: same timestamp, or moved on by less than a packet's time each. */
  #isEnded(payload: TelephoneEvent, packet: Uint8Array): boolean {
    const ended = this.#ended;
    if (ended === undefined || ended.event !== payload.event) return false;
    const moved = timestampDelta(ended.timestamp, timestamp(packet));
    if (moved === 0) return true;
    const packets = sequenceDelta(ended.sequence, sequenceNumber(packet));
    return payload.end && !marker(packet) && moved > 0 && packets > 0 && packets <= 3 &&
      moved <= packets * this.#clockRate / 50;
  }

  #finish(): void {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    this.#ended = {
      timestamp: running.timestamp,
      event: running.event,
      sequence: this.#highestSequence,
    };
    const digit = digitOfEvent(running.event);
    if (digit === undefined) return;
    const durationMs = Math.round((running.before + running.duration) / this.#clockRate * 1000);
    this.#onDigit({ digit, durationMs, startedMs: running.startedMs });
  }
}
