/** Where a response goes (RFC 3261 §18.2.2, RFC 3581 §4). */
import { type SipRequest, topVia } from "../message/mod.ts";
import type { Destination, Flow } from "../transport/types.ts";

const DEFAULT_PORT = 5060;

/**
 * The path back to whoever sent `request`. `maddr` is not followed: it would let a stranger aim our answers.
 * Departure: a sent-by address that is not the one the packet came from means a NAT, and behind a NAT the sent-by port
 * means nothing; then the source port is answered although no `rport` asked for it.
 */
export function replyDestination(request: SipRequest, flow: Flow): Destination {
  if (flow.transport !== "udp") return { kind: "flow", flow };
  const via = topVia(request);
  const port = via.port ?? DEFAULT_PORT;
  const { remote } = flow;
  if (via.params.has("rport") || port === remote.port) return { kind: "flow", flow };
  if (via.host !== remote.host && isAddress(via.host)) return { kind: "flow", flow };
  return { kind: "target", target: { transport: "udp", address: { host: remote.host, port } } };
}

/** True for a literal IPv4 or IPv6 address: no host name of letters ends in a digit label or holds a colon. */
function isAddress(host: string): boolean {
  return host.includes(":") || /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
