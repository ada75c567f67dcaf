export * from "./plane.ts";
export * from "./relay/mod.ts";
