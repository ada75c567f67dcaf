/** One stream of a leg: its place in the plane, what each side said last, and the keys of both directions. */

import type { SrtpKey, StreamKind, StreamSettings } from "../../media/plane.ts";
import {
  CRYPTO_SUITES,
  type CryptoAttribute,
  type CryptoSuite,
  type LocalStream,
  type MediaDirection,
  narrow,
  type RemoteStream,
  reverseDirection,
  type RtpFormat,
} from "../../sdp/mod.ts";
import type { DtmfMode } from "../../config/mod.ts";
import { type Random, sameBytes } from "../../base/mod.ts";
import { answerFormats, type WantedStream } from "./codec_choice.ts";
import type { SrtpProfile } from "./srtp_profile.ts";

/** Suites of our offers; a longer list makes some phones refuse the line. */
const OFFERED_SUITES: readonly CryptoSuite[] = [
  "AES_CM_128_HMAC_SHA1_80",
  "AES_CM_128_HMAC_SHA1_32",
  "AES_256_CM_HMAC_SHA1_80",
];

type LocalCrypto = Omit<CryptoAttribute, "mki">;

export interface SlotPlace {
  readonly kind: StreamKind;
  /** Number of the plane's leg among those of this side, and the stream in it. */
  readonly part: number;
  readonly stream: number;
  readonly port: number;
}

export interface SlotState {
  readonly index: number;
  readonly type: string;
  readonly enabled: boolean;
  readonly remote: RemoteStream | undefined;
  readonly local: LocalStream | undefined;
  readonly sendCrypto: LocalCrypto | undefined;
  readonly receiveCrypto: CryptoAttribute | undefined;
}

export class Slot {
  readonly place: SlotPlace;
  /** Position of the m-line in this leg's descriptions. */
  index: number;
  type: string;
  /** What the peer said last; absent until it has spoken. */
  remote: RemoteStream | undefined;
  /** What we said last. */
  local: LocalStream | undefined;
  /** The key lines agreed upon; absent: plain. */
  sendCrypto: LocalCrypto | undefined;
  receiveCrypto: CryptoAttribute | undefined;
  enabled = true;
  /** What the peer would do if nobody held it: a held phone answers `recvonly` without wishing it. */
  wish: MediaDirection = "sendrecv";

  constructor(place: SlotPlace, options: { index: number; type: string }) {
    this.place = place;
    this.index = options.index;
    this.type = options.type;
  }

  /** What a rollback needs. */
  state(): SlotState {
    const { index, type, remote, local, sendCrypto, receiveCrypto, enabled } = this;
    return { index, type, enabled, remote, local, sendCrypto, receiveCrypto };
  }

  restore(state: SlotState): void {
    this.index = state.index;
    this.type = state.type;
    this.enabled = state.enabled;
    this.remote = state.remote;
    this.local = state.local;
    this.sendCrypto = state.sendCrypto;
    this.receiveCrypto = state.receiveCrypto;
  }

  /** Both sides' codecs, in our payload numbers; empty until both have spoken. */
  get negotiated(): readonly RtpFormat[] {
    if (!this.remote || !this.local || !this.enabled) return [];
    return answerFormats(this.local.formats, this.remote.formats);
  }

  /** Our m-line in an offer for a far side that wants `wanted`. */
  offer(
    wanted: WantedStream,
    options: { formats: readonly RtpFormat[]; profile: SrtpProfile; random: Random },
  ): LocalStream {
    const { formats, profile, random } = options;
    const isRtp = wanted.transport === "rtp";
    const feedback = wanted.feedback ? "F" : "";
    const local: LocalStream = {
      type: wanted.type,
      protocol: !isRtp ? "udptl" : profile === "secure" ? `RTP/SAVP${feedback}` : `RTP/AVP${feedback}`,
      port: wanted.enabled ? this.place.port : 0,
      formats: isRtp ? formats : [],
      rawFormats: isRtp ? [] : wanted.rawFormats,
      crypto: isRtp && profile !== "plain" && wanted.enabled ? this.#offeredCrypto(random) : [],
      direction: wanted.direction,
      rtcpMux: wanted.rtcpMux,
      attributes: wanted.attributes,
      bandwidth: wanted.bandwidth,
    };
    this.type = wanted.type;
    this.local = local;
    return local;
  }

  /** A leg that has agreed on a key keeps it over every new offer: the rollover counter then survives. */
  #offeredCrypto(random: Random): readonly LocalCrypto[] {
    if (this.sendCrypto) return [this.sendCrypto];
    if (this.local && this.local.crypto.length > 0) return this.local.crypto;
    return OFFERED_SUITES.map((suite, position) =>
      freshCrypto({ tag: position + 1, suite, spelling: suite }, random)
    );
  }

  /**
   * Chooses our key for the peer's offered line. The old one stays while the peer's does; a peer that changes its key has
   * begun anew, and may have forgotten the rollover counter of our stream, too (RFC 4568 §7.1.4).
   */
  takeCrypto(line: CryptoAttribute | undefined, random: Random): void {
    if (!line) {
      this.receiveCrypto = undefined;
      this.sendCrypto = undefined;
      return;
    }
    const before = this.receiveCrypto;
    const isSame = before?.suite === line.suite && sameBytes(before.keyAndSalt, line.keyAndSalt);
    const keep = isSame && this.sendCrypto?.suite === line.suite ? this.sendCrypto.keyAndSalt : undefined;
    this.receiveCrypto = line;
    const { tag, suite, spelling } = line;
    this.sendCrypto = keep
      ? { tag, suite, spelling, keyAndSalt: keep }
      : freshCrypto({ tag, suite, spelling }, random);
  }

  /** What the plane must know now; undefined while the peer has not spoken. */
  settings(options: { signallingHost?: string; dtmf: DtmfMode }): StreamSettings | undefined {
    const { remote, local } = this;
    if (!remote || !local) return undefined;
    const on = this.enabled && remote.port !== 0 && local.port !== 0;
    const canSignal = remote.formats.some((format) => format.encoding === "telephone-event");
    return {
      remote: { host: remote.host, port: on ? remote.port : 0, rtcpPort: on ? remote.rtcpPort : 0 },
      ...(options.signallingHost !== undefined && { signallingHost: options.signallingHost }),
      rtcpMux: remote.rtcpMux && local.rtcpMux,
      // Both sides may have narrowed it: ours counts from our end, theirs from theirs.
      direction: narrow(local.direction, reverseDirection(remote.direction)),
      ...(this.sendCrypto && { sendKey: planeKey(this.sendCrypto) }),
      ...(this.receiveCrypto && { receiveKey: planeKey(this.receiveCrypto) }),
      receiveFormats: local.formats,
      sendFormats: remote.formats,
      ...packetTime(remote),
      dtmf: options.dtmf !== "auto" ? options.dtmf : canSignal ? "rfc4733" : "inband",
    };
  }
}

function freshCrypto(base: Pick<LocalCrypto, "tag" | "suite" | "spelling">, random: Random): LocalCrypto {
  const { keyBytes, saltBytes } = CRYPTO_SUITES[base.suite];
  return { ...base, keyAndSalt: random.bytes(keyBytes + saltBytes) };
}

function planeKey(line: Pick<CryptoAttribute, "suite" | "keyAndSalt" | "mki">): SrtpKey {
  const { suite, keyAndSalt, mki } = line;
  return mki ? { suite, keyAndSalt, mki } : { suite, keyAndSalt };
}

function packetTime(remote: RemoteStream): { packetMs?: number } {
  const value = Number(remote.attributes.find((attribute) => attribute.name === "ptime")?.value);
  return Number.isInteger(value) && value >= 10 && value <= 60 ? { packetMs: value } : {};
}
