/** What the transports need from outside: sockets, names, routes. Owned here, implemented in `src/platform/`. */

import type { Result } from "../../base/mod.ts";
import type { Address, SendFault } from "./types.ts";

/** A bound UDP socket. */
export interface DatagramSocket {
  /** As bound; port 0 is replaced by the one given. */
  readonly local: Address;
  /**
   * Sends or queues one datagram without waiting; the bytes are the caller's again afterwards. `path.localHost` is the
   * address to send from where that can be chosen.
   */
  send(bytes: Uint8Array<ArrayBuffer>, path: DatagramPath): void;
  /** Harmless when called twice. */
  close(): void;
}

export interface DatagramPath {
  readonly remote: Address;
  readonly localHost?: string;
  /** Told later, never within the call. */
  readonly onFault: (fault: SendFault) => void;
}

/**
 * Takes one datagram; the bytes hold until it returns, who keeps them copies them. IPv4 comes as IPv4 also on an IPv6
 * socket. `localHost` is the address it was sent to, where the kernel tells it.
 */
export type DatagramTaker = (
  bytes: Uint8Array<ArrayBuffer>,
  source: { readonly host: string; readonly port: number; readonly localHost?: string },
) => void;

export interface DatagramNetwork {
  /** The error is a reason in words, e.g. `port is in use`. */
  bind(local: Address, taker: DatagramTaker): Result<DatagramSocket, string>;
}

/** One established TCP or TLS connection. */
export interface StreamSocket {
  readonly local: Address;
  readonly remote: Address;
  /** DNS names and addresses of the peer's verified certificate; empty without one. */
  readonly peerNames: readonly string[];
  /** `TLSv1.3` and the like. */
  readonly tlsVersion?: string;
  /** Written but not yet taken by the kernel. */
  readonly queuedBytes: number;
  /** Begins to read. `closed` comes exactly once, last, also after `end` and `destroy`. */
  start(handlers: { data(bytes: Uint8Array): void; closed(reason?: string): void }): void;
  write(bytes: Uint8Array): void;
  /** Closes once everything written has gone out. */
  end(): void;
  destroy(): void;
}

/** The door of a listening socket. Every `admit` that said yes is followed by one `opened` or one `failed`. */
export interface StreamDoor {
  /** Asked at the first packet of a connection, before any handshake. */
  admit(remote: Address): boolean;
  opened(socket: StreamSocket): void;
  /** The connection ended before its handshake did; `reason` is a sentence for the log. */
  failed(remote: Address, reason: string): void;
}

export interface StreamListening {
  readonly local: Address;
  /** Takes no more connections; those that are open live on. */
  close(): void;
}

export interface ConnectOptions {
  readonly remote: Address;
  /** TLS: name for SNI and for the check of the certificate; absent: the address is checked. */
  readonly serverName?: string;
  readonly deadlineMs: number;
}

export type ConnectFault = Extract<SendFault, "connection failed" | "certificate refused">;

/** TCP or TLS. */
export interface StreamNetwork {
  listen(local: Address, door: StreamDoor): Promise<Result<StreamListening, string>>;
  /** Calls `done` once, later; the function returned gives up, after which `done` does not come. */
  connect(
    options: ConnectOptions,
    done: (outcome: Result<StreamSocket, { readonly fault: ConnectFault; readonly reason: string }>) => void,
  ): () => void;
}

export type DnsType = "A" | "AAAA" | "SRV" | "NAPTR";

export type DnsRecord =
  | { readonly type: "A" | "AAAA"; readonly address: string; readonly ttlSec: number }
  | {
    readonly type: "SRV";
    readonly priority: number;
    readonly weight: number;
    readonly port: number;
    /** Without the final dot; empty when the service is decidedly not there (RFC 2782). */
    readonly target: string;
    readonly ttlSec: number;
  }
  | {
    readonly type: "NAPTR";
    readonly order: number;
    readonly preference: number;
    readonly flags: string;
    readonly service: string;
    readonly regexp: string;
    readonly replacement: string;
    readonly ttlSec: number;
  };

export type DnsAnswer =
  | { readonly kind: "records"; readonly records: readonly DnsRecord[] }
  /** The name or the type does not exist; may be remembered for `ttlSec`. */
  | { readonly kind: "none"; readonly ttlSec: number }
  /** No server gave an answer. */
  | { readonly kind: "failed"; readonly reason: string };

export interface DnsPort {
  /** Never rejects. Names without final dot. */
  query(name: string, type: DnsType): Promise<DnsAnswer>;
}

export interface RoutePort {
  /** The local address the kernel would send from towards the literal address `host`; undefined without a route. */
  localAddressFor(host: string): string | undefined;
}
