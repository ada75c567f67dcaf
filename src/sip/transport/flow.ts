/** Flows: the two kinds of paths to a peer (RFC 5626 §3.1). */

import { printHostPort } from "../../base/mod.ts";
import type { StreamSocket } from "./ports.ts";
import type { Address, Flow } from "./types.ts";

/**
 * The flow of a UDP socket and a peer. It is made of addresses alone, so a binding kept over a restart finds its path
 * again; hosts are canonical addresses.
 */
export function udpFlow(local: Address, remote: Address): Flow {
  return {
    id: `udp:${printHostPort(local.host, local.port)}-${printHostPort(remote.host, remote.port)}`,
    transport: "udp",
    local,
    remote,
    peerNames: [],
    isOpen: true,
  };
}

/** The flow of one TCP or TLS connection. */
export class StreamFlow implements Flow {
  isOpen = true;
  readonly local: Address;
  readonly remote: Address;
  readonly peerNames: readonly string[];
  declare readonly tlsVersion?: string;

  constructor(readonly id: string, readonly transport: "tcp" | "tls", socket: StreamSocket) {
    this.local = socket.local;
    this.remote = socket.remote;
    this.peerNames = socket.peerNames;
    if (socket.tlsVersion !== undefined) this.tlsVersion = socket.tlsVersion;
  }
}
