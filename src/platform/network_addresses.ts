/** Addresses of this machine, and which of them the kernel would use towards a peer. */

import {
  canonicalIp,
  ipFamily,
  isLinkLocal,
  isLoopback,
  networkContains,
  parseIp,
  parseNetwork,
  printIp,
} from "../base/mod.ts";
import type { RoutePort } from "../sip/transport/mod.ts";
import { AF_INET, AF_INET6, openLibc, SOCK_CLOEXEC, SOCK_DGRAM } from "./libc.ts";

/** Addresses of all interfaces, canonical, without link-local ones. */
export function localAddresses(): string[] {
  const addresses = Deno.networkInterfaces().map(({ address }) => canonicalIp(address) ?? address);
  return [...new Set(addresses)].filter((address) => !isLinkLocal(address));
}

/** What the own certificate should carry: the host's name, `localhost`, the addresses, and `names` in front. */
export function certificateNamesOfHost(names: readonly string[]): string[] {
  return [...new Set([...names, Deno.hostname(), "localhost", ...localAddresses()])]
    .map((name) => name.toLowerCase())
    .filter((name) => parseIp(name) !== undefined || /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/.test(name));
}

/** Any port will do: connecting a UDP socket sends nothing. */
const DISCARD_PORT = 9;

export class SystemRoutes implements RoutePort {
  localAddressFor(host: string): string | undefined {
    const libc = openLibc();
    return libc ? askKernel(host) : guess(host);
  }
}

/**
 * Connects an unbound UDP socket and reads its own address, which is the kernel's choice.
 * ```
 * sockaddr_in   family(2) port(2) address(4) zero(8)
 * sockaddr_in6  family(2) port(2) flow(4) address(16) scope(4)
 * ```
 */
function askKernel(host: string): string | undefined {
  const remote = parseIp(canonicalIp(host) ?? ""), calls = openLibc()?.calls;
  if (!remote || !calls) return undefined;
  const isIpv4 = remote.length === 4, at = isIpv4 ? 4 : 8;
  const address = new Uint8Array(isIpv4 ? 16 : 28);
  const view = new DataView(address.buffer);
  view.setUint16(0, isIpv4 ? AF_INET : AF_INET6, true);
  view.setUint16(2, DISCARD_PORT);
  address.set(remote, at);
  const socket = calls.socket(isIpv4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return guess(host);
  try {
    if (calls.connect(socket, address, address.length) !== 0) return undefined;
    const length = new Uint8Array(Uint32Array.of(address.length).buffer);
    if (calls.getsockname(socket, address, length) !== 0) return undefined;
    return canonicalIp(printIp(address.subarray(at, at + remote.length)));
  } finally {
    calls.close(socket);
  }
}

/** Without FFI: the interface whose network holds the peer, else the first that is neither loopback nor link-local. */
function guess(host: string): string | undefined {
  const family = ipFamily(host);
  if (isLoopback(host)) return canonicalIp(host);
  const interfaces = Deno.networkInterfaces().filter(({ address }) => ipFamily(address) === family);
  const direct = interfaces.find(({ cidr }) => {
    const network = parseNetwork(cidr);
    return network !== undefined && networkContains(network, host);
  });
  const usable = interfaces.find(({ address }) => !isLoopback(address) && !isLinkLocal(address));
  return (direct ?? usable)?.address;
}
