/** What is counted of one received stream: loss, order, duplicates, jitter (RFC 3550 A.1, A.3, A.8). */
import { middleOfNtp, type NtpTime } from "./ntp_time.ts";
import { sequenceNumber, ssrc, timestamp } from "./packet.ts";
import { NONE, ReplayWindow } from "./replay_window.ts";
import type { ReportBlock } from "./rtcp.ts";
import { sequenceDelta, timestampDelta } from "./sequence.ts";

/** A jump beyond these is a source that began anew, not loss or lateness (RFC 3550 A.1). */
const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;
/** A transit time that changes by more (seconds) is a timestamp set anew, e.g. after hold; it is no jitter. */
const MAX_JITTER_STEP_SEC = 2;

export class ReceiverStatistics {
  /**
   * When the packet at hand came. A field for the hot path: a fraction given to a function that is not inlined is an
   * object for each call.
   */
  arrivalMs = 0;
  /** Units of RTP time per second; set again when the codec changes. */
  #clockRate: number;
  #ssrc = 0;
  /** Extended sequence numbers of this source: the first and the highest. */
  #base = NONE;
  readonly #seen = new ReplayWindow();
  /** Of sources that have ended or begun anew. */
  #expectedBefore = 0;
  #received = 0;
  #late = 0;
  #duplicates = 0;
  #lastTimestamp = 0;
  #lastArrivalMs = 0;
  #jitterUnits = 0;
  #expectedAtReport = 0;
  #receivedAtReport = 0;
  #lastSenderReport = 0;
  #lastSenderReportMs = 0;

  constructor(clockRate: number) {
    this.#clockRate = clockRate;
  }

  get clockRate(): number {
    return this.#clockRate;
  }

  /** Another rate begins the jitter anew. */
  set clockRate(rate: number) {
    if (rate === this.#clockRate) return;
    this.#clockRate = rate;
    this.#jitterUnits = 0;
    this.#lastArrivalMs = 0;
  }

  /** The source received from at present. */
  get ssrc(): number {
    return this.#ssrc;
  }

  /** Packets received, without duplicates. */
  get received(): number {
    return this.#received;
  }

  /** Packets that came behind one with a higher sequence number. */
  get late(): number {
    return this.#late;
  }

  get duplicates(): number {
    return this.#duplicates;
  }

  get expected(): number {
    return this.#expectedBefore + this.#expectedNow();
  }

  /** Packets missing so far; a late one is taken off again when it comes. */
  get lost(): number {
    return Math.max(0, this.expected - this.#received);
  }

  get jitterMs(): number {
    return this.#jitterUnits / this.#clockRate * 1000;
  }

  /** When the last packet came, 0 before the first. */
  get lastArrivalMs(): number {
    return this.#lastArrivalMs;
  }

  /** Counts one packet whose header is known to be good. */
  receive(packet: Uint8Array, arrivalMs: number): "next" | "late" | "duplicate" | "restart" {
    this.arrivalMs = arrivalMs;
    return this.receiveNow(packet);
  }

  /** The same at the time in {@linkcode arrivalMs}. */
  receiveNow(packet: Uint8Array): "next" | "late" | "duplicate" | "restart" {
    const source = ssrc(packet), sequence = sequenceNumber(packet);
    if (this.#base === NONE || source !== this.#ssrc) return this.#restart(packet);
    const highest = this.#seen.highest;
    const distance = sequenceDelta(highest & 0xffff, sequence);
    if (distance > MAX_DROPOUT || distance < -MAX_MISORDER) return this.#restart(packet);
    const extended = highest + distance;
    if (!this.#seen.isFresh(extended)) {
      this.#duplicates++;
      return "duplicate";
    }
    this.#seen.accept(extended);
    this.#received++;
    if (extended < this.#base) this.#base = extended;
    this.#measureJitter(packet);
    if (distance > 0) return "next";
    this.#late++;
    return "late";
  }

  /** Remembers a sender report of this source for the next report block. */
  takeSenderReport(ntp: NtpTime, nowMs: number): void {
    this.#lastSenderReport = middleOfNtp(ntp);
    this.#lastSenderReportMs = nowMs;
  }

  /** The block for our next report; the fraction is that since the call before. Undefined before the first packet. */
  report(nowMs: number): ReportBlock | undefined {
    if (this.#base === NONE) return undefined;
    const expected = this.expected - this.#expectedAtReport;
    const lost = expected - (this.#received - this.#receivedAtReport);
    this.#expectedAtReport = this.expected;
    this.#receivedAtReport = this.#received;
    const delaySec = (nowMs - this.#lastSenderReportMs) / 1000;
    return {
      ssrc: this.#ssrc,
      fractionLost: expected <= 0 || lost <= 0 ? 0 : Math.min(255, Math.floor(lost * 256 / expected)),
      cumulativeLost: this.expected - this.#received,
      highestSequence: this.#seen.highest % 2 ** 32,
      jitter: Math.floor(this.#jitterUnits) >>> 0,
      lastSenderReport: this.#lastSenderReport,
      delaySinceLastSenderReport: this.#lastSenderReport === 0 ? 0 : Math.floor(delaySec * 65536) >>> 0,
    };
  }

  #expectedNow(): number {
    return this.#base === NONE ? 0 : this.#seen.highest - this.#base + 1;
  }

  #restart(packet: Uint8Array): "restart" {
    this.#expectedBefore += this.#expectedNow();
    if (ssrc(packet) !== this.#ssrc) this.#lastSenderReport = 0;
    this.#ssrc = ssrc(packet);
    // One cycle ahead, so that packets from before the first one do not become negative.
    this.#base = 0x10000 + sequenceNumber(packet);
    this.#seen.clear();
    this.#seen.accept(this.#base);
    this.#received++;
    this.#lastTimestamp = timestamp(packet);
    this.#lastArrivalMs = this.arrivalMs;
    return "restart";
  }

  /** Packets of one timestamp (a video frame, an event sent again) are not spaced by the clock: they are left out. */
  #measureJitter(packet: Uint8Array): void {
    const { arrivalMs } = this;
    const stamp = timestamp(packet);
    const sent = timestampDelta(this.#lastTimestamp, stamp);
    const wasSet = this.#lastArrivalMs !== 0;
    const came = (arrivalMs - this.#lastArrivalMs) * this.#clockRate / 1000;
    if (sent === 0) return;
    this.#lastTimestamp = stamp;
    this.#lastArrivalMs = arrivalMs;
    const difference = Math.abs(came - sent);
    if (!wasSet || difference > MAX_JITTER_STEP_SEC * this.#clockRate) return;
    this.#jitterUnits += (difference - this.#jitterUnits) / 16;
  }
}
