export * from "./access.ts";
export * from "./passes.ts";
