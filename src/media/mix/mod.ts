export * from "./comfort_noise.ts";
export * from "./concealment.ts";
export * from "./frames.ts";
export * from "./jitter_buffer.ts";
export * from "./mixer.ts";
export type { PayloadKind } from "./packet_store.ts";
export * from "./resampler.ts";
