/**
 * The voice of one call: its ports in the media plane, our offers and answers, the keys of both directions (RFC 3264,
 * RFC 4568). One audio stream is carried; every other m-line is refused.
 */

import { fail, ok, type Random, type Result } from "../base/mod.ts";
import type { LegId, LegReport, MediaPlane, StreamReport, StreamSettings } from "../media/plane.ts";
import {
  answerDirection,
  chooseStreams,
  type ChosenStream,
  describe,
  type LocalStream,
  maySend,
  type MediaDirection,
  narrow,
  parseSdp,
  printSdp,
  refusedStream,
  type RemoteStream,
  remoteStreams,
  reverseDirection,
} from "../sdp/mod.ts";
import { commonFormats, hasEvents, ownFormats, voiceOf } from "./formats.ts";
import { answerKey, freshOffer, type OwnCrypto, planeKey } from "./own_keys.ts";
import type { AccountSettings, CodecName, SrtpPolicy, SrtpWay } from "./types.ts";

export interface MediaAddress {
  /** Literal address of this machine, shown to the peer and bound to. */
  readonly host: string;
  readonly family: "ipv4" | "ipv6";
}

export interface CallMediaOptions {
  readonly plane: MediaPlane;
  readonly random: Random;
  readonly address: MediaAddress;
  readonly srtp: SrtpPolicy;
  readonly codecs?: readonly CodecName[];
  readonly dtmf: NonNullable<AccountSettings["dtmf"]>;
  readonly label: string;
}

export type MediaFault = "malformed" | "no common codec" | "srtp required" | "srtp refused" | "no media";

/** The stream in use. */
interface Stream {
  /** Which of the plane's streams, and the position of its m-line. */
  readonly stream: number;
  readonly index: number;
  readonly remote: RemoteStream;
  readonly sendCrypto?: OwnCrypto;
  readonly receiveCrypto?: ChosenStream["crypto"];
}

export class CallMedia {
  readonly leg: LegId;
  readonly #options: CallMediaOptions;
  readonly #ports: readonly number[];
  readonly #sessionId: string;
  /** Our m-lines as said last. */
  #lines: readonly LocalStream[] = [];
  #stream: Stream | undefined;
  /** Keys of the first offer, kept for every further try. */
  #offered: readonly OwnCrypto[] | undefined;
  #version = 0;
  #printed = "";
  #signallingHost = "";
  /** What we wish ourselves: `sendonly` holds the other side. */
  wish: MediaDirection = "sendrecv";

  private constructor(leg: LegId, ports: readonly number[], options: CallMediaOptions) {
    this.leg = leg;
    this.#ports = ports;
    this.#options = options;
    const [a, b, c, d] = options.random.bytes(4);
    this.#sessionId = String(((a! << 24) | (b! << 16) | (c! << 8) | d!) >>> 0);
  }

  /** Takes two pairs of ports, so that two m-lines can be offered; undefined when none are left. */
  static async open(options: CallMediaOptions): Promise<CallMedia | undefined> {
    const { plane, address, label } = options;
    const { host, family } = address;
    const opened = await plane.open({
      streams: [{ kind: "rtp" }, { kind: "rtp" }],
      family,
      localHost: host,
      label,
    });
    return opened.ok ? new CallMedia(opened.leg, opened.ports, options) : undefined;
  }

  get isAgreed(): boolean {
    return this.#stream !== undefined;
  }

  /** Lower case; undefined before the agreement. */
  get codec(): string | undefined {
    const { remote, index } = this.#stream ?? {};
    return remote && voiceOf(commonFormats(remote.formats, this.#lines[index!]?.formats ?? []))?.encoding;
  }

  get encryption(): { readonly suite: OwnCrypto["suite"]; readonly way: SrtpWay } | undefined {
    const { sendCrypto, remote } = this.#stream ?? {};
    if (!sendCrypto || !remote) return undefined;
    const usedLines = this.#lines.length > 1 && this.#lines.every(({ type }) => type === "audio");
    const way = usedLines ? "two lines" : remote.isSecureProfile ? "secure" : "opportunistic";
    return { suite: sendCrypto.suite, way };
  }

  /** True while the other side wants to hear nothing from us. */
  get isHeldByPeer(): boolean {
    const direction = this.#stream?.remote.direction;
    return direction === "sendonly" || direction === "inactive";
  }

  /** Whether anything we say goes out. */
  get isHeard(): boolean {
    const remote = this.#stream?.remote;
    return remote !== undefined && maySend(narrow(this.wish, reverseDirection(remote.direction)));
  }

  /** How digits reach the peer. */
  get dtmf(): StreamSettings["dtmf"] {
    const { dtmf } = this.#options;
    if (dtmf !== "auto") return dtmf;
    return this.#stream && hasEvents(this.#stream.remote.formats) ? "rfc4733" : "inband";
  }

  /** The first offer of a call, and each further try after a refusal. */
  firstOffer(way: SrtpWay): Uint8Array {
    this.#stream = undefined;
    const crypto = way === "plain" ? [] : this.#offered ??= freshOffer(this.#options.random);
    const formats = ownFormats(this.#options.codecs);
    const line = (protocol: string, keys: readonly OwnCrypto[], port: number) =>
      this.#line({ protocol, keys, port, formats });
    const [first, second] = this.#ports as [number, number];
    switch (way) {
      case "plain":
      case "opportunistic":
        return this.#print([line("RTP/AVP", crypto, first)]);
      case "secure":
        return this.#print([line("RTP/SAVP", crypto, first)]);
      case "two lines":
        return this.#print([line("RTP/SAVP", crypto, first), line("RTP/AVP", [], second)]);
      default:
        return way satisfies never;
    }
  }

  /** An offer within the call: same ports, same keys, whatever direction we wish now. */
  nextOffer(): Uint8Array {
    const stream = this.#stream;
    if (!stream) return this.#print(this.#lines);
    const { remote, sendCrypto } = stream;
    // The profile as both agreed upon it; lines that nobody uses keep their place with port 0 (RFC 3264 §8).
    return this.#print(
      this.#lines.map((line, index) =>
        index !== stream.index ? { ...line, port: 0, crypto: [] } : this.#line({
          protocol: remote.protocol,
          keys: sendCrypto ? [sendCrypto] : [],
          port: this.#ports[stream.stream]!,
          formats: ownFormats(this.#options.codecs),
        })
      ),
    );
  }

  /** Takes the peer's answer to the offer made last. */
  takeAnswer(sdp: Uint8Array, signallingHost: string): MediaFault | undefined {
    const parsed = parseSdp(sdp);
    if (!parsed.ok) return "malformed";
    let fault: MediaFault = "no media";
    for (const remote of remoteStreams(parsed.value)) {
      const local = this.#lines[remote.index];
      if (!local || local.port === 0 || remote.port === 0 || remote.transport !== "rtp") continue;
      const agreed = this.#agree(local, remote);
      if (!agreed.ok) {
        fault = agreed.error;
        continue;
      }
      this.#signallingHost = signallingHost;
      this.#stream = agreed.value;
      this.#tellPlane();
      return undefined;
    }
    return fault;
  }

  /** The answer repeats the tag of one of our lines with the peer's key (RFC 4568 §5.1.3). */
  #agree(local: LocalStream, remote: RemoteStream): Result<Stream, MediaFault> {
    if (commonFormats(remote.formats, local.formats).length === 0) return fail("no common codec");
    const base = { stream: this.#ports.indexOf(local.port), index: remote.index, remote };
    for (const theirs of remote.crypto) {
      const own = local.crypto.find(({ tag, suite }) => tag === theirs.tag && suite === theirs.suite);
      if (own) return ok({ ...base, sendCrypto: own, receiveCrypto: theirs });
    }
    if (this.#options.srtp === "required" || remote.isSecureProfile) return fail("srtp required");
    return ok(base);
  }

  /** Our answer to the peer's offer, the first or a further one; nothing has changed when it is a fault. */
  answer(sdp: Uint8Array, signallingHost: string): Result<Uint8Array, MediaFault> {
    const parsed = parseSdp(sdp);
    if (!parsed.ok) return fail("malformed");
    const all = remoteStreams(parsed.value);
    const chosen = this.#choose(all);
    if (!chosen.ok) return chosen;
    const { remote, crypto } = chosen.value;
    const formats = commonFormats(remote.formats, ownFormats(this.#options.codecs));
    if (formats.length === 0) return fail("no common codec");
    const present = this.#stream;
    const stream = present?.stream ?? 0;
    const sendCrypto = crypto && answerKey(crypto, present?.sendCrypto, this.#options.random);
    this.#signallingHost = signallingHost;
    this.#stream = {
      stream,
      index: remote.index,
      remote,
      ...(sendCrypto && crypto && { sendCrypto, receiveCrypto: crypto }),
    };
    const own: LocalStream = {
      ...this.#line({
        protocol: remote.protocol,
        keys: sendCrypto ? [sendCrypto] : [],
        port: this.#ports[stream]!,
        formats,
      }),
      direction: answerDirection(remote.direction, this.wish),
      rtcpMux: remote.rtcpMux,
    };
    const bytes = this.#print(all.map((line) => line === remote ? own : refusedStream(line)));
    this.#tellPlane();
    return ok(bytes);
  }

  #choose(all: readonly RemoteStream[]): Result<ChosenStream, MediaFault> {
    const audio = all.filter(({ type, transport }) => type === "audio" && transport === "rtp");
    const choice = chooseStreams(audio, this.#options.srtp);
    if (choice.ok) return ok(choice.streams[0]!);
    switch (choice.error) {
      case "no media":
        return fail(audio.some(({ port }) => port !== 0) ? "no common codec" : "no media");
      case "srtp not allowed":
        return fail("srtp refused");
      case "srtp required":
      case "no common crypto":
        return fail("srtp required");
      default:
        return choice.error satisfies never;
    }
  }

  /** What stands now, to go back to when the peer refuses an offer (RFC 3261 §14.1). */
  checkpoint(): () => void {
    const kept = { stream: this.#stream, lines: this.#lines, wish: this.wish };
    return () => {
      this.#stream = kept.stream;
      this.#lines = kept.lines;
      this.wish = kept.wish;
      this.#tellPlane();
    };
  }

  /** The stream in use, out of a report. */
  streamOf(report: LegReport | undefined): StreamReport | undefined {
    return report?.streams[this.#stream?.stream ?? 0];
  }

  get streamNumber(): number {
    return this.#stream?.stream ?? 0;
  }

  /** Gives the ports back; the last measurement of the stream in use. */
  async close(): Promise<StreamReport | undefined> {
    return this.streamOf(await this.#options.plane.close(this.leg));
  }

  #line(
    { protocol, keys, port, formats }: {
      readonly protocol: string;
      readonly keys: readonly OwnCrypto[];
      readonly port: number;
      readonly formats: LocalStream["formats"];
    },
  ): LocalStream {
    return {
      type: "audio",
      protocol,
      port,
      formats,
      rawFormats: [],
      crypto: keys,
      direction: this.wish,
      rtcpMux: false,
      attributes: [{ name: "ptime", value: "20" }],
      bandwidth: [],
    };
  }

  #print(lines: readonly LocalStream[]): Uint8Array {
    this.#lines = lines;
    const { host, family } = this.#options.address;
    const print = () =>
      printSdp(
        describe({ sessionId: this.#sessionId, version: this.#version, family, host, streams: lines }),
      );
    const shape = new TextDecoder().decode(print());
    if (shape === this.#printed) return print();
    this.#version++;
    const bytes = print();
    this.#printed = new TextDecoder().decode(bytes);
    return bytes;
  }

  #tellPlane(): void {
    const { stream, index, remote, sendCrypto, receiveCrypto } = this.#stream ?? {};
    const local = this.#lines[index ?? -1];
    if (!remote || !local || stream === undefined) return;
    const packetMs = Number(remote.attributes.find(({ name }) => name === "ptime")?.value);
    this.#options.plane.update(this.leg, stream, {
      remote: { host: remote.host, port: remote.port, rtcpPort: remote.rtcpPort },
      signallingHost: this.#signallingHost,
      rtcpMux: remote.rtcpMux && local.rtcpMux,
      direction: narrow(local.direction, reverseDirection(remote.direction)),
      ...(sendCrypto && { sendKey: planeKey(sendCrypto) }),
      ...(receiveCrypto && { receiveKey: planeKey(receiveCrypto) }),
      receiveFormats: local.formats,
      sendFormats: commonFormats(remote.formats, local.formats),
      ...(Number.isInteger(packetMs) && packetMs >= 10 && packetMs <= 60 && { packetMs }),
      dtmf: this.dtmf,
    });
  }
}
