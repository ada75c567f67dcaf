/** What transports, transactions and the endpoint say to one another about where a message goes. */

import type { SipMessage, TransportName, Uri } from "../message/mod.ts";

/** A socket address: a literal IP (IPv6 without brackets) and a port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * A path to one peer: a UDP socket and a remote address, or one TCP/TLS connection. A binding remembers its flow;
 * answers go back over it (RFC 3581, RFC 5923).
 */
export interface Flow {
  /** Unique while the process lives. For UDP it is made of both addresses, so that a restart finds it again. */
  readonly id: string;
  readonly transport: TransportName;
  readonly local: Address;
  readonly remote: Address;
  /** DNS names and addresses of the verified client certificate; empty without one. */
  readonly peerNames: readonly string[];
  /** `TLSv1.3` and the like, where the connection is one of TLS and tells. */
  readonly tlsVersion?: string;
  /** False once the connection has ended; UDP flows stay open. */
  readonly isOpen: boolean;
}

/** One place to try (RFC 3263): a resolved address, and the name its certificate must carry. */
export interface Target {
  readonly transport: TransportName;
  readonly address: Address;
  /** Name for SNI and certificate check; absent when the URI held an address. */
  readonly serverName?: string;
}

export type Destination =
  | {
    readonly kind: "flow";
    readonly flow: Flow;
    /** The address that the peer names in its Contact. Where a datagram leads there, too, TCP may as well. */
    readonly named?: { readonly host: string; readonly port?: number };
  }
  | { readonly kind: "target"; readonly target: Target };

/** Why nothing went out. */
export type SendFault =
  | "flow closed"
  | "connection failed"
  | "certificate refused"
  | "too large"
  | "no such transport";

/** Where the peer shall reach us, for Contact: the address as seen on this path. */
export interface LocalContact {
  readonly host: string;
  readonly port: number;
  readonly transport: TransportName;
}

/** The transports as the endpoint sees them. Real sockets and the virtual network of the tests implement it. */
export interface TransportPort {
  /** Resolves `uri` to places to try, best first (RFC 3263 §4); empty when nothing can be found. */
  resolve(uri: Uri): Promise<readonly Target[]>;
  /**
   * Sends one message. Requests: sets the top Via's sent-by and transport to the local side of the path, adds `rport`,
   * and moves a UDP request over 1300 bytes to TCP, to a target and over the flow to a peer's named address (RFC 3261 §18.1.1). A
   * connection is opened when the target has none. A fault is told once, later (never within the call), unless the message went out.
   */
  send(message: SipMessage, destination: Destination, onFault: (fault: SendFault) => void): void;
  /** Our side of that path; undefined when no listener of that transport and address family is there. */
  localContact(destination: Destination): LocalContact | undefined;
  /** A place that did not answer: it is tried after the others for a while. */
  markFailed?(place: Destination): void;
}

/** What the transports tell the endpoint. */
export interface TransportListener {
  /** A well-formed message; for requests the top Via already carries `received` and `rport` (RFC 3581 §4). */
  message(message: SipMessage, flow: Flow): void;
  flowClosed(flow: Flow): void;
}
