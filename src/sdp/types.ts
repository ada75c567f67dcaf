/** The shape of a session description (RFC 8866), as far as calls need it; the rest is kept as text. */

export interface SdpAttribute {
  readonly name: string;
  /** Absent for a flag (`a=sendrecv`). */
  readonly value?: string;
}

export interface SdpConnection {
  readonly family: "ipv4" | "ipv6";
  readonly host: string;
}

export interface SdpOrigin {
  readonly username: string;
  /** Kept as text: 64-bit numbers are common. */
  readonly sessionId: string;
  readonly sessionVersion: string;
  readonly family: "ipv4" | "ipv6";
  readonly host: string;
}

export interface MediaDescription {
  /** `audio`, `video`, `image`, `application`, … */
  readonly type: string;
  /** 0: the stream is refused or switched off. */
  readonly port: number;
  /** As written: `RTP/AVP`, `RTP/SAVP`, `udptl`, … */
  readonly protocol: string;
  /** Payload types, or whatever the protocol names. */
  readonly formats: readonly string[];
  readonly connection?: SdpConnection;
  /** Values of `b=` lines. */
  readonly bandwidth: readonly string[];
  readonly attributes: readonly SdpAttribute[];
}

export interface SessionDescription {
  readonly origin: SdpOrigin;
  readonly name: string;
  readonly connection?: SdpConnection;
  readonly bandwidth: readonly string[];
  readonly attributes: readonly SdpAttribute[];
  readonly media: readonly MediaDescription[];
}

/** Why a text is no usable session description. */
export interface SdpFault {
  /** 1 for the first line; 0 for the whole. */
  readonly line: number;
  /** Short English sentence without full stop; holds no keys. */
  readonly reason: string;
}

/** Codec of one payload type (RFC 8866 §6.6); names in lower case. */
export interface RtpFormat {
  readonly payloadType: number;
  readonly encoding: string;
  /** The name as its peer writes it, where that is not lower case and none of the common ones. */
  readonly spelling?: string;
  readonly clockRate: number;
  readonly channels: number;
  readonly parameters?: string;
}

export type MediaDirection = "sendrecv" | "sendonly" | "recvonly" | "inactive";
