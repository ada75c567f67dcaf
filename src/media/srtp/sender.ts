/** Sealing towards one peer, in place (RFC 3711 §3.3, §3.4; RFC 7714 §9). */
import type { SrtpKey } from "../plane.ts";
import { rtpHeaderLength, sequenceNumber } from "../rtp/mod.ts";
import { SrtpContext } from "./context.ts";
import type { SrtpContextState } from "./key_context.ts";
import { PacketJob } from "./packet_job.ts";
import { INDEX_USED, KEY_EXHAUSTED, MALFORMED, NO_ROOM, TOO_MANY_STREAMS } from "./refusal.ts";
import { guessIndex, MAX_INDEX, MAX_RTCP_INDEX } from "./rollover.ts";
import { SrtpStream } from "./stream.ts";

const RTCP_HEADER = 8;

/** Plain data of a sender. */
export interface SrtpSenderState {
  readonly current: SrtpContextState;
  readonly previous?: SrtpContextState;
}

export class SrtpSender {
  #current: SrtpContext;
  /** The key before: coming back to it must not use its packet indices a second time. */
  #previous: SrtpContext | undefined;
  readonly #job = new PacketJob();

  /** @throws {RangeError} when the key does not fit its suite. */
  constructor(key: SrtpKey) {
    this.#current = new SrtpContext(key);
  }

  get suite(): SrtpKey["suite"] {
    return this.#current.suite.name;
  }

  get streamCount(): number {
    return this.#current.streamCount;
  }

  /**
   * The highest index sealed of this source under the key at hand: rollover counter and sequence number (RFC 3711 §3.3.1);
   * undefined where there is none.
   */
  sealedIndex(ssrc: number): number | undefined {
    return this.#current.highestIndex(ssrc);
  }

  /** Bytes that {@linkcode seal} appends. */
  get overhead(): number {
    return this.#current.rtp.tagLength + this.#current.mki.length;
  }

  /** Bytes that {@linkcode sealRtcp} appends. */
  get rtcpOverhead(): number {
    return this.#current.rtcp.tagLength + 4 + this.#current.mki.length;
  }

  /**
   * Takes another key into use; the same one keeps the rollover counters, and so does the one before.
   * @throws {RangeError} when the key does not fit its suite.
   */
  rekey(key: SrtpKey): "kept" | "returned" | "changed" {
    if (this.#current.hasKey(key)) {
      this.#current.takeMki(key);
      return "kept";
    }
    const returned = this.#previous?.hasKey(key) ? this.#previous : undefined;
    returned?.takeMki(key);
    const next = returned ?? new SrtpContext(key);
    this.#previous = this.#current;
    this.#current = next;
    return returned === undefined ? "changed" : "returned";
  }

  /**
   * Encrypts the packet in the first `length` bytes and appends MKI and tag.
   * @returns the new length, or a negative reason: `MALFORMED`, `NO_ROOM`, `INDEX_USED`, `KEY_EXHAUSTED`,
   *   `TOO_MANY_STREAMS`. The packet is untouched then.
   */
  seal(packet: Uint8Array, length: number): number {
    const context = this.#current;
    const bodyStart = rtpHeaderLength(packet, length);
    if (bodyStart < 0) return MALFORMED;
    const tag = context.rtp.tagLength, mki = context.mki;
    const sealed = length + tag + mki.length;
    if (sealed > packet.length) return NO_ROOM;
    const ssrc = (packet[8]! << 24) | (packet[9]! << 16) | (packet[10]! << 8) | packet[11]!;
    const stream = context.find(ssrc) ?? addStream(context, ssrc);
    if (stream === undefined) return TOO_MANY_STREAMS;
    const index = guessIndex(stream.rtp.highest, sequenceNumber(packet));
    if (index > MAX_INDEX) return KEY_EXHAUSTED;
    if (!stream.rtp.isFresh(index)) return INDEX_USED;

    const job = this.#job;
    job.packet = packet;
    job.bodyStart = bodyStart;
    job.bodyEnd = length;
    job.rtcpWordAt = -1;
    job.ssrc = ssrc;
    job.index = index;
    // Counter mode puts the MKI before the tag (RFC 3711 §3.1), GCM behind it (RFC 7714 §8.2).
    const mkiAt = context.suite.mode === "gcm" ? length + tag : length;
    job.tagAt = context.suite.mode === "gcm" ? length : length + mki.length;
    context.rtp.seal(job, stream.ahead);
    for (let i = 0; i < mki.length; i++) packet[mkiAt + i] = mki[i]!;
    stream.rtp.accept(index);
    return sealed;
  }

  /**
   * Encrypts a compound RTCP packet behind its first 8 bytes and appends index, MKI and tag.
   * @returns as {@linkcode seal}.
   */
  sealRtcp(packet: Uint8Array, length: number): number {
    const context = this.#current;
    if (length < RTCP_HEADER || packet[0]! >>> 6 !== 2) return MALFORMED;
    const tag = context.rtcp.tagLength, mki = context.mki, isGcm = context.suite.mode === "gcm";
    const sealed = length + tag + 4 + mki.length;
    if (sealed > packet.length) return NO_ROOM;
    const ssrc = (packet[4]! << 24) | (packet[5]! << 16) | (packet[6]! << 8) | packet[7]!;
    const stream = context.find(ssrc) ?? addStream(context, ssrc);
    if (stream === undefined) return TOO_MANY_STREAMS;
    const index = stream.rtcp.highest + 1;
    if (index > MAX_RTCP_INDEX) return KEY_EXHAUSTED;

    const job = this.#job;
    job.packet = packet;
    job.bodyStart = RTCP_HEADER;
    job.bodyEnd = length;
    job.rtcpWordAt = isGcm ? length + tag : length;
    job.tagAt = isGcm ? length : length + 4 + mki.length;
    job.ssrc = ssrc;
    job.index = index;
    packet[job.rtcpWordAt] = 0x80 | (index >>> 24);
    packet[job.rtcpWordAt + 1] = index >>> 16;
    packet[job.rtcpWordAt + 2] = index >>> 8;
    packet[job.rtcpWordAt + 3] = index;
    for (let i = 0; i < mki.length; i++) packet[job.rtcpWordAt + 4 + i] = mki[i]!;
    context.rtcp.seal(job, undefined);
    stream.rtcp.accept(index);
    return sealed;
  }

  /** All that another thread needs to go on; {@linkcode restore} takes it. */
  save(): SrtpSenderState {
    const current = this.#current.save();
    return this.#previous === undefined ? { current } : { current, previous: this.#previous.save() };
  }

  static restore(state: SrtpSenderState): SrtpSender {
    const sender = new SrtpSender(state.current.key);
    sender.#current = SrtpContext.restore(state.current);
    if (state.previous !== undefined) sender.#previous = SrtpContext.restore(state.previous);
    return sender;
  }
}

function addStream(context: SrtpContext, ssrc: number): SrtpStream | undefined {
  if (context.isFull) return undefined;
  const stream = new SrtpStream(ssrc);
  context.add(stream);
  return stream;
}
