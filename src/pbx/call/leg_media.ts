/**
 * The media of one leg: its ports in the plane, its offers and answers, its keys. It speaks SDP with one peer and knows
 * nothing of the other side but what that side wants (RFC 3264, RFC 4568).
 */

import type { LegId, LegReport, StreamKind } from "../../media/plane.ts";
import {
  type ChosenStream,
  type LocalStream,
  type MediaDirection,
  parseSdp,
  refusedStream,
  type RemoteStream,
  remoteStreams,
  type RtpFormat,
} from "../../sdp/mod.ts";
import { answerFormats, hasCodec, offerFormats, type WantedStream } from "./codec_choice.ts";
import type { AnswerFault, LegMediaOptions } from "./leg_media_options.ts";
import type { ReadOffer } from "./read_offer.ts";
import { OwnDescription } from "./own_description.ts";
import { Slot } from "./slot.ts";
import type { SrtpProfile } from "./srtp_profile.ts";

export class LegMedia {
  readonly #options: LegMediaOptions;
  #slots: readonly Slot[] = [];
  #parts: readonly LegId[] = [];
  readonly #own: OwnDescription;
  #signallingHost: string | undefined;
  #offerLines: readonly RemoteStream[] = [];
  #closed = false;

  private constructor(options: LegMediaOptions) {
    this.#options = options;
    this.#own = new OwnDescription(options);
  }

  /** Takes ports for streams of `kinds`; undefined when none are left. */
  static async open(kinds: readonly StreamKind[], options: LegMediaOptions): Promise<LegMedia | undefined> {
    const media = new LegMedia(options);
    return await media.#extend(kinds.map((kind) => ({ kind, type: kind === "rtp" ? "audio" : "image" })))
      ? media
      : undefined;
  }

  /** The plane's leg that carries the first streams; what plays, records and sends digits. */
  get leg(): LegId {
    return this.#parts[0]!;
  }

  get parts(): readonly LegId[] {
    return this.#parts;
  }

  get slots(): readonly Slot[] {
    return this.#slots;
  }

  /** True once the peer has described its side. */
  get isDescribed(): boolean {
    return this.#slots.some((slot) => slot.remote !== undefined);
  }

  /** How digits reach this peer. */
  get dtmf(): "rfc4733" | "inband" | "info" | "none" {
    const slot = this.#slots.find((one) => one.type === "audio" && one.enabled);
    return slot?.settings({ dtmf: this.#options.dtmf })?.dtmf ?? "none";
  }

  /** True when every enabled stream has keys. */
  get isEncrypted(): boolean {
    const on = this.#slots.filter((slot) => slot.enabled && slot.remote);
    return on.length > 0 && on.every((slot) => slot.sendCrypto !== undefined);
  }

  /** How the peer showed that it does SRTP, in its last offer or answer. */
  get shownProfile(): SrtpProfile | undefined {
    const slot = this.#slots.find((one) => one.remote?.transport === "rtp" && one.enabled);
    if (!slot?.remote) return undefined;
    if (slot.remote.isSecureProfile) return "secure";
    return slot.receiveCrypto ? "opportunistic" : "plain";
  }

  /** The codecs of the first audio stream that both sides can use now. */
  get audioFormats(): readonly RtpFormat[] {
    return this.#slots.find((slot) => slot.type === "audio" && slot.enabled)?.negotiated ?? [];
  }

  /** The direction of the first stream as we described it last: `sendonly` while the peer is held. */
  get toldDirection(): MediaDirection | undefined {
    return this.#slots[0]?.local?.direction;
  }

  get activeStreams(): number {
    return this.#slots.filter((slot) => slot.enabled).length;
  }

  /** The agreed audio codec and suite, for records and pages. */
  get summary(): { codec?: string; suite?: string } {
    const slot = this.#slots.find((one) => one.type === "audio" && one.enabled);
    const codec = slot?.negotiated[0]?.encoding;
    return {
      ...(codec !== undefined && { codec }),
      ...(slot?.sendCrypto && { suite: slot.sendCrypto.suite }),
    };
  }

  /** What this peer wants, for the other side; all its codecs, not only those agreed upon. */
  wanted(): WantedStream[] {
    return this.#slots.map((slot) => {
      const remote = slot.remote;
      return {
        type: slot.type,
        transport: slot.place.kind,
        feedback: /F$/i.test(remote?.protocol ?? ""),
        formats: this.#allowed(slot.type, remote?.formats ?? []),
        rawFormats: remote?.rawFormats ?? [],
        direction: remote?.direction ?? "sendrecv",
        rtcpMux: remote?.rtcpMux ?? false,
        attributes: remote?.attributes ?? [],
        bandwidth: remote?.bandwidth ?? [],
        enabled: slot.enabled && remote !== undefined && remote.port !== 0,
      };
    });
  }

  /** Like {@linkcode wanted}, but only the codecs already agreed upon. */
  agreed(): WantedStream[] {
    return this.wanted().map((wanted, position) => {
      const { negotiated } = this.#slots[position]!;
      return hasCodec(negotiated) ? { ...wanted, formats: negotiated } : wanted;
    });
  }

  /** {@linkcode agreed} in the direction that the peer itself wishes: for another side that is to be joined with it. */
  wantedNow(): WantedStream[] {
    return this.agreed().map((agreed, position) => ({ ...agreed, direction: this.#slots[position]!.wish }));
  }

  /** Takes a peer's offer: maps its m-lines to streams, taking more ports where it brings new ones. */
  async takeOffer(offer: ReadOffer & { ok: true }, signallingHost: string): Promise<boolean> {
    this.#signallingHost = signallingHost;
    this.#offerLines = offer.all;
    const pending = [...offer.chosen];
    for (const slot of this.#slots) {
      const at = pending.findIndex(({ remote }) =>
        remote.index === slot.index && remote.transport === slot.place.kind
      );
      const chosen = at >= 0 ? pending.splice(at, 1)[0] : this.#takeUnplaced(pending, slot);
      slot.enabled = chosen !== undefined;
      if (chosen) this.#place(slot, chosen);
    }
    if (pending.length === 0) return true;
    const first = this.#slots.length;
    const more = pending.map(({ remote }) => ({ kind: remote.transport as StreamKind, type: remote.type }));
    if (!await this.#extend(more)) return this.#slots.some((slot) => slot.enabled);
    pending.forEach((chosen, position) => this.#place(this.#slots[first + position]!, chosen));
    return true;
  }

  /** Before the first description the m-lines are not tied yet: the first free one of the same kind fits. */
  #takeUnplaced(pending: ChosenStream[], slot: Slot): ChosenStream | undefined {
    if (slot.remote) return undefined;
    const at = pending.findIndex(({ remote }) => remote.transport === slot.place.kind);
    return at >= 0 ? pending.splice(at, 1)[0] : undefined;
  }

  #place(slot: Slot, chosen: ChosenStream): void {
    slot.index = chosen.remote.index;
    slot.type = chosen.remote.type;
    slot.remote = chosen.remote;
    slot.wish = chosen.remote.direction;
    slot.enabled = true;
    slot.takeCrypto(chosen.crypto, this.#options.random);
  }

  /**
   * Our answer to the offer taken last. `far` is what the other side (or the server itself) takes, stream by stream;
   * undefined when not one stream has a common codec.
   */
  answer(far: readonly WantedStream[]): Uint8Array | undefined {
    let usable = false;
    const streams = this.#offerLines.map((line) => {
      const position = this.#slots.findIndex((slot) =>
        slot.index === line.index && slot.remote === line && slot.enabled
      );
      const slot = this.#slots[position];
      const wanted = far[position];
      if (!slot || !wanted?.enabled) return this.#refuse(slot, line);
      const formats = answerFormats(this.#allowed(line.type, line.formats), wanted.formats);
      if (line.transport === "rtp" && !hasCodec(formats)) return this.#refuse(slot, line);
      usable = true;
      slot.local = {
        type: line.type,
        protocol: line.protocol,
        port: slot.place.port,
        formats,
        rawFormats: wanted.rawFormats.length > 0 ? wanted.rawFormats : line.rawFormats,
        crypto: slot.sendCrypto ? [slot.sendCrypto] : [],
        direction: wanted.direction,
        rtcpMux: line.rtcpMux,
        attributes: wanted.attributes,
        bandwidth: wanted.bandwidth,
      };
      return slot.local;
    });
    if (!usable) return undefined;
    this.#tellPlane();
    return this.#own.print(streams);
  }

  #refuse(slot: Slot | undefined, line: RemoteStream): LocalStream {
    if (slot) slot.enabled = false;
    return refusedStream(line);
  }

  /** Our offer for what the other side wants; streams we have no ports for are left out. */
  offer(wanted: readonly WantedStream[], { profile }: { profile: SrtpProfile }): Uint8Array {
    const { random } = this.#options;
    const lines = new Map<number, LocalStream>();
    wanted.forEach((stream, position) => {
      const slot = this.#slots[position];
      if (!slot || slot.place.kind !== stream.transport) return;
      const allowed = this.#allowed(stream.type, stream.formats);
      const formats = stream.type === "audio" ? offerFormats(allowed) : allowed;
      const line = slot.offer(stream, { formats, profile, random });
      // Voice and T.38 may have had one m-line in turn: it is of whichever is on.
      if (stream.enabled || !lines.has(slot.index)) lines.set(slot.index, line);
    });
    // A line once said keeps its place for ever (RFC 3264 §8): what nobody wants any more stays with port 0.
    const count = Math.max(this.#own.streams.length, ...[...lines.keys()].map((index) => index + 1));
    const streams: LocalStream[] = [];
    for (let index = 0; index < count; index++) {
      const line = lines.get(index) ?? this.#own.streams[index];
      if (line) streams.push(lines.has(index) ? line : { ...line, port: 0, crypto: [] });
    }
    return this.#own.print(streams.slice());
  }

  #allowed(type: string, formats: readonly RtpFormat[]): readonly RtpFormat[] {
    const { codecs } = this.#options;
    return codecs && type === "audio" ? codecs(formats) : formats;
  }

  /** Takes ports for streams that the other side has and this one lacks; false when none are left. */
  async fit(wanted: readonly WantedStream[]): Promise<boolean> {
    const missing = wanted.slice(this.#slots.length);
    if (missing.length === 0) return true;
    return await this.#extend(missing.map(({ transport, type }) => ({ kind: transport, type })));
  }

  /** Takes the peer's answer to our last offer. */
  takeAnswer(sdp: Uint8Array, signallingHost: string): AnswerFault | undefined {
    const parsed = parseSdp(sdp);
    if (!parsed.ok) return "malformed";
    this.#signallingHost = signallingHost;
    const remote = remoteStreams(parsed.value);
    let usable = false;
    for (const slot of this.#slots) {
      const line = remote[slot.index];
      if (!line || !slot.local || slot.local.port === 0) {
        slot.enabled = false;
        continue;
      }
      slot.remote = line;
      if (slot.local.direction === "sendrecv") slot.wish = line.direction;
      slot.enabled = line.port !== 0;
      if (!slot.enabled) continue;
      const fault = this.#agreeOnKey(slot, line);
      if (fault) return fault;
      if (line.transport === "rtp" && !hasCodec(answerFormats(slot.local.formats, line.formats))) {
        slot.enabled = false;
      } else usable = true;
    }
    if (!usable) return "no common codec";
    this.#tellPlane();
    return undefined;
  }

  /** The answer repeats the tag of one of our lines with the peer's key (RFC 4568 §5.1.3). */
  #agreeOnKey(slot: Slot, line: RemoteStream): AnswerFault | undefined {
    const own = slot.local!.crypto;
    const theirs = line.crypto.find((crypto) =>
      own.some(({ tag, suite }) => tag === crypto.tag && suite === crypto.suite)
    );
    if (!theirs) {
      if (this.#options.policy === "required" || line.isSecureProfile) return "srtp required";
      slot.sendCrypto = undefined;
      slot.receiveCrypto = undefined;
      return undefined;
    }
    slot.receiveCrypto = theirs;
    slot.sendCrypto = own.find(({ tag }) => tag === theirs.tag)!;
    return undefined;
  }

  /** Joins the streams of both sides in the plane, the first `from` parts aside: those are joined already. */
  connect(other: LegMedia, from = 0): void {
    const { plane } = this.#options;
    const count = Math.min(this.#parts.length, other.#parts.length);
    for (let part = from; part < count; part++) plane.connect(this.#parts[part]!, other.#parts[part]!);
  }

  disconnect(): void {
    for (const part of this.#parts) this.#options.plane.disconnect(part);
  }

  /** Which of all streams, in the order of {@linkcode close}'s report, carries the voice. */
  get audioStream(): number {
    const voices = this.#slots.filter((slot) => slot.type === "audio");
    const voice = voices.find((slot) => slot.enabled) ?? voices[0];
    return voice ? this.#slots.indexOf(voice) : 0;
  }

  /** Gives the ports back; the last measurements of all streams, part after part. */
  async close(): Promise<LegReport | undefined> {
    if (this.#closed) return undefined;
    this.#closed = true;
    const reports = await Promise.all(this.#parts.map((part) => this.#options.plane.close(part)));
    const [first] = reports;
    return first && { leg: first.leg, streams: reports.flatMap((report) => report?.streams ?? []) };
  }

  /** Remembers what was agreed, so that a refused re-INVITE leaves no trace (RFC 3261 §14.1). */
  checkpoint(): () => void {
    const kept = this.#slots.map((slot) => ({ slot, ...slot.state() }));
    const lines = this.#offerLines;
    const streams = this.#own.streams;
    return () => {
      for (const { slot, ...state } of kept) slot.restore(state);
      for (const slot of this.#slots.slice(kept.length)) slot.enabled = false;
      this.#offerLines = lines;
      this.#own.streams = streams;
      this.#tellPlane();
    };
  }

  /** True when `offer` asks for nothing new but addresses or keys: the other side need not hear of it. */
  isSameShape(offer: readonly ChosenStream[]): boolean {
    const now = this.#slots.filter((slot) => slot.enabled && slot.remote);
    return now.length === offer.length && offer.every(({ remote, crypto }) => {
      const before = now.find((slot) => slot.index === remote.index)?.remote;
      const slot = now.find((one) => one.index === remote.index);
      return before !== undefined && before.direction === remote.direction &&
        before.protocol === remote.protocol &&
        before.rtcpMux === remote.rtcpMux && before.rawFormats.join() === remote.rawFormats.join() &&
        slot?.receiveCrypto?.suite === crypto?.suite && slot?.receiveCrypto?.tag === crypto?.tag;
    });
  }

  #tellPlane(): void {
    const { plane, dtmf } = this.#options;
    const signallingHost = this.#signallingHost;
    for (const slot of this.#slots) {
      const settings = slot.settings({ dtmf, ...(signallingHost !== undefined && { signallingHost }) });
      if (settings) plane.update(this.#parts[slot.place.part]!, slot.place.stream, settings);
    }
  }

  async #extend(kinds: readonly { kind: StreamKind; type: string }[]): Promise<boolean> {
    const { plane, family, near, label, localHost } = this.#options;
    const beside = this.#parts[0] ?? near?.leg;
    const opened = await plane.open({
      streams: kinds,
      family,
      label,
      ...(beside !== undefined && { near: beside }),
      ...(localHost !== undefined && { localHost }),
    });
    if (!opened.ok) return false;
    if (this.#closed) {
      void plane.close(opened.leg);
      return false;
    }
    const part = this.#parts.length;
    const base = this.#own.streams.length;
    // By concat() they are as long as they must be; what grows by one has room for seventeen.
    this.#parts = this.#parts.concat(opened.leg);
    const more = kinds.map(({ kind, type }, stream) =>
      new Slot({ kind, part, stream, port: opened.ports[stream]! }, { index: base + stream, type })
    );
    this.#slots = this.#slots.concat(more);
    return true;
  }
}
