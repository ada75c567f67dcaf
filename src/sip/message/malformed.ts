/** What is told of, and answered to, bytes that are no message (RFC 3261 §16.3 step 1, RFC 4475 §3). */
import type { Head } from "./head.ts";
import { methodOf } from "./head.ts";
import { Headers } from "./headers.ts";
import { isStatusLine } from "./start_line.ts";
import { reasonPhrase } from "./status_codes.ts";
import type { MalformedMessage, SipResponse } from "./message.ts";
import type { ParseFault } from "./types.ts";
import { parseVia, printVia, recoverVia } from "./via.ts";

const NO_BODY = new Uint8Array(0);

/** A malformed message with its answer, as far as `head` holds enough for one. */
export function malformed(
  problem: ParseFault & { readonly statusCode?: number },
  head?: Head,
): MalformedMessage {
  const { where, reason } = problem;
  if (head === undefined) return { where, reason, kind: "unknown" };
  if (isStatusLine(head.startLine)) return { where, reason, kind: "response" };
  const method = methodOf(head.startLine);
  if (method === undefined) return { where, reason, kind: "unknown" };
  const answer = method === "ACK" ? undefined : makeAnswer(head.headers, problem);
  return answer === undefined
    ? { where, reason, kind: "request" }
    : { where, reason, kind: "request", answer };
}

/** Tells a malformed message from a good one; both have a `kind`. */
export function isMalformed(framed: unknown): framed is MalformedMessage {
  return typeof framed === "object" && framed !== null && "where" in framed && "reason" in framed;
}

/** Echoes From, To, Call-ID and CSeq as they came; only Via is cleaned, for it says where the answer goes. */
function makeAnswer(
  received: Headers,
  problem: ParseFault & { readonly statusCode?: number },
): SipResponse | undefined {
  const headers = new Headers();
  for (const value of received.all("Via")) {
    const parsed = parseVia(value);
    const via = parsed.ok ? parsed.value : recoverVia(value);
    if (via !== undefined) headers.append("Via", printVia(via));
    else if (!headers.has("Via")) return undefined;
  }
  for (const name of ["From", "To", "Call-ID", "CSeq"]) {
    const value = received.get(name);
    if (!value) return undefined;
    headers.append(name, name === "To" ? withTag(value, received) : value);
  }
  if (!headers.has("Via")) return undefined;
  const statusCode = problem.statusCode ?? 400;
  // The phrase tells the phone's administrator what to mend; faults never quote the message.
  const phrase = statusCode === 400
    ? `Bad Request (${problem.where}: ${problem.reason})`
    : reasonPhrase(statusCode);
  return { kind: "response", statusCode, reasonPhrase: phrase, headers, body: NO_BODY };
}

/** A stateless answer gives the same tag to every copy of a request (RFC 3261 §8.2.7). */
function withTag(to: string, received: Headers): string {
  if (/;\s*tag\s*=/i.test(to)) return to;
  let hash = 0x811c9dc5;
  for (const character of `${received.get("Via")} ${received.get("Call-ID")} ${received.get("CSeq")}`) {
    hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  }
  return `${to};tag=${(hash >>> 0).toString(16)}`;
}
