/** From socket to socket: legs, latching, forwarding, ports. */
export { Latch, type Signalled } from "./latch.ts";
export * from "./network.ts";
export { mapPayloadTypes } from "./payload_map.ts";
export { PortPool, type PortRange } from "./port_pool.ts";
export { RelayLeg } from "./relay_leg.ts";
export {
  type PacketSink,
  RelayStream,
  type RelayStreamOptions,
  type StreamObserver,
} from "./relay_stream.ts";
export { SOCKET_ADDRESS_BYTES, SocketAddress } from "./socket_address.ts";
export type { CryptoKind } from "./stream_crypto.ts";
export { restoreStream, saveStream, type SocketState, type StreamState } from "./stream_state.ts";
export { glanceAt } from "./stream_report.ts";
export { StreamCounters } from "./stream_counters.ts";
export { type Speaker, Timeline } from "./timeline.ts";
