/** The top Via on its way in and out (RFC 3261 §18.1.1, §18.2.1, §18.2.2; RFC 3581 §3, §4). */

import { ipFamily } from "../../base/mod.ts";
import { type HasHeaders, type Params, parseVia, printVia, topVia, type Via } from "../message/mod.ts";
import type { Address, LocalContact } from "./types.ts";

export const DEFAULT_PORT = 5060;
export const DEFAULT_TLS_PORT = 5061;

/** Writes where a request came from into its top Via. */
export function stampReceived(request: HasHeaders, remote: Address): void {
  const via = topVia(request);
  const params = new Map(via.params);
  params.set("received", remote.host);
  // A sender that names another address than it sends from is behind a NAT: its sent-by port cannot be right either,
  // so it gets the treatment of `rport` whether it knows the parameter or not.
  const isBehindNat = ipFamily(via.host) !== undefined && via.host !== remote.host;
  if (params.has("rport") || isBehindNat) params.set("rport", String(remote.port));
  replaceTopVia(request, { ...via, params });
}

/** Writes our side of the path into the top Via of a request; `rport` asks for the answer on the same path. */
export function stampSent(request: HasHeaders, contact: LocalContact): void {
  const via = topVia(request), transport = contact.transport.toUpperCase();
  const isStamped = via.host === contact.host && via.port === contact.port && via.transport === transport;
  if (isStamped && via.params.has("rport")) return;
  const params: Params = new Map(via.params);
  params.set("rport", null);
  replaceTopVia(request, { transport, host: contact.host, port: contact.port, params });
}

function replaceTopVia(message: HasHeaders, via: Via): void {
  message.headers.replaceFirst("Via", printVia(via), { parse: parseVia, parsed: via });
}

/**
 * Where a UDP response goes: back to the address the request came from, to the port that `rport` or else sent-by
 * names. `maddr` is not followed: anybody could have any address shot at with it.
 */
export function responseAddress(response: HasHeaders, remote: Address): Address {
  const via = topVia(response);
  const rport = Number(via.params.get("rport") ?? 0);
  const port = Number.isInteger(rport) && rport > 0 && rport < 65_536 ? rport : via.port ?? DEFAULT_PORT;
  return port === remote.port ? remote : { host: remote.host, port };
}

/** Where to open a new connection for a response whose own is gone: the port the peer listens on. */
export function reopenAddress(response: HasHeaders, remote: Address, isTls: boolean): Address {
  return { host: remote.host, port: topVia(response).port ?? (isTls ? DEFAULT_TLS_PORT : DEFAULT_PORT) };
}
