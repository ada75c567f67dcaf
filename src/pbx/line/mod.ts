/** External lines: registered accounts and trusted peers. Contents: */
export { type LineAddresses, lineAddresses } from "./addresses.ts";
export { ExternalLines, type LinesOptions, type LineStatus } from "./lines.ts";
export * from "./registration.ts";
export * from "./retry.ts";
export { UNWATCHED, type WatchState, watchStep } from "./watch.ts";
