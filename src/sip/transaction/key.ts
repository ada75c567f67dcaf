/** What makes two messages one transaction (RFC 3261 §17.1.3, §17.2.3, §8.2.2.2). */
import {
  callId,
  cseq,
  from,
  MAGIC_COOKIE,
  printUri,
  type SipRequest,
  type SipResponse,
  tagOf,
  topVia,
  type Via,
} from "../message/mod.ts";

const LOWER_COOKIE = MAGIC_COOKIE.toLowerCase();

/** Key of the transaction our request opens and its responses carry: our branch and the method of CSeq. */
export function clientKey(branch: string, method: string): string {
  return `${method} ${branch}`;
}

export function clientKeyOf(response: SipResponse): string {
  return clientKey(branchOf(topVia(response)), cseq(response).method);
}

/** Key of the transaction a request belongs to; an ACK belongs to its INVITE. */
export function serverKey(request: SipRequest): string {
  return keyFor(request, request.method === "ACK" ? "INVITE" : request.method);
}

/** Key of the INVITE that a CANCEL means (RFC 3261 §9.2). */
export function cancelledKey(cancel: SipRequest): string {
  return keyFor(cancel, "INVITE");
}

/** The same for every copy of one request that reached us by several ways (RFC 3261 §8.2.2.2). */
export function mergeKey(request: SipRequest): string {
  const { sequence, method } = cseq(request);
  return `${method} ${sequence} ${callId(request)} ${tagOf(from(request)) ?? ""}`;
}

function keyFor(request: SipRequest, method: string): string {
  const via = topVia(request);
  const branch = branchOf(via);
  const sentBy = via.port === undefined ? via.host : `${via.host}:${via.port}`;
  if (branch.toLowerCase().startsWith(LOWER_COOKIE)) return `${method} ${sentBy} ${branch}`.toLowerCase();
  // RFC 2543 has no unique branch. The To tag is left out: an ACK carries one that its INVITE could not know, and
  // CSeq tells the requests of one dialog apart anyhow.
  const { sequence } = cseq(request);
  const uri = printUri(request.requestUri);
  const tag = tagOf(from(request)) ?? "";
  return `${method} ${sequence} ${callId(request)} ${tag} ${uri} ${sentBy} ${branch}`;
}

function branchOf(via: Via): string {
  return via.params.get("branch") ?? "";
}
