/** Which way the requests of a line go: outbound proxy, Service-Route, places (RFC 3261 §8.1.2, RFC 3608 §6.1). Pure. */

import { type NameAddr, parseNameAddr, type RouteTo, type Uri } from "../../sip/mod.ts";
import type { LineAddresses } from "./addresses.ts";

export interface LinePath {
  readonly route: RouteTo;
  readonly routeSet: readonly NameAddr[];
  /** True when it is encrypted as far as the next hop. */
  readonly isSecure: boolean;
}

/** What is known of the next hop; `Places` implements it. */
export interface KnownPlaces {
  route(): RouteTo;
  /** True when `hop` leads where we go anyway. */
  leadsTo(hop: Uri): boolean;
  readonly isSecure: boolean;
}

/** Route of requests that take no Service-Route, REGISTER above all: the outbound proxy, if there is one. */
export function proxyRoute({ outboundProxy }: LineAddresses): readonly NameAddr[] {
  if (!outboundProxy) return [];
  const params = new Map(outboundProxy.params).set("lr", null);
  return [{ uri: { ...outboundProxy, params }, params: new Map() }];
}

/** The way of a call: the outbound proxy, then the Service-Route that the registrar gave. */
export function linePath(
  addresses: LineAddresses,
  places: KnownPlaces,
  serviceRoute: readonly string[] = [],
): LinePath {
  const hops = serviceRoute.flatMap((text) => {
    const parsed = parseNameAddr(text);
    return parsed.ok ? [parsed.value] : [];
  });
  const proxy = proxyRoute(addresses);
  const first = hops[0]?.uri;
  const known = { route: places.route(), isSecure: addresses.isSecure || places.isSecure };
  if (!first) return { ...known, routeSet: proxy };
  if (places.leadsTo(first)) return { ...known, routeSet: hops };
  if (proxy.length > 0) return { ...known, routeSet: [...proxy, ...hops] };
  // A registrar does not talk us out of encryption: the server that we trust may pass the request on.
  if (addresses.isSecure && !isSecureUri(first)) return { ...known, routeSet: hops };
  return { route: { kind: "uri", uri: first }, routeSet: hops, isSecure: isSecureUri(first) };
}

function isSecureUri(uri: Uri): boolean {
  if (uri.scheme === "tel" || uri.scheme === "other") return false;
  return uri.scheme === "sips" || uri.params.get("transport")?.toLowerCase() === "tls";
}
