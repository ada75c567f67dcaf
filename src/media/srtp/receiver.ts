/**
 * Opening what one peer seals, in place (RFC 3711 §3.3, §3.4; RFC 7714 §9). The law of `open`: nothing changes
 * before the tag holds. The order of work: measure → look up without creating → guess → window → verify in constant
 * time → decrypt → commit.
 */
import type { SrtpKey } from "../plane.ts";
import { NONE, rtpHeaderLength, sequenceNumber } from "../rtp/mod.ts";
import { SrtpContext } from "./context.ts";
import type { SrtpContextState } from "./key_context.ts";
import { PacketJob } from "./packet_job.ts";
import {
  KEY_EXHAUSTED,
  MALFORMED,
  NOT_ENCRYPTED,
  REPLAYED,
  TOO_MANY_STREAMS,
  TOO_SHORT,
  UNAUTHENTIC,
} from "./refusal.ts";
import { firstIndices, guessIndex, MAX_INDEX } from "./rollover.ts";
import { SrtpStream } from "./stream.ts";

const RTCP_HEADER = 8;
/** Packets that the key before still opens after a change of key, even when nobody tells the time. */
const PREVIOUS_KEY_PACKETS = 1024;

/** Plain data of a receiver. */
export interface SrtpReceiverState {
  readonly current: SrtpContextState;
  readonly previous?: SrtpContextState;
  readonly previousUntilMs: number;
  readonly previousPackets: number;
}

/**
 * Stands for a source not known yet while its packet is verified, so that forged sources leave no garbage; nothing of it
 * changes before the tag holds, so that one does for all receivers.
 */
let spare = new SrtpStream(0);

export class SrtpReceiver {
  #current: SrtpContext;
  /** Kept after it has expired, so that a peer that comes back to it finds its rollover counters. */
  #previous: SrtpContext | undefined;
  #previousUntilMs = 0;
  #previousPackets = 0;
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
   * Takes another key into use. The same one keeps rollover counters and replay windows, and so does the one before;
   * after a change the key before opens packets in flight until {@linkcode expire} sees `previousUntilMs`.
   * @throws {RangeError} when the key does not fit its suite.
   */
  rekey(key: SrtpKey, options: { readonly previousUntilMs: number }): "kept" | "returned" | "changed" {
    if (this.#current.hasKey(key)) {
      this.#current.takeMki(key);
      return "kept";
    }
    const returned = this.#previous?.hasKey(key) ? this.#previous : undefined;
    returned?.takeMki(key);
    const next = returned ?? new SrtpContext(key);
    this.#previous = this.#current;
    this.#previousUntilMs = options.previousUntilMs;
    this.#previousPackets = PREVIOUS_KEY_PACKETS;
    this.#current = next;
    return returned === undefined ? "changed" : "returned";
  }

  /** Ends the grace of the key before when its time has come; once in a while is enough. */
  expire(nowMs: number): void {
    if (nowMs >= this.#previousUntilMs) this.#previousPackets = 0;
  }

  /**
   * Verifies and decrypts the packet in the first `length` bytes.
   * @returns the length of the plain packet, or a negative reason: `TOO_SHORT`, `MALFORMED`, `REPLAYED`,
   *   `UNAUTHENTIC`, `TOO_MANY_STREAMS`, `KEY_EXHAUSTED`. Neither packet nor state has changed then.
   */
  open(packet: Uint8Array, length: number): number {
    const answer = this.#openRtp(this.#current, packet, length);
    if (answer >= 0 || this.#previousPackets === 0) return answer;
    return this.#fromPrevious(answer, this.#openRtp(this.#previous!, packet, length));
  }

  /** The same for a compound RTCP packet; further reason: `NOT_ENCRYPTED`. */
  openRtcp(packet: Uint8Array, length: number): number {
    const answer = this.#openRtcp(this.#current, packet, length);
    if (answer >= 0 || this.#previousPackets === 0) return answer;
    return this.#fromPrevious(answer, this.#openRtcp(this.#previous!, packet, length));
  }

  #fromPrevious(answer: number, second: number): number {
    if (second < 0) return answer;
    this.#previousPackets--;
    return second;
  }

  #openRtp(context: SrtpContext, packet: Uint8Array, length: number): number {
    const tag = context.rtp.tagLength, mki = context.mki.length;
    const bodyEnd = length - tag - mki;
    if (bodyEnd < 12) return TOO_SHORT;
    const bodyStart = rtpHeaderLength(packet, bodyEnd);
    if (bodyStart < 0) return MALFORMED;
    const ssrc = (packet[8]! << 24) | (packet[9]! << 16) | (packet[10]! << 8) | packet[11]!;
    const stream = context.find(ssrc);
    if (stream === undefined && context.isFull) return TOO_MANY_STREAMS;

    const job = this.#job;
    job.packet = packet;
    job.bodyStart = bodyStart;
    job.bodyEnd = bodyEnd;
    job.tagAt = context.suite.mode === "gcm" ? bodyEnd : bodyEnd + mki;
    job.rtcpWordAt = -1;
    job.ssrc = ssrc;
    if (stream === undefined || stream.rtp.highest === NONE) {
      return this.#openFirst(context, stream ?? this.#newcomer(ssrc));
    }
    job.index = guessIndex(stream.rtp.highest, sequenceNumber(packet));
    if (job.index > MAX_INDEX) return KEY_EXHAUSTED;
    if (!stream.rtp.isFresh(job.index)) return REPLAYED;
    if (!context.rtp.verify(job, stream.ahead)) return UNAUTHENTIC;
    context.rtp.decrypt(job, stream.ahead);
    stream.rtp.accept(job.index);
    return bodyEnd;
  }

  /** First packet of a source under this key: one of few indices must verify. */
  #openFirst(context: SrtpContext, stream: SrtpStream): number {
    const job = this.#job;
    const before = context === this.#current ? this.#previous?.find(stream.ssrc)?.rtp.highest ?? NONE : NONE;
    for (const index of firstIndices(sequenceNumber(job.packet), before)) {
      job.index = index;
      if (!context.rtp.verify(job, stream.ahead)) continue;
      context.rtp.decrypt(job, stream.ahead);
      if (stream === spare) this.#admit(context, stream);
      stream.rtp.accept(index);
      return job.bodyEnd;
    }
    return UNAUTHENTIC;
  }

  #openRtcp(context: SrtpContext, packet: Uint8Array, length: number): number {
    const tag = context.rtcp.tagLength, mki = context.mki.length;
    const isGcm = context.suite.mode === "gcm";
    const bodyEnd = length - tag - 4 - mki;
    if (bodyEnd < RTCP_HEADER) return TOO_SHORT;
    if (packet[0]! >>> 6 !== 2) return MALFORMED;
    const wordAt = isGcm ? bodyEnd + tag : bodyEnd;
    if ((packet[wordAt]! & 0x80) === 0) return NOT_ENCRYPTED;
    const ssrc = (packet[4]! << 24) | (packet[5]! << 16) | (packet[6]! << 8) | packet[7]!;
    const known = context.find(ssrc);
    if (known === undefined && context.isFull) return TOO_MANY_STREAMS;

    const job = this.#job;
    job.packet = packet;
    job.bodyStart = RTCP_HEADER;
    job.bodyEnd = bodyEnd;
    job.rtcpWordAt = wordAt;
    job.tagAt = isGcm ? bodyEnd : bodyEnd + 4 + mki;
    job.ssrc = ssrc;
    job.index = ((packet[wordAt]! & 0x7f) << 24) | (packet[wordAt + 1]! << 16) | (packet[wordAt + 2]! << 8) |
      packet[wordAt + 3]!;
    if (known !== undefined && !known.rtcp.isFresh(job.index)) return REPLAYED;
    if (!context.rtcp.verify(job, undefined)) return UNAUTHENTIC;
    context.rtcp.decrypt(job, undefined);
    const stream = known ?? this.#newcomer(ssrc);
    if (known === undefined) this.#admit(context, stream);
    stream.rtcp.accept(job.index);
    return bodyEnd;
  }

  #newcomer(ssrc: number): SrtpStream {
    spare.ssrc = ssrc;
    return spare;
  }

  #admit(context: SrtpContext, stream: SrtpStream): void {
    context.add(stream);
    spare = new SrtpStream(0);
  }

  /** All that another thread needs to go on; {@linkcode restore} takes it. */
  save(): SrtpReceiverState {
    return {
      current: this.#current.save(),
      ...(this.#previous === undefined ? {} : { previous: this.#previous.save() }),
      previousUntilMs: this.#previousUntilMs,
      previousPackets: this.#previousPackets,
    };
  }

  static restore(state: SrtpReceiverState): SrtpReceiver {
    const receiver = new SrtpReceiver(state.current.key);
    receiver.#current = SrtpContext.restore(state.current);
    if (state.previous !== undefined) receiver.#previous = SrtpContext.restore(state.previous);
    receiver.#previousUntilMs = state.previousUntilMs;
    receiver.#previousPackets = state.previousPackets;
    return receiver;
  }
}
