export * from "./address.ts";
export * from "./clock.ts";
export * from "./log.ts";
export * from "./mask.ts";
export * from "./manual_clock.ts";
export * from "./passing_map.ts";
export * from "./random.ts";
export * from "./result.ts";
