/** Which listener serves a path, and what address of ours the peer shall know (RFC 3261 §18.1.1, §8.1.1.8). */

import { type Clock, ipFamily, isLoopback, isUnspecified } from "../../base/mod.ts";
import type { TransportName } from "../message/mod.ts";
import type { RoutePort } from "./ports.ts";
import { DEFAULT_PORT, DEFAULT_TLS_PORT } from "./top_via.ts";
import type { Address, LocalContact } from "./types.ts";

/** A place where we listen; port as the kernel gave it. */
export interface ListenAddress {
  readonly transport: TransportName;
  /** A literal address; `0.0.0.0` is every IPv4 one, `::` every one of both families. */
  readonly host: string;
  readonly port: number;
}

/** True when a socket bound to `listener` can talk with `remoteHost`. */
function canServe(listener: ListenAddress, remoteHost: string): boolean {
  if (listener.host === "::") return true;
  if (ipFamily(listener.host) !== ipFamily(remoteHost)) return false;
  return isUnspecified(listener.host) || !isLoopback(listener.host) || isLoopback(remoteHost);
}

/**
 * The best of `listeners` for a peer when the kernel would send from `routeHost`: the one bound to just that address,
 * then one that takes every address, then any that could work.
 */
export function pickListener<L extends ListenAddress>(
  listeners: readonly L[],
  peer: { readonly transport: TransportName; readonly host: string; readonly routeHost: string | undefined },
): L | undefined {
  const usable = listeners.filter((one) => one.transport === peer.transport && canServe(one, peer.host));
  return usable.find(({ host }) => host === peer.routeHost) ??
    usable.find(({ host }) => isUnspecified(host)) ?? usable[0];
}

/**
 * Listeners without those that another covers: `::` takes IPv4 too, so `0.0.0.0` beside it on the same port would only
 * be told that the port is in use.
 */
export function withoutCovered(listeners: readonly ListenAddress[]): ListenAddress[] {
  return listeners.filter(({ transport, host, port }, index) =>
    !listeners.some((other, at) =>
      at !== index && port !== 0 && other.transport === transport && other.port === port &&
      (other.host === host ? at < index : host === "0.0.0.0" && other.host === "::")
    )
  );
}

/** How long the kernel's choice of a local address is believed. */
const ROUTE_MS = 30_000;
const MAX_ROUTES = 4096;

/** Asks the kernel for routes, and not again for each message. */
export class Reach {
  readonly #routes: RoutePort;
  readonly #clock: Clock;
  readonly #known = new Map<string, { readonly host: string | undefined; readonly untilMs: number }>();

  constructor(routes: RoutePort, clock: Clock) {
    this.#routes = routes;
    this.#clock = clock;
  }

  /** Our address on the way to `host`; undefined without a route. */
  localHost(host: string): string | undefined {
    const known = this.#known.get(host), nowMs = this.#clock.now();
    if (known && nowMs < known.untilMs) return known.host;
    const local = this.#routes.localAddressFor(host);
    if (this.#known.size >= MAX_ROUTES) this.#known.clear();
    this.#known.set(host, { host: local, untilMs: nowMs + ROUTE_MS });
    return local;
  }

  /** What stands in Via and Contact towards `remoteHost` when `listener` serves it. */
  contact(listener: ListenAddress, remoteHost: string): LocalContact {
    const { transport, port } = listener;
    const host = isUnspecified(listener.host) ? this.localHost(remoteHost) ?? listener.host : listener.host;
    return { host, port, transport };
  }

  /** The same for a stream transport we do not listen on: the peer can come back only over our connection. */
  contactWithoutListener(transport: "tcp" | "tls", local: Address | string): LocalContact | undefined {
    const host = typeof local === "string" ? this.localHost(local) : local.host;
    const port = typeof local === "string"
      ? (transport === "tls" ? DEFAULT_TLS_PORT : DEFAULT_PORT)
      : local.port;
    return host === undefined ? undefined : { host, port, transport };
  }
}
