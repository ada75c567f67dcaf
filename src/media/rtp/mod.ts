/** RTP and RTCP: packets in place, arithmetic that wraps, measures, telephone-events. Pure. */
export * from "./demux.ts";
export * from "./packet.ts";
export * from "./sequence.ts";
