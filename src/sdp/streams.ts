/**
 * A peer's description boiled down to the streams we could carry, and the choice among the ways in which phones offer
 * SRTP: RTP/SAVP, RTP/AVP with `a=crypto` (RFC 8643), or one m-line of each (RFC 4568 §5, §7; RFC 3264 §6).
 */

import { detached } from "../base/mod.ts";
import { type CryptoAttribute, cryptoLines } from "./crypto.ts";
import { directionOf, isAuxiliary, rtpFormats } from "./formats.ts";
import type {
  MediaDescription,
  MediaDirection,
  RtpFormat,
  SdpAttribute,
  SessionDescription,
} from "./types.ts";

export type StreamTransport = "rtp" | "udptl" | "other";

export interface RemoteStream {
  /** Position of its m-line. */
  readonly index: number;
  readonly type: string;
  readonly transport: StreamTransport;
  readonly protocol: string;
  /** RTP/SAVP or RTP/SAVPF: plain RTP is no way out. */
  readonly isSecureProfile: boolean;
  readonly host: string;
  readonly port: number;
  readonly rtcpPort: number;
  readonly rtcpMux: boolean;
  readonly direction: MediaDirection;
  readonly formats: readonly RtpFormat[];
  /** The formats as written, for what is not RTP. */
  readonly rawFormats: readonly string[];
  readonly crypto: readonly CryptoAttribute[];
  /** What may be shown to the other side: packet times, feedback, T.38 settings. */
  readonly attributes: readonly SdpAttribute[];
  readonly bandwidth: readonly string[];
}

/** Attributes without addresses, keys or identifiers of the inside. */
const PASSED_ON = new Set([
  "ptime",
  "maxptime",
  "rtcp-fb",
  "extmap",
  "framerate",
  "imageattr",
  "content",
  "silencesupp",
]);

/** The streams of `description`, one for each m-line, refused ones included (port 0). */
export function remoteStreams(description: SessionDescription): RemoteStream[] {
  return description.media.map((media, index) => {
    const transport = transportOf(media.protocol);
    const host = detached((media.connection ?? description.connection)?.host ?? "");
    return {
      index,
      type: detached(media.type),
      transport,
      protocol: detached(media.protocol),
      isSecureProfile: /^RTP\/SAVPF?$/i.test(media.protocol),
      host,
      port: media.port,
      rtcpPort: rtcpPortOf(media),
      rtcpMux: media.attributes.some((attribute) => attribute.name === "rtcp-mux"),
      direction: directionOf(description, media),
      formats: transport === "rtp" ? rtpFormats(media) : [],
      rawFormats: media.formats.map(detached),
      crypto: transport === "rtp" ? cryptoLines(media) : [],
      attributes: passedOn(media.attributes),
      bandwidth: media.bandwidth.map(detached),
    };
  });
}

function passedOn(attributes: readonly SdpAttribute[]): SdpAttribute[] {
  return attributes.filter(({ name }) => PASSED_ON.has(name) || /^t38/i.test(name))
    .map(({ name, value }) =>
      value === undefined ? { name: detached(name) } : { name: detached(name), value: detached(value) }
    );
}

function transportOf(protocol: string): StreamTransport {
  if (/^RTP\/S?AVPF?$/i.test(protocol)) return "rtp";
  return /^udptl$/i.test(protocol) ? "udptl" : "other";
}

/** `a=rtcp` (RFC 3605), else the port above; the address in it is not believed. */
function rtcpPortOf(media: MediaDescription): number {
  const value = media.attributes.find((attribute) => attribute.name === "rtcp")?.value;
  const port = /^(\d{1,5})(?: |$)/.exec(value ?? "")?.[1];
  return port !== undefined && Number(port) <= 65_535 ? Number(port) : media.port + 1;
}

export type SrtpWish = "off" | "optional" | "required";

/** One m-line that we take, with the key line chosen among the peer's. */
export interface ChosenStream {
  readonly remote: RemoteStream;
  /** Absent: plain RTP. */
  readonly crypto?: CryptoAttribute;
}

export type OfferRefusal = "no media" | "srtp required" | "srtp not allowed" | "no common crypto";

export type Choice =
  | { readonly ok: true; readonly streams: readonly ChosenStream[] }
  | { readonly ok: false; readonly error: OfferRefusal };

/**
 * Which m-lines of an offer are taken under `wish`. Of two lines that are the same stream once encrypted and once
 * plain, one is taken. Streams that cannot be carried are left out (answered with port 0); nothing left is a refusal.
 */
export function chooseStreams(offer: readonly RemoteStream[], wish: SrtpWish): Choice {
  const taken: ChosenStream[] = [];
  let refusal: OfferRefusal = "no media";
  const skipped = new Set<number>();
  for (const stream of offer) {
    if (stream.port === 0 || stream.transport === "other" || skipped.has(stream.index)) continue;
    const twin = offer.find((other) => other.index > stream.index && isTwin(stream, other));
    const first = chooseStream(preferred(stream, twin, wish), wish);
    if (twin) skipped.add(twin.index);
    if (typeof first !== "string") {
      taken.push(first);
      continue;
    }
    refusal = first;
    const second = twin && chooseStream(preferred(stream, twin, wish) === stream ? twin : stream, wish);
    if (second && typeof second !== "string") taken.push(second);
  }
  if (
    !taken.some(({ remote }) => remote.type === "audio" || remote.transport === "udptl") &&
    refusal !== "no media"
  ) {
    return { ok: false, error: refusal };
  }
  return taken.length > 0 ? { ok: true, streams: taken } : { ok: false, error: refusal };
}

function isTwin(a: RemoteStream, b: RemoteStream): boolean {
  return b.port !== 0 && a.type === b.type && a.transport === "rtp" && b.transport === "rtp" &&
    a.isSecureProfile !== b.isSecureProfile;
}

function preferred(stream: RemoteStream, twin: RemoteStream | undefined, wish: SrtpWish): RemoteStream {
  if (!twin) return stream;
  return (wish !== "off") === stream.isSecureProfile ? stream : twin;
}

/** T.38 has no SDES; it is let through unless encryption is required. */
function chooseStream(remote: RemoteStream, wish: SrtpWish): ChosenStream | OfferRefusal {
  if (remote.transport === "udptl") return wish === "required" ? "srtp required" : { remote };
  if (!remote.formats.some((format) => !isAuxiliary(format))) return "no media";
  const crypto = remote.crypto[0];
  if (remote.isSecureProfile) {
    if (wish === "off") return "srtp not allowed";
    return crypto ? { remote, crypto } : "no common crypto";
  }
  if (crypto && wish !== "off") return { remote, crypto };
  return wish === "required" ? "srtp required" : { remote };
}
