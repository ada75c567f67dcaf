export * from "./build.ts";
export * from "./crypto.ts";
export * from "./directions.ts";
export * from "./formats.ts";
export * from "./parse.ts";
export * from "./print.ts";
export * from "./streams.ts";
export * from "./types.ts";
