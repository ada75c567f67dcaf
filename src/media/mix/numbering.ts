/** Sequence numbers and timestamps without their wraps (RFC 3550 §5.1, A.1), and the rule for when they start anew. */
import { sequenceDelta, sequenceNumber, ssrc, timestamp, timestampDelta } from "../rtp/mod.ts";

/** A packet this far behind is no reordering. */
const MAX_MISORDER = 100;
/** So many of those in a row are a source that restarted its numbers without a new SSRC. */
const RESTART_AFTER = 3;

/** Reads one packet after the other; the results stand in {@linkcode sequence} and {@linkcode timestamp}. */
export class Numbering {
  /** Extended sequence number of the packet read last; never negative. */
  sequence = 0;
  /** Extended timestamp of the packet read last, in units of the RTP clock. */
  timestamp = 0;
  #ssrc = -1;
  #highest = 0;
  #newest = 0;
  #behind = 0;

  /** Reads a packet whose header was checked; false when its numbers have nothing to do with the former ones. */
  read(packet: Uint8Array): boolean {
    if (ssrc(packet) !== this.#ssrc) return false;
    const ahead = sequenceDelta(this.#highest & 0xffff, sequenceNumber(packet));
    if (ahead < -MAX_MISORDER) {
      if (++this.#behind >= RESTART_AFTER) return false;
    } else {
      this.#behind = 0;
    }
    this.sequence = this.#highest + ahead;
    this.timestamp = this.#newest + timestampDelta(this.#newest % 2 ** 32 | 0, timestamp(packet));
    if (ahead > 0) {
      this.#highest = this.sequence;
      this.#newest = this.timestamp;
    }
    return true;
  }

  /** True when the packet read last is the newest so far. */
  get isNewest(): boolean {
    return this.sequence === this.#highest;
  }

  /** Begins anew with this packet. */
  restart(packet: Uint8Array): void {
    this.#ssrc = ssrc(packet);
    this.#behind = 0;
    // One turn above zero, so that packets from just before do not become negative.
    this.sequence = this.#highest = 2 ** 16 + sequenceNumber(packet);
    this.timestamp = this.#newest = 2 ** 32 + timestamp(packet);
  }
}
