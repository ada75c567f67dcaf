/** What one peer, and all of them together, may cost the transports. Times in milliseconds. */

export interface TransportLimits {
  /** Accepted connections in all; an open file each. */
  readonly maxConnections: number;
  /** Accepted connections from one address: a company behind one NAT has hundreds of phones. */
  readonly maxConnectionsPerAddress: number;
  /** Of these, connections that have not yet sent one whole message: where floods of connections end. */
  readonly maxUnproven: number;
  readonly maxUnprovenPerAddress: number;
  /** Connections opened by us. */
  readonly maxOutgoing: number;
  /** Until the first whole message of an accepted connection. */
  readonly firstMessageMs: number;
  /** Until a message is whole once it has begun. */
  readonly partialMessageMs: number;
  /** Without a sign of life of the peer; longer than the longest registration, for a quiet phone is still registered. */
  readonly idleMs: number;
  /** Bytes wait to be sent and none leaves. */
  readonly stallMs: number;
  /** Bytes that may wait to be sent on one connection. */
  readonly maxQueuedBytes: number;
  /** Messages that may wait for one connection to open. */
  readonly maxQueuedMessages: number;
  /** Until an outgoing connection is open: failover to the next target happens within 5 s. */
  readonly connectMs: number;
  /** The same where a UDP flow is at hand: a firewall that swallows the attempt delays the ringing by this much (T1). */
  readonly connectBesideFlowMs: number;
  /** Silence after which an outgoing connection is pinged (RFC 5626 §4.4.1); 0 never. */
  readonly pingMs: number;
  /** Wait for a pong from a peer that has answered pings before. */
  readonly pongMs: number;
  /** How long a place that refused a connection is tried after the others. */
  readonly demoteMs: number;
  /** Requests larger than this leave UDP (RFC 3261 §18.1.1). */
  readonly maxUdpRequestBytes: number;
}

export const DEFAULT_LIMITS: TransportLimits = {
  maxConnections: 5000,
  maxConnectionsPerAddress: 1000,
  maxUnproven: 1000,
  maxUnprovenPerAddress: 50,
  maxOutgoing: 1000,
  firstMessageMs: 15_000,
  partialMessageMs: 10_000,
  idleMs: 3_900_000,
  stallMs: 20_000,
  maxQueuedBytes: 1_048_576,
  maxQueuedMessages: 100,
  connectMs: 4000,
  connectBesideFlowMs: 500,
  pingMs: 25_000,
  pongMs: 10_000,
  demoteMs: 60_000,
  maxUdpRequestBytes: 1300,
};
