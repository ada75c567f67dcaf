/** One unbroken RTP stream towards a peer, whoever speaks in it: SSRC, sequence and time go on (RFC 3550 §5.1, §7.1). */
import type { PayloadFormat } from "../plane.ts";
import {
  addSequence,
  addTimestamp,
  payloadType,
  sequenceDelta,
  sequenceNumber,
  setMarker,
  setSequenceNumber,
  setSsrc,
  setTimestamp,
  ssrc,
  timestamp,
  timestampDelta,
} from "../rtp/mod.ts";

/**
 * Who speaks, told apart by identity. The first speaker's packets pass as they are. When the server puts another in its place (a tone, music, the other
 * end of a transfer), the peer sees the same SSRC, the next sequence number and a timestamp advanced by the time that
 * has passed, with the marker set. What a speaker does himself, a new SSRC or a jump ahead, is his to do and passes;
 * one who steps back to numbers that were sent already (a phone that began anew) is spliced like another speaker, for
 * SRTP cannot seal them again and the peer may take them for late.
 */
export type Speaker = object;

/** Packets of a new speaker for which one from before its first is told as late. */
const EARLY_PACKETS = 200;
/** So far a packet may fall behind and be late; two in a row that fell farther are a step back (RFC 3550 A.1). */
const MAX_MISORDER = 100;
const NONE = -1;
const DEFAULT_CLOCK_RATE = 8000;
/** A speaker never begins in the same instant in which the last one ended. */
const LEAST_GAP_MS = 20;

/** Where a timeline stands, to go on elsewhere. */
export interface TimelineState {
  readonly ssrc: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly lastMs: number;
}

export class Timeline {
  /** Time of the packet at hand, set by the owner before {@linkcode place}. */
  nowMs = 0;
  /** What the peer takes; set by the owner. */
  formats: readonly PayloadFormat[] = [];
  #speaker: Speaker | undefined;
  #outSsrc = 0;
  #inSsrc = 0;
  #begun = false;
  #isShifted = false;
  #sequenceShift = 0;
  #timestampShift = 0;
  #sinceSplice = 0;
  #firstSequence = 0;
  #lastSequence = 0;
  /** The number that would make a step back of a packet that fell far behind. */
  #badSequence = NONE;
  #lastTimestamp = 0;
  #lastMs = 0;
  #clockRate = DEFAULT_CLOCK_RATE;

  /** What the peer sees as our SSRC; 0 before the first packet. */
  get ssrc(): number {
    return this.#outSsrc;
  }

  /** The speaker's own SSRC that stands behind {@linkcode ssrc}. */
  get speakerSsrc(): number {
    return this.#inSsrc;
  }

  /** What is added to the speaker's sequence numbers and timestamps. */
  get sequenceShift(): number {
    return this.#sequenceShift;
  }

  get timestampShift(): number {
    return this.#timestampShift;
  }

  /** Of the present speaker's first packet, in Hz. */
  get clockRate(): number {
    return this.#clockRate;
  }

  get lastTimestamp(): number {
    return this.#lastTimestamp;
  }

  get lastMs(): number {
    return this.#lastMs;
  }

  /** True when what is sent equals what the speaker made, RTCP included. */
  get isTransparent(): boolean {
    return !this.#isShifted;
  }

  /** Rewrites the packet's header to fit; false when the packet comes too late to have a place. */
  place(packet: Uint8Array, speaker: Speaker): boolean {
    if (speaker !== this.#speaker || this.#hasSteppedBack(packet)) this.#splice(packet, speaker);
    const from = ssrc(packet);
    // Video layers, repair streams, or a restart of his own; never under a name that stands for another.
    if (from !== this.#inSsrc) return from !== this.#outSsrc;
    let sequence = sequenceNumber(packet);
    if (this.#sinceSplice < EARLY_PACKETS) {
      this.#sinceSplice++;
      if (sequenceDelta(this.#firstSequence, sequence) < 0) return false;
    }
    let time = timestamp(packet);
    if (this.#isShifted) {
      sequence = addSequence(sequence, this.#sequenceShift);
      time = addTimestamp(time, this.#timestampShift);
      setSequenceNumber(packet, sequence);
      setTimestamp(packet, time);
      setSsrc(packet, this.#outSsrc);
    }
    if (sequenceDelta(this.#lastSequence, sequence) > 0 || this.#sinceSplice === 1) {
      this.#lastSequence = sequence;
      // The packets of a telephone-event or a picture share the time of the first.
      if (time !== this.#lastTimestamp || this.#sinceSplice === 1) this.#lastMs = this.nowMs;
      this.#lastTimestamp = time;
    }
    return true;
  }

  /**
   * Numbers up to this one are used up under the key in use from now on, as after a long time in the clear. Where it lies
   * ahead, whoever speaks next is spliced behind it.
   */
  goOnAfter(sequence: number): void {
    if (!this.#begun || sequenceDelta(this.#lastSequence, sequence) <= 0) return;
    this.#lastSequence = sequence;
    this.#speaker = undefined;
  }

  /**
   * The stream goes on under another name, its numbers in the lower half (RFC 3711 §3.3.1), its time as before. Whoever
   * speaks next is spliced to it.
   */
  rename(name: number): void {
    if (!this.#begun) return;
    this.#outSsrc = name;
    this.#lastSequence &= 0x7fff;
    this.#speaker = undefined;
  }

  save(): TimelineState {
    return {
      ssrc: this.#outSsrc,
      sequence: this.#lastSequence,
      timestamp: this.#lastTimestamp,
      lastMs: this.#lastMs,
    };
  }

  /** Whoever speaks next is spliced to what was sent before. */
  restore(state: TimelineState): void {
    this.#begun = state.ssrc !== 0;
    this.#outSsrc = state.ssrc;
    this.#lastSequence = state.sequence;
    this.#lastTimestamp = state.timestamp;
    this.#lastMs = state.lastMs;
    this.#speaker = undefined;
  }

  #hasSteppedBack(packet: Uint8Array): boolean {
    if (ssrc(packet) !== this.#inSsrc) return false;
    const sequence = addSequence(sequenceNumber(packet), this.#sequenceShift);
    if (sequence === this.#badSequence) return true;
    const isFar = sequenceDelta(this.#lastSequence, sequence) < -MAX_MISORDER;
    this.#badSequence = isFar ? addSequence(sequence, 1) : NONE;
    return false;
  }

  #splice(packet: Uint8Array, speaker: Speaker): void {
    this.#speaker = speaker;
    const type = payloadType(packet);
    const format = this.formats.find(({ payloadType }) => payloadType === type);
    this.#clockRate = format?.clockRate || DEFAULT_CLOCK_RATE;
    this.#inSsrc = ssrc(packet);
    this.#firstSequence = sequenceNumber(packet);
    this.#sinceSplice = 0;
    this.#badSequence = NONE;
    if (!this.#begun) {
      this.#begun = true;
      this.#outSsrc = this.#inSsrc;
      return;
    }
    const passedMs = Math.max(LEAST_GAP_MS, this.nowMs - this.#lastMs);
    const units = Math.round(passedMs * this.clockRate / 1000);
    this.#sequenceShift = sequenceDelta(this.#firstSequence, addSequence(this.#lastSequence, 1));
    this.#timestampShift = timestampDelta(timestamp(packet), addTimestamp(this.#lastTimestamp, units));
    this.#isShifted = this.#sequenceShift !== 0 || this.#timestampShift !== 0 ||
      this.#outSsrc !== this.#inSsrc;
    setMarker(packet, true);
  }
}
