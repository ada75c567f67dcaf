export * from "./access.ts";
export * from "./passes.ts";
export * from "./policies.ts";
