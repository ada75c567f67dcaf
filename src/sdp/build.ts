/** Our own side of a session: offers and answers with our addresses, ports and keys (RFC 3264 §5, §6, §8). */

import { type CryptoAttribute, printCrypto } from "./crypto.ts";
import { formatAttributes } from "./formats.ts";
import type { RemoteStream } from "./streams.ts";
import type {
  MediaDescription,
  MediaDirection,
  RtpFormat,
  SdpAttribute,
  SessionDescription,
} from "./types.ts";

/** One m-line of ours. */
export interface LocalStream {
  readonly type: string;
  readonly protocol: string;
  /** 0 refuses or switches off. */
  readonly port: number;
  readonly formats: readonly RtpFormat[];
  /** Used instead of `formats` where the stream is not RTP. */
  readonly rawFormats: readonly string[];
  readonly crypto: readonly Omit<CryptoAttribute, "mki">[];
  readonly direction: MediaDirection;
  readonly rtcpMux: boolean;
  readonly attributes: readonly SdpAttribute[];
  readonly bandwidth: readonly string[];
}

export interface LocalSession {
  readonly sessionId: string;
  /** Grows by one whenever anything in the description changes (RFC 3264 §8). */
  readonly version: number;
  readonly family: "ipv4" | "ipv6";
  readonly host: string;
  readonly streams: readonly LocalStream[];
}

/** The description of `session`; the same input gives the same text. */
export function describe(session: LocalSession): SessionDescription {
  const { sessionId, family, host } = session;
  return {
    origin: { username: "-", sessionId, sessionVersion: String(session.version), family, host },
    name: "-",
    connection: { family, host },
    bandwidth: [],
    attributes: [],
    media: session.streams.map(mediaOf),
  };
}

function mediaOf(stream: LocalStream): MediaDescription {
  const { type, protocol, port } = stream;
  const formats = stream.formats.length > 0
    ? stream.formats.map((format) => String(format.payloadType))
    : stream.rawFormats;
  if (port === 0) return { type, port, protocol, formats, bandwidth: [], attributes: [] };
  const isRtp = stream.formats.length > 0;
  const attributes: SdpAttribute[] = formatAttributes(stream.formats);
  attributes.push(...stream.attributes);
  for (const line of stream.crypto) attributes.push({ name: "crypto", value: printCrypto(line) });
  if (isRtp) {
    if (stream.rtcpMux) attributes.push({ name: "rtcp-mux" });
    attributes.push({ name: stream.direction });
  }
  return { type, port, protocol, formats, bandwidth: stream.bandwidth, attributes };
}

/** An m-line of the peer's offer that we do not take: same type, protocol and formats, port 0. */
export function refusedStream(remote: RemoteStream): LocalStream {
  return {
    type: remote.type,
    protocol: remote.protocol,
    port: 0,
    formats: [],
    rawFormats: remote.rawFormats,
    crypto: [],
    direction: "inactive",
    rtcpMux: false,
    attributes: [],
    bandwidth: [],
  };
}
