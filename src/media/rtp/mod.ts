/** RTP and RTCP: packets in place, arithmetic that wraps, measures, telephone-events. Pure. */
export * from "./demux.ts";
export * from "./e_model.ts";
export * from "./ntp_time.ts";
export * from "./packet.ts";
export * from "./receiver_statistics.ts";
export * from "./replay_window.ts";
export * from "./rtcp.ts";
export * from "./rtcp_parse.ts";
export * from "./rtcp_print.ts";
export * from "./sequence.ts";
export * from "./silence.ts";
export * from "./telephone_event.ts";
export * from "./telephone_event_decoder.ts";
export * from "./telephone_event_sender.ts";
