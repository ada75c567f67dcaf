/** Where a request within a dialog goes (RFC 3261 §12.2.1.1 and §8.1.2, with what RFC 3581 and RFC 5923 teach). */
import {
  ipFamily,
  isLinkLocal,
  isLoopback,
  type Network,
  networkContains,
  parseNetwork,
} from "../../base/mod.ts";
import type { RouteTo } from "../endpoint_types.ts";
import type { SipUri, Uri } from "../message/mod.ts";
import type { Flow } from "../transport/mod.ts";

const PRIVATE: readonly Network[] = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "fc00::/7",
]
  .map((text) => parseNetwork(text)).filter((network) => network !== undefined);

export interface HopChoice {
  /** The first route, or the remote target. */
  readonly nextHop: Uri;
  /** The path of the peer's last message. */
  readonly flow: Flow | undefined;
  /** True when no proxy stands between us and the peer. */
  readonly isAdjacent: boolean;
  /** True when the peer wants answers at the port it sends from (`rport`). */
  readonly isSymmetric: boolean;
}

/**
 * The flow wherever it leads to the same peer, since phones behind NAT and phones without a certificate are reached over
 * nothing else; otherwise the URI. Departures from the RFC: an open connection is preferred to the URI, and an address
 * that cannot be the peer's (private, seen from outside) is not tried at all.
 */
export function chooseHop(choice: HopChoice): RouteTo {
  const { nextHop, flow } = choice;
  const byUri: RouteTo = { kind: "uri", uri: nextHop };
  if (!flow?.isOpen) return byUri;
  const isNowhere = nextHop.scheme === "tel" || nextHop.scheme === "other";
  if (isNowhere) return { kind: "destinations", destinations: [{ kind: "flow", flow }] };
  if (flow.transport === "udp" && !isSameDatagramPeer(nextHop, flow, choice)) return byUri;
  return { kind: "destinations", destinations: [{ kind: "flow", flow, named: nextHop }] };
}

function isSameDatagramPeer(hop: SipUri, flow: Flow, choice: HopChoice): boolean {
  const { remote } = flow;
  if (hop.host === remote.host) return choice.isSymmetric || (hop.port ?? 5060) === remote.port;
  if (choice.isAdjacent) return true;
  return isUnreachable(hop.host) && !isUnreachable(remote.host);
}

/** An address or name that means nothing beyond its own network. */
function isUnreachable(host: string): boolean {
  if (ipFamily(host) === undefined) return host.endsWith(".invalid") || host.endsWith(".local");
  return isLoopback(host) || isLinkLocal(host) || PRIVATE.some((network) => networkContains(network, host));
}
