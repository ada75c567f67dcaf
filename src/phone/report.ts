/** The story of a call in plain words: why it ended, how it sounded. Pure. */

import { printHostPort } from "../base/mod.ts";
import type { StreamReport } from "../media/plane.ts";
import type { Flow, SessionEnd } from "../sip/mod.ts";
import { parseReason, readHeader, type SipRequest } from "../sip/message/mod.ts";
import type { MediaFault } from "./call_media.ts";
import type { CallOutcome, CallPath, CallQuality, CallReport } from "./types.ts";

/** Why a call is over, as its report tells. */
export type CallEnd = Pick<CallReport, "outcome" | "endedBy" | "reason" | "statusCode">;

/** Ends that are not told by SIP: what this phone found by itself. */
export type OwnEnd = MediaFault | "no path" | "no ports";

const OWN_ENDS: Readonly<Record<OwnEnd, Omit<CallEnd, "endedBy">>> = {
  "malformed": { outcome: "failed", reason: "the other side's media description cannot be read" },
  "no common codec": { outcome: "not acceptable", reason: "both sides have no codec in common" },
  "srtp required": {
    outcome: "not acceptable",
    reason: "the other side does not encrypt, and SRTP is required",
  },
  "srtp refused": {
    outcome: "not acceptable",
    reason: "the other side insists on SRTP, which is switched off",
  },
  "no media": { outcome: "not acceptable", reason: "the other side has no audio" },
  "no path": {
    outcome: "unreachable",
    reason: "the server's name cannot be resolved, or there is no route to it",
  },
  "no ports": { outcome: "failed", reason: "no media port could be opened" },
};

export function ownEnd(end: OwnEnd): CallEnd {
  return { endedBy: "us", ...OWN_ENDS[end] };
}

const NETWORK_REASONS: Readonly<Record<Extract<SessionEnd, { by: "network" }>["cause"], string>> = {
  "timeout": "the server does not answer",
  "unreachable": "the server cannot be reached",
  "unresolved": "the server's name cannot be resolved",
  "no ack": "the answer was never acknowledged",
  "dialog gone": "the other side knows nothing of this call any more",
  "session expired": "the other side has fallen silent",
};

/** `wasActive`: both sides had been talking. */
export function readEnd(
  end: SessionEnd,
  call: {
    readonly wasActive: boolean;
    readonly direction: "incoming" | "outgoing";
    /** Why the server could not be reached, where that is known. */
    readonly connectFault?: string | undefined;
  },
): CallEnd {
  const { wasActive, direction, connectFault } = call;
  switch (end.cause) {
    case "bye": {
      const who = end.by === "us" ? "we hung up" : "the other side hung up";
      return { outcome: wasActive ? "answered" : "cancelled", endedBy: end.by, ...told(who, end.request) };
    }
    case "cancelled":
      return { outcome: "cancelled", endedBy: "peer", ...told("the caller gave up", end.request) };
    case "rejected": {
      const { statusCode, reasonPhrase } = end.response;
      if (direction === "outgoing" && end.by === "us") {
        return { outcome: "cancelled", endedBy: "us", reason: "we gave up", statusCode };
      }
      const outcome = outcomeOf(statusCode);
      return { outcome, endedBy: end.by, reason: `${statusCode} ${reasonPhrase}`.trim(), statusCode };
    }
    default:
      return {
        outcome: wasActive ? "answered" : end.cause === "no ack" ? "failed" : "unreachable",
        endedBy: "network",
        reason: (end.cause === "unreachable" ? connectFault : undefined) ?? NETWORK_REASONS[end.cause],
      };
  }
}

function told(words: string, request: SipRequest | undefined): Pick<CallEnd, "reason" | "statusCode"> {
  const value = request && readHeader(request, "Reason", parseReason);
  if (!value?.ok) return { reason: words };
  const { cause, text } = value.value;
  return {
    reason: text ? `${words}: ${text}` : words,
    ...(cause !== undefined && { statusCode: cause }),
  };
}

function outcomeOf(statusCode: number): CallOutcome {
  switch (statusCode) {
    case 486:
    case 600:
      return "busy";
    case 603:
    case 607:
      return "declined";
    case 408:
      return "no answer";
    case 404:
    case 410:
    case 484:
    case 485:
    case 604:
      return "not found";
    case 401:
    case 402:
    case 403:
    case 407:
      return "not allowed";
    case 480:
    case 430:
      return "unavailable";
    case 487:
      return "cancelled";
    case 415:
    case 488:
    case 606:
      return "not acceptable";
    default:
      return "failed";
  }
}

export function qualityOf(stream: StreamReport): CallQuality {
  const { packetsReceived, packetsSent, lost, late, jitterMs, roundTripMs, mos, unauthentic } = stream;
  const expected = packetsReceived + lost;
  return {
    packetsReceived,
    packetsSent,
    lost,
    lossShare: expected > 0 ? lost / expected : 0,
    late,
    jitterMs,
    unauthentic,
    ...(roundTripMs !== undefined && { roundTripMs }),
    ...(mos !== undefined && { mos }),
  };
}

export function pathOf({ transport, remote, tlsVersion }: Flow): CallPath {
  const server = printHostPort(remote.host, remote.port);
  return { transport, server, ...(tlsVersion !== undefined && { tlsVersion }) };
}
