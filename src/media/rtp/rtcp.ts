/** RTCP packets as data (RFC 3550 §6; RFC 5506 for packets of reduced size). */
import type { NtpTime } from "./ntp_time.ts";

export const RTCP_SENDER_REPORT = 200;
export const RTCP_RECEIVER_REPORT = 201;
export const RTCP_SOURCE_DESCRIPTION = 202;
export const RTCP_BYE = 203;
export const RTCP_APPLICATION = 204;
/** RFC 4585 §6.1; transport feedback is 205. */
export const RTCP_PAYLOAD_FEEDBACK = 206;

/** What one receiver says of one source (RFC 3550 §6.4.1). */
export interface ReportBlock {
  /** The source reported on. */
  readonly ssrc: number;
  /** Since the report before, in 1/256. */
  readonly fractionLost: number;
  /** Since the beginning; negative when duplicates outnumber losses. */
  readonly cumulativeLost: number;
  /** Cycles in the upper, sequence number in the lower 16 bits. */
  readonly highestSequence: number;
  /** In timestamp units. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP time of the last sender report, 0 when there was none. */
  readonly lastSenderReport: number;
  /** In 1/65536 s. */
  readonly delaySinceLastSenderReport: number;
}

export interface SenderReport {
  readonly kind: "sender-report";
  readonly ssrc: number;
  readonly ntp: NtpTime;
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  readonly octetCount: number;
  readonly reports: readonly ReportBlock[];
}

export interface ReceiverReport {
  readonly kind: "receiver-report";
  readonly ssrc: number;
  readonly reports: readonly ReportBlock[];
}

/** Item types of RFC 3550 §6.5: 1 CNAME, 2 NAME, 3 EMAIL, 4 PHONE, 5 LOC, 6 TOOL, 7 NOTE, 8 PRIV. */
export interface SourceDescriptionItem {
  readonly type: number;
  readonly text: string;
}

export interface SourceDescription {
  readonly kind: "source-description";
  readonly chunks: readonly {
    readonly ssrc: number;
    readonly items: readonly SourceDescriptionItem[];
  }[];
}

export interface Bye {
  readonly kind: "bye";
  readonly ssrcs: readonly number[];
  readonly reason?: string;
}

/** APP, feedback (RFC 4585) and everything not known: carried, not understood. */
export interface OtherRtcp {
  readonly kind: "other";
  readonly packetType: number;
  /** The five bits beside the version: subtype, feedback format. */
  readonly count: number;
  /** What follows the first four bytes; a view, not a copy. */
  readonly body: Uint8Array;
}

export type RtcpPacket = SenderReport | ReceiverReport | SourceDescription | Bye | OtherRtcp;
