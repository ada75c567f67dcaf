/** How an attempt to reach somebody ends when nobody answers, and what the caller is told. Pure (RFC 3261 §16.7, §21). */

import type { Reply } from "../../sip/mod.ts";

export type FailureReason =
  | "busy"
  | "declined"
  | "no answer"
  | "unreachable"
  | "not found"
  | "not allowed"
  | "not acceptable"
  | "moved"
  | "no ports"
  | "caller gone"
  | "failed";

export interface Failure {
  readonly reason: FailureReason;
  readonly statusCode: number;
  readonly reasonPhrase?: string;
  /** 3xx: where the device sends its calls. */
  readonly movedTo?: string;
  /** Seconds after which trying again makes sense. */
  readonly retryAfterSec?: number;
}

/** What a final response to our INVITE means. */
export function readFailure(statusCode: number): FailureReason {
  switch (statusCode) {
    case 486:
    case 600:
      return "busy";
    case 603:
    case 607:
      return "declined";
    case 408:
    case 480:
    case 487:
      return statusCode === 480 ? "unreachable" : "no answer";
    case 404:
    case 410:
    case 484:
    case 485:
    case 604:
      return "not found";
    case 401:
    case 403:
    case 407:
      return "not allowed";
    case 415:
    case 488:
    case 606:
      return "not acceptable";
    default:
      return statusCode >= 300 && statusCode < 400 ? "moved" : "failed";
  }
}

/** The status a caller hears for each reason when the far side gave none worth passing on. */
const STATUS: Record<FailureReason, number> = {
  "busy": 486,
  "declined": 603,
  "no answer": 480,
  "unreachable": 480,
  "not found": 404,
  "not allowed": 403,
  "not acceptable": 488,
  "moved": 480,
  "no ports": 503,
  "caller gone": 487,
  "failed": 500,
};

const PHRASE: Partial<Record<FailureReason, string>> = {
  "no answer": "No answer",
  "unreachable": "Not registered or not reachable",
  "no ports": "No media ports left",
};

/** The ports of calls that have just ended rest for half as long. */
const PORTS_AGAIN_SEC = 10;

export function failure(reason: FailureReason, details: Partial<Failure> = {}): Failure {
  const phrase = PHRASE[reason];
  return {
    reason,
    statusCode: STATUS[reason],
    ...(phrase !== undefined && { reasonPhrase: phrase }),
    ...(reason === "no ports" && { retryAfterSec: PORTS_AGAIN_SEC }),
    ...details,
  };
}

/** The final response that tells a caller of it. */
export function replyOf({ statusCode, reasonPhrase, retryAfterSec }: Failure): Reply {
  return {
    statusCode,
    ...(reasonPhrase !== undefined && { reasonPhrase }),
    ...(retryAfterSec !== undefined && { headers: [["Retry-After", String(retryAfterSec)]] }),
  };
}

/** Of several devices' failures the one that tells the caller most: a person's word before a machine's. */
export function worstOf(failures: readonly Failure[]): Failure {
  const rank: readonly FailureReason[] = [
    "declined",
    "moved",
    "busy",
    "no answer",
    "not acceptable",
    "not allowed",
    "not found",
  ];
  for (const reason of rank) {
    const found = failures.find((one) => one.reason === reason);
    if (found) return found;
  }
  return failures[0] ?? failure("unreachable");
}
