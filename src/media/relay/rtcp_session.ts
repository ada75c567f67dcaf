/** RTCP of one stream: the peer's reports proved, read and passed on; our own made where nothing is (RFC 3550 §6). */
import { below, type Random, token } from "../../base/mod.ts";
import type { StreamKind, StreamSettings } from "../plane.ts";
import {
  addTimestamp,
  middleOfNtp,
  parseRtcp,
  printRtcp,
  type ReceiverStatistics,
  type ReportBlock,
  type RtcpPacket,
  toNtpTime,
} from "../rtp/mod.ts";
import { Latch, LATCHED, type LatchState, STRANGER } from "./latch.ts";
import type { Inbox, MediaSocket } from "./network.ts";
import { translateRtcp } from "./rtcp_translate.ts";
import { SocketAddress } from "./socket_address.ts";
import type { StreamCounters } from "./stream_counters.ts";
import type { StreamCrypto } from "./stream_crypto.ts";
import type { Speaker, Timeline } from "./timeline.ts";

/** The wish of RFC 3550 §6.2 for small sessions: a report about every five seconds, spread by half. */
const INTERVAL_MS = 5_000;
/** The peer hears from the far side by what is passed on; after so long without it, it hears from us. */
const RELAYED_MS = 7_000;
/** Sender reports whose time of leaving is kept, to know the round trip from the answer. */
const REMEMBERED_REPORTS = 4;
const MAX_ROUND_TRIP_MS = 30_000;
const CNAME_ITEM = 1;

/** What a session knows, to go on elsewhere: the peer hears the same source and is told when it ends. */
export interface RtcpSessionState {
  readonly latch: LatchState;
  readonly cname: string;
  readonly ownSsrc: number;
  readonly hasMade: boolean;
  readonly roundTripMs?: number;
  readonly farLossFraction?: number;
}

/** What a stream shows its session. */
export interface ReportedStream {
  readonly kind: StreamKind;
  readonly isOn: boolean;
  readonly inbox: Inbox;
  readonly rtp: MediaSocket;
  readonly rtcp: MediaSocket;
  readonly latch: Latch;
  readonly timeline: Timeline;
  readonly statistics: ReceiverStatistics;
  readonly counters: StreamCounters;
  readonly crypto: StreamCrypto;
  readonly settings: StreamSettings | undefined;
  readonly rtcpSession: RtcpSession;
  readonly partner: ReportedStream | undefined;
  readonly speaker: Speaker | undefined;
  /** The peer took leave. */
  onBye(): void;
}

export class RtcpSession {
  /** Where the peer's RTCP comes from when it has a port of its own. */
  readonly latch = new Latch();
  roundTripMs: number | undefined;
  /** Share of our packets that the peer missed lately, as it says. */
  farLossFraction: number | undefined;
  readonly #stream: ReportedStream;
  readonly #random: Random;
  #cname: string;
  /** Middle of the NTP time of sender reports that went to the peer, and when; a ring. */
  readonly #reportsSent: number[] = [];
  readonly #reportsSentMs: number[] = [];
  #nextSlot = 0;
  #nextMs = 0;
  #relayedMs = -Infinity;
  #hasMade = false;
  #ownSsrc = 0;

  constructor(stream: ReportedStream, random: Random) {
    this.#stream = stream;
    this.#random = random;
    this.#cname = token(random, 8);
  }

  /** SIP spoke, or RTP latched: the host that RTP comes from may send RTCP from any of its ports. */
  signal(nowMs: number): void {
    const { settings, latch } = this.#stream;
    const remote = settings?.remote;
    const host = settings?.signallingHost;
    this.latch.signal({
      remote: remote && SocketAddress.parse(remote.host, remote.rtcpPort),
      signallingHost: latch.address ?? (host === undefined ? undefined : SocketAddress.parse(host, 0)),
    }, nowMs);
    if (this.#nextMs === 0) this.#nextMs = nowMs + this.#interval() / 2;
  }

  /** A datagram in the inbox that looks like RTCP; `isMuxed` when it came to the RTP port. */
  onDatagram(length: number, isMuxed: boolean): void {
    const { inbox, crypto, counters } = this.#stream;
    const { receiver, slowReceiver } = crypto;
    if (receiver !== undefined) return this.#onOpened(receiver.openRtcp(inbox.bytes, length), isMuxed);
    if (slowReceiver !== undefined) {
      const isKnown = (isMuxed ? this.#stream.latch : this.latch).isAt(inbox.source);
      const then = (plain: number) => this.#onOpened(plain, isMuxed);
      if (!slowReceiver.open(length, { isRtcp: true, isKnown, then }) && !isKnown) counters.strangers++;
      return;
    }
    const verdict = (isMuxed ? this.#stream.latch : this.latch).judge(inbox);
    if (verdict === STRANGER || (isMuxed && verdict !== LATCHED)) counters.strangers++;
    else this.#onPlain(length, isMuxed);
  }

  /** Makes a report when one is due and the far side's do not pass; call it a few times a second. */
  tick(nowMs: number): void {
    if (this.#nextMs === 0 || nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + this.#interval();
    if (nowMs - this.#relayedMs < RELAYED_MS || this.#stream.kind !== "rtp" || !this.#target) return;
    const report = this.#makeReport(nowMs);
    if (report !== undefined && this.#print([report, this.#description()])) this.#hasMade = true;
  }

  /** The leg ends: a peer that heard our reports is told. */
  bye(nowMs: number): void {
    if (!this.#hasMade) return;
    const report = this.#makeReport(nowMs);
    const ssrcs = [this.#ssrc()];
    if (report !== undefined) this.#print([report, this.#description(), { kind: "bye", ssrcs }]);
  }

  save(): RtcpSessionState {
    const { roundTripMs, farLossFraction } = this;
    return {
      latch: this.latch.save(),
      cname: this.#cname,
      ownSsrc: this.#ownSsrc,
      hasMade: this.#hasMade,
      ...(roundTripMs === undefined ? {} : { roundTripMs }),
      ...(farLossFraction === undefined ? {} : { farLossFraction }),
    };
  }

  restore(state: RtcpSessionState): void {
    this.latch.restore(state.latch);
    this.#cname = state.cname;
    this.#ownSsrc = state.ownSsrc;
    this.#hasMade = state.hasMade;
    this.roundTripMs = state.roundTripMs;
    this.farLossFraction = state.farLossFraction;
  }

  #onOpened(plain: number, isMuxed: boolean): void {
    if (plain < 0) this.#stream.counters.refuse(plain);
    else this.#onPlain(plain, isMuxed);
  }

  /** A compound packet that may be believed lies in the inbox. */
  #onPlain(length: number, isMuxed: boolean): void {
    const { inbox, counters } = this.#stream;
    const parsed = parseRtcp(inbox.bytes.subarray(0, length));
    if (!parsed.ok) {
      counters.malformed++;
      return;
    }
    if (!isMuxed) this.latch.accept(inbox);
    for (const packet of parsed.value) this.#read(packet);
    this.#relay(parsed.value, length);
  }

  #read(packet: RtcpPacket): void {
    const stream = this.#stream, nowMs = stream.inbox.timeMs;
    switch (packet.kind) {
      case "sender-report":
        if (packet.ssrc === stream.statistics.ssrc) stream.statistics.takeSenderReport(packet.ntp, nowMs);
        return packet.reports.forEach((block) => this.#readBlock(block, nowMs));
      case "receiver-report":
        return packet.reports.forEach((block) => this.#readBlock(block, nowMs));
      case "bye":
        if (stream.counters.packetsReceived > 0 && packet.ssrcs.includes(stream.statistics.ssrc)) {
          stream.onBye();
        }
    }
  }

  #readBlock(block: ReportBlock, nowMs: number): void {
    if (block.ssrc !== this.#stream.timeline.ssrc) return;
    this.farLossFraction = block.fractionLost / 256;
    if (block.lastSenderReport === 0) return;
    const slot = this.#reportsSent.indexOf(block.lastSenderReport);
    if (slot < 0) return;
    const passedMs = nowMs - this.#reportsSentMs[slot]! - block.delaySinceLastSenderReport / 65.536;
    // Clocks of a millisecond's grain may make a short trip look shorter than nothing.
    if (passedMs > -5 && passedMs < MAX_ROUND_TRIP_MS) this.roundTripMs = Math.max(0, passedMs);
  }

  /** Passes the packet in the inbox on to the far side, if the two hear each other and nobody else. */
  #relay(packets: readonly RtcpPacket[], length: number): void {
    const stream = this.#stream, to = stream.partner;
    if (to === undefined || to === stream || stream.speaker !== undefined || to.speaker !== undefined) return;
    const { bytes, timeMs } = stream.inbox;
    translateRtcp(bytes, length, { outgoing: to.timeline, incoming: stream.timeline });
    for (const packet of packets) {
      if (packet.kind === "sender-report") to.rtcpSession.#remember(middleOfNtp(packet.ntp), timeMs);
    }
    if (to.rtcpSession.#send(length)) to.rtcpSession.#relayedMs = timeMs;
  }

  #makeReport(nowMs: number): RtcpPacket | undefined {
    const { statistics, timeline } = this.#stream;
    const block = statistics.report(nowMs);
    const reports = block === undefined ? [] : [block];
    if (timeline.ssrc === 0 || nowMs - timeline.lastMs > INTERVAL_MS) {
      return { kind: "receiver-report", ssrc: this.#ssrc(), reports };
    }
    const ntp = toNtpTime(nowMs);
    this.#remember(middleOfNtp(ntp), nowMs);
    const passed = Math.round((nowMs - timeline.lastMs) * timeline.clockRate / 1000);
    return {
      kind: "sender-report",
      ssrc: this.#ssrc(),
      ntp,
      rtpTimestamp: addTimestamp(timeline.lastTimestamp, passed),
      packetCount: this.#stream.counters.packetsSent % 2 ** 32,
      octetCount: this.#stream.counters.octetsSent % 2 ** 32,
      reports,
    };
  }

  #description(): RtcpPacket {
    const items = [{ type: CNAME_ITEM, text: this.#cname }];
    return { kind: "source-description", chunks: [{ ssrc: this.#ssrc(), items }] };
  }

  /** The name under which the peer hears us; one of our own as long as it hears nothing. */
  #ssrc(): number {
    const { ssrc } = this.#stream.timeline;
    if (ssrc !== 0) return ssrc;
    if (this.#ownSsrc === 0) this.#ownSsrc = 1 + below(this.#random, 2 ** 32 - 1);
    return this.#ownSsrc;
  }

  #print(packets: readonly RtcpPacket[]): boolean {
    const { buffer, length } = printRtcp(packets);
    this.#stream.inbox.bytes.set(buffer.subarray(0, length));
    return this.#send(length);
  }

  /** Sends the plain compound packet in the inbox. */
  #send(length: number): boolean {
    const stream = this.#stream, { inbox } = stream;
    const target = this.#target;
    if (target === undefined) return false;
    const socket = stream.settings?.rtcpMux === true ? stream.rtp : stream.rtcp;
    const { sender, slowSender } = stream.crypto;
    if (slowSender !== undefined) {
      const then = (bytes: Uint8Array<ArrayBuffer>, sealed: number) =>
        void (sealed >= 0 && socket.send(bytes, sealed, target));
      return slowSender.seal(length, { isRtcp: true, then });
    }
    const sealed = sender === undefined ? length : sender.sealRtcp(inbox.bytes, length);
    return sealed >= 0 && socket.send(inbox.bytes, sealed, target);
  }

  /** Where the peer hears RTCP; undefined as long as its RTP has not been heard. */
  get #target(): SocketAddress | undefined {
    const { settings, isOn, latch } = this.#stream;
    if (settings === undefined || !isOn || latch.address === undefined) return undefined;
    return (settings.rtcpMux ? latch : this.latch).target;
  }

  #remember(middle: number, nowMs: number): void {
    this.#reportsSent[this.#nextSlot] = middle;
    this.#reportsSentMs[this.#nextSlot] = nowMs;
    this.#nextSlot = (this.#nextSlot + 1) % REMEMBERED_REPORTS;
  }

  #interval(): number {
    const [byte = 0] = this.#random.bytes(1);
    return INTERVAL_MS * (0.5 + byte / 256);
  }
}
