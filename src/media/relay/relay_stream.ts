/** One stream of a leg: what comes from its peer, proved and measured; what goes to its peer, placed and sealed. */
import type { StreamKind, StreamSettings } from "../plane.ts";
import { below, type Random } from "../../base/mod.ts";
import {
  classifyPacket,
  isValidRtp,
  payloadType,
  ReceiverStatistics,
  RTP_FIXED_HEADER,
  setPayloadType,
} from "../rtp/mod.ts";
import { FloodGuard } from "./flood_guard.ts";
import { Latch, STRANGER } from "./latch.ts";
import type { Inbox, MediaSocket } from "./network.ts";
import { mapPayloadTypes, TELEPHONE_EVENT } from "./payload_map.ts";
import { RtcpSession } from "./rtcp_session.ts";
import { SocketAddress } from "./socket_address.ts";
import { StreamCounters } from "./stream_counters.ts";
import { type CryptoKind, type SlowReceiver, type SlowSender, StreamCrypto } from "./stream_crypto.ts";
import { type Speaker, Timeline } from "./timeline.ts";

const DEFAULT_CLOCK_RATE = 8000;
const MAX_SEQUENCE = 0xffff;

/** Takes the plain packets of a stream; the packet lies in the thread's inbox and may be changed there. */
export interface PacketSink {
  onPacket(from: RelayStream, length: number): void;
}

/** What a stream tells its leg; rare, never per packet. */
export interface StreamObserver {
  onLatched(stream: RelayStream): void;
  /** The peer took leave in RTCP. */
  onBye(stream: RelayStream): void;
  /** A telephone-event packet of `length` bytes lies in the inbox. */
  onEvent(stream: RelayStream, length: number): void;
}

export interface RelayStreamOptions {
  readonly index: number;
  readonly kind: StreamKind;
  readonly inbox: Inbox;
  readonly rtp: MediaSocket;
  readonly rtcp: MediaSocket;
  readonly observer: StreamObserver;
  readonly random: Random;
  readonly crypto: CryptoKind;
  /** Packets sent at most to an address that SIP named and that never spoke. */
  readonly unverifiedPackets: number;
}

export class RelayStream implements PacketSink {
  readonly index: number;
  readonly kind: StreamKind;
  readonly latch = new Latch();
  readonly timeline = new Timeline();
  readonly inbox: Inbox;
  readonly rtp: MediaSocket;
  readonly rtcp: MediaSocket;
  readonly observer: StreamObserver;
  readonly statistics = new ReceiverStatistics(DEFAULT_CLOCK_RATE);
  readonly rtcpSession: RtcpSession;
  readonly guard: FloodGuard;
  /** Where packets go; none: they are measured and dropped. */
  sink: PacketSink | undefined;
  /** The stream on the other side of a join, this one in an echo. */
  partner: RelayStream | undefined;
  /** The server itself while it plays or sends digits to this peer; all else is withheld then. */
  speaker: Speaker | undefined;
  /** The room whose mix this peer hears; nothing is relayed then. */
  host: Speaker | undefined;
  /** What comes from the peer is heard by the taps and goes no further. */
  isMuted = false;
  /** Hears what is sent, before it is sealed. */
  sentTap: PacketSink | undefined;
  settings: StreamSettings | undefined;
  readonly crypto: StreamCrypto;
  readonly counters = new StreamCounters();
  /** Time of the last packet that proved itself, 0 before the first. */
  heardMs = 0;
  /** Payload type of that packet. */
  remoteType = -1;
  /** To the type on the other side of the join. */
  #typeMap: Int8Array | undefined;
  #heardTaps: readonly PacketSink[] = [];
  /** The type at hand is telephone-event. */
  #isEvent = false;
  #isOn = false;
  #takes = false;
  #gives = false;
  #unverifiedLeft: number;
  readonly #unverifiedPackets: number;
  readonly #random: Random;

  constructor(options: RelayStreamOptions) {
    this.index = options.index;
    this.kind = options.kind;
    this.inbox = options.inbox;
    this.rtp = options.rtp;
    this.rtcp = options.rtcp;
    this.observer = options.observer;
    this.crypto = new StreamCrypto(options.crypto, options.inbox);
    this.guard = new FloodGuard(this);
    this.#random = options.random;
    this.rtcpSession = new RtcpSession(this, options.random);
    this.#unverifiedPackets = this.#unverifiedLeft = options.unverifiedPackets;
    this.rtp.receiver = { onDatagram: (length) => this.#onDatagram(length) };
    this.rtcp.receiver = { onDatagram: (length) => this.#onRtcpDatagram(length) };
  }

  /** False for a stream that SIP refused or ended with port 0. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** True when the peer may send and we take it. */
  get takes(): boolean {
    return this.#takes;
  }

  /** True when we may send and know whereto. */
  get gives(): boolean {
    return this.#gives && this.latch.target !== undefined;
  }

  /**
   * SIP spoke. Keys that stay the same keep their counters.
   * @throws {RangeError} when a key does not fit its suite; nothing has changed then.
   */
  update(settings: StreamSettings, nowMs: number): void {
    this.crypto.update(settings, nowMs);
    this.#goOnSealing();
    this.settings = settings;
    this.#isOn = settings.remote !== undefined && settings.remote.port !== 0;
    this.#takes = settings.direction === "sendrecv" || settings.direction === "recvonly";
    this.#gives = this.#isOn && (settings.direction === "sendrecv" || settings.direction === "sendonly");
    const { remote, signallingHost } = settings;
    this.latch.signal({
      remote: remote && SocketAddress.parse(remote.host, remote.port),
      signallingHost: signallingHost === undefined ? undefined : SocketAddress.parse(signallingHost, 0),
    }, nowMs);
    this.#unverifiedLeft = this.#unverifiedPackets;
    this.timeline.formats = settings.sendFormats;
    this.remoteType = -1;
    this.rtcpSession.signal(nowMs);
    this.guard.open();
  }

  /**
   * No number is sealed twice under a key. And some phones (Linphone 5.1) begin their SRTP anew with every description, also
   * under the same key, and would then open nothing that we seal with a rollover counter over 0. Under a new SSRC every
   * phone begins with 0, and so do we.
   */
  #goOnSealing(): void {
    const sealed = this.crypto.sealedIndex(this.timeline.ssrc);
    if (sealed === undefined) return;
    if (sealed > MAX_SEQUENCE) this.timeline.rename(1 + below(this.#random, 2 ** 32 - 1));
    else this.timeline.goOnAfter(sealed);
  }

  /** The stream that takes our packets; undefined when they are not relayed. */
  mapTypesTo(to: RelayStream | undefined): void {
    const { settings } = this, others = to?.settings;
    if (settings === undefined || others === undefined) {
      this.#typeMap = undefined;
      return;
    }
    const formats = others.dtmf === "rfc4733" || to === this
      ? others.sendFormats
      : others.sendFormats.filter(({ encoding }) => encoding !== TELEPHONE_EVENT);
    this.#typeMap = mapPayloadTypes(settings.receiveFormats, formats);
  }

  /** True when a telephone-event of this peer reaches the other side as packets. */
  get passesEvents(): boolean {
    const type = this.settings?.receiveFormats.find(({ encoding }) => encoding === TELEPHONE_EVENT)
      ?.payloadType;
    return type !== undefined && this.#typeMap !== undefined && this.#typeMap[type]! >= 0;
  }

  /** The peer took leave in RTCP. */
  onBye(): void {
    this.observer.onBye(this);
  }

  /** `tap` hears every packet that is taken from the peer. */
  addHeardTap(tap: PacketSink): void {
    if (!this.#heardTaps.includes(tap)) this.#heardTaps = this.#heardTaps.concat(tap);
  }

  removeHeardTap(tap: PacketSink): void {
    this.#heardTaps = this.#heardTaps.filter((other) => other !== tap);
  }

  /** Sends on what another stream, or this one in an echo, received. */
  onPacket(from: RelayStream, length: number): void {
    if (this.speaker !== undefined || this.host !== undefined || from.kind !== this.kind) return;
    if (this.kind === "udptl") return this.sendOpaque(length);
    const packet = this.inbox.bytes;
    const map = from.#typeMap;
    if (map === undefined) return;
    const type = map[payloadType(packet)]!;
    if (type < 0) return;
    setPayloadType(packet, type);
    this.#send(length, from, true);
  }

  /** Sends the plain RTP packet in the inbox; false when it did not leave. */
  send(length: number, speaker: Speaker): boolean {
    return this.#send(length, speaker, false);
  }

  /** `isLast`: nobody touches the inbox any more, so that the packet may leave together with others. */
  #send(length: number, speaker: Speaker, isLast: boolean): boolean {
    const target = this.#gives ? this.latch.target : undefined;
    if (target === undefined || !this.#maySendTo()) return false;
    const packet = this.inbox.bytes;
    this.timeline.nowMs = this.inbox.timeMs;
    if (!this.timeline.place(packet, speaker)) return false;
    this.sentTap?.onPacket(this, length);
    const { sender, slowSender } = this.crypto;
    if (slowSender !== undefined) return this.#sealSlowly(slowSender, length);
    const sealed = sender === undefined ? length : sender.seal(packet, length);
    if (sealed < 0) {
      this.counters.unsealed++;
      return false;
    }
    const isSent = isLast ? this.rtp.sendOn(sealed, target) : this.rtp.send(packet, sealed, target);
    if (isSent) this.#countSent(sealed, length);
    return isSent;
  }

  /** Sends the opaque datagram in the inbox (T.38 over UDPTL). */
  sendOpaque(length: number): void {
    const target = this.#gives ? this.latch.target : undefined;
    if (target === undefined || !this.#maySendTo()) return;
    if (!this.rtp.send(this.inbox.bytes, length, target)) return;
    this.counters.packetsSent++;
    this.counters.bytesSent += length;
  }

  #onDatagram(length: number): void {
    if (this.kind === "udptl") return this.#onOpaque(length);
    const kind = classifyPacket(this.inbox.bytes, length);
    if (kind === "rtp") this.#onRtp(length);
    else if (kind === "rtcp" && this.settings?.rtcpMux) this.rtcpSession.onDatagram(length, true);
    else this.counters.malformed++;
  }

  #onRtcpDatagram(length: number): void {
    if (classifyPacket(this.inbox.bytes, length) === "rtcp") this.rtcpSession.onDatagram(length, false);
    else this.counters.malformed++;
  }

  #onRtp(length: number): void {
    const { inbox } = this;
    const { receiver, slowReceiver } = this.crypto;
    if (receiver !== undefined) return this.#onOpened(receiver.open(inbox.bytes, length), length);
    if (slowReceiver !== undefined) return this.#openSlowly(slowReceiver, length);
    if (this.latch.judge(inbox) === STRANGER) this.counters.strangers++;
    else this.#onPlain(length, length);
  }

  /** Apart from the fast way, which must not pay for a closure. */
  #openSlowly(receiver: SlowReceiver, length: number): void {
    const isKnown = this.latch.isAt(this.inbox.source);
    const then = (plain: number) => this.#onOpened(plain, length);
    if (!receiver.open(length, { isRtcp: false, isKnown, then }) && !isKnown) this.counters.strangers++;
  }

  #sealSlowly(sender: SlowSender, length: number): boolean {
    return sender.seal(length, {
      isRtcp: false,
      then: (packet, sealed) => {
        const { target } = this.latch;
        if (sealed < 0) this.counters.unsealed++;
        else if (target !== undefined && this.rtp.send(packet, sealed, target)) {
          this.#countSent(sealed, length);
        }
      },
    });
  }

  /** The tag held, or `plain` says why not: nothing has changed then. */
  #onOpened(plain: number, length: number): void {
    if (plain < 0) return this.counters.refuse(plain);
    this.#onPlain(plain, length);
  }

  /** A packet that may be believed lies in the inbox, `plain` bytes of the `length` that came. */
  #onPlain(plain: number, length: number): void {
    const { inbox, counters } = this;
    const packet = inbox.bytes;
    if (!isValidRtp(packet, plain)) {
      counters.malformed++;
      return;
    }
    this.#latch();
    counters.packetsReceived++;
    counters.bytesReceived += length;
    this.heardMs = inbox.timeMs;
    const type = payloadType(packet);
    if (type !== this.remoteType) this.#onType(type);
    this.statistics.arrivalMs = inbox.timeMs;
    this.statistics.receiveNow(packet);
    if (!this.#takes) return;
    if (this.#isEvent) this.observer.onEvent(this, plain);
    for (let i = 0; i < this.#heardTaps.length; i++) this.#heardTaps[i]!.onPacket(this, plain);
    if (!this.isMuted) this.sink?.onPacket(this, plain);
  }

  /** UDPTL has no header that proves anything: only the address speaks for a datagram. */
  #onOpaque(length: number): void {
    const { inbox } = this;
    if (this.latch.judge(inbox) === STRANGER) {
      this.counters.strangers++;
      return;
    }
    this.#latch();
    this.counters.packetsReceived++;
    this.counters.bytesReceived += length;
    this.heardMs = inbox.timeMs;
    if (this.#takes) this.sink?.onPacket(this, length);
  }

  /** What is well-formed or authentic speaks for its source. */
  #latch(): void {
    if (!this.latch.accept(this.inbox)) return;
    this.rtcpSession.signal(this.inbox.timeMs);
    this.observer.onLatched(this);
  }

  #onType(type: number): void {
    this.remoteType = type;
    const format = this.settings?.receiveFormats.find(({ payloadType }) => payloadType === type);
    if (format !== undefined && format.clockRate > 0) this.statistics.clockRate = format.clockRate;
    this.#isEvent = format?.encoding === TELEPHONE_EVENT;
  }

  /** `sealed` bytes left for the plain packet's `length`. */
  #countSent(sealed: number, length: number): void {
    const { counters } = this;
    counters.packetsSent++;
    counters.bytesSent += sealed;
    counters.octetsSent += length - RTP_FIXED_HEADER;
  }

  /** A peer that SIP named but that never spoke may be a victim of whoever wrote the SDP: it gets a measured amount. */
  #maySendTo(): boolean {
    if (this.latch.address !== undefined) return true;
    if (this.#unverifiedLeft === 0) return false;
    this.#unverifiedLeft--;
    return true;
  }
}
