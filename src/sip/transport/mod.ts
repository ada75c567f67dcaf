/** Transports: sockets to messages and back, where to send, over which path. Contents: */
export { udpFlow } from "./flow.ts";
export type { TransportHooks } from "./inlet.ts";
export { DEFAULT_LIMITS, type TransportLimits } from "./limits.ts";
export { locate, type LocateOptions, orderSrv } from "./locate.ts";
export * from "./ports.ts";
export type { ListenAddress } from "./reach.ts";
export { type TransportCounts, Transports, type TransportsOptions } from "./transports.ts";
export * from "./types.ts";
