/** What the phone is told and what it tells: accounts, calls, events, reports. Plain data. */

import type { SrtpSuiteName } from "../media/plane.ts";
import type { Ha1 } from "../sip/auth/mod.ts";
import type { TransportName } from "../sip/mod.ts";

export type SrtpPolicy = "off" | "optional" | "required";

/**
 * The ways to offer SRTP: RTP/AVP with `a=crypto` (RFC 8643), RTP/SAVP, one m-line of each, or not at all. The name in
 * reports is that of the way both sides agreed upon.
 */
export type SrtpWay = "opportunistic" | "secure" | "two lines" | "plain";

export type CodecName = "pcma" | "pcmu" | "g722";

/** Whose certificates are believed. */
export interface ServerTrust {
  /** PEM texts of authorities believed beside those of the system. */
  readonly authorities?: readonly string[];
  /** True connects to whoever answers: only for a lab. */
  readonly insecure?: boolean;
}

export interface AccountSettings {
  /** User part of the address of record, e.g. `100`. */
  readonly user: string;
  readonly domain: string;
  /** Name for digest, where it is not {@linkcode user}. */
  readonly authUser?: string;
  /** One of both, or neither where the server does not ask. */
  readonly password?: string;
  /** Made for the realm {@linkcode domain}. */
  readonly ha1?: Ha1;
  readonly displayName?: string;
  /** Host, `host:port` or SIP URI of the server; absent: what the DNS says of {@linkcode domain} (RFC 3263). */
  readonly server?: string;
  readonly transport: TransportName;
  readonly srtp: SrtpPolicy;
  /** The first way tried in offers; default `opportunistic` for optional, `secure` for required SRTP. */
  readonly srtpWay?: SrtpWay;
  readonly trust?: ServerTrust;
  /** False: calls are placed without being registered, none come in. */
  readonly register: boolean;
  /** Wished lifetime of the registration, default 600. */
  readonly registerSec?: number;
  /** In order of preference; default G.722, PCMA, PCMU. */
  readonly codecs?: readonly CodecName[];
  /** How digits go out; default `auto`: RFC 4733 where the peer can, else as tones. */
  readonly dtmf?: "auto" | "rfc4733" | "inband" | "info";
  /** Calls at the same time; a further one is told that the line is busy. Default 4. */
  readonly maxCalls?: number;
  /** Local address for UDP signalling and for media; absent: as the kernel routes. */
  readonly localHost?: string;
}

export type RegistrationStatus =
  | { readonly state: "off" }
  | { readonly state: "registering" }
  | { readonly state: "registered"; readonly untilMs: number }
  /** `retryMs`: when it is tried again (milliseconds since the epoch). */
  | {
    readonly state: "failed";
    readonly reason: string;
    readonly statusCode?: number;
    readonly retryMs: number;
  };

/** `calling` and `ringing` are outgoing, `incoming` rings here. */
export type CallState = "calling" | "ringing" | "incoming" | "active" | "ended";

/** What became of a call, in one word. */
export type CallOutcome =
  | "answered"
  | "cancelled"
  | "busy"
  | "declined"
  | "no answer"
  | "not found"
  | "not allowed"
  | "unavailable"
  | "not acceptable"
  | "failed"
  | "unreachable";

/** How well the voice of the other side arrived. */
export interface CallQuality {
  readonly packetsReceived: number;
  readonly packetsSent: number;
  readonly lost: number;
  /** Lost of those expected, 0–1. */
  readonly lossShare: number;
  readonly late: number;
  readonly jitterMs: number;
  readonly roundTripMs?: number;
  /** 1.0–4.5 (ITU-T G.107). */
  readonly mos?: number;
  /** Packets that did not authenticate. */
  readonly unauthentic: number;
}

/** The keys of one call. */
export interface CallEncryption {
  readonly suite: SrtpSuiteName;
  readonly way: SrtpWay;
  /** The keys crossed a connection that others can read. */
  readonly keysExposed: boolean;
}

/** What both sides agreed upon. */
export interface CallAgreement {
  readonly codec: string;
  /** Absent: plain RTP. */
  readonly encryption?: CallEncryption;
}

export interface CallPath {
  readonly transport: TransportName;
  /** `host:port` of the server's end. */
  readonly server: string;
  /** `TLSv1.3`, where it is known. */
  readonly tlsVersion?: string;
}

export interface RecordingReport {
  readonly path: string;
  readonly seconds: number;
  readonly error?: string;
}

/** The story of a call that is over. Times in milliseconds since the epoch. */
export interface CallReport {
  readonly direction: "incoming" | "outgoing";
  /** URI of the other side. */
  readonly remote: string;
  readonly startedAt: number;
  readonly ringingAt?: number;
  readonly answeredAt?: number;
  readonly endedAt: number;
  /** Time spent talking. */
  readonly talkMs: number;
  readonly outcome: CallOutcome;
  readonly endedBy: "us" | "peer" | "network";
  /** A sentence in English without full stop. */
  readonly reason: string;
  /** Of the final response or the Reason header, where there was one. */
  readonly statusCode?: number;
  readonly path?: CallPath;
  readonly agreement?: CallAgreement;
  readonly quality?: CallQuality;
  readonly recording?: RecordingReport;
}

/** Progress of a transfer asked for by us. */
export type TransferStatus = "trying" | "done" | "failed";

/** What happens to one call, in order; `ended` is the last. */
export type CallEvent =
  | { readonly kind: "calling" }
  | { readonly kind: "incoming" }
  | { readonly kind: "ringing" }
  /** The other side is heard before it has answered. */
  | { readonly kind: "early"; readonly agreement: CallAgreement }
  | { readonly kind: "answered"; readonly agreement: CallAgreement }
  /** Hold, resume, or whatever else a new offer brought. */
  | {
    readonly kind: "changed";
    readonly isHeld: boolean;
    readonly isHeldByPeer: boolean;
    readonly agreement: CallAgreement;
  }
  /** The other side has pressed a key. */
  | { readonly kind: "digit"; readonly digit: string }
  /** Files have been played to their end, or were cut off. */
  | { readonly kind: "played"; readonly complete: boolean }
  /** Nothing arrives though the other side should speak; `false` when it is heard again. */
  | { readonly kind: "silent"; readonly silent: boolean; readonly forMs: number }
  | { readonly kind: "transfer"; readonly status: TransferStatus; readonly statusCode?: number }
  | { readonly kind: "ended"; readonly report: CallReport };
