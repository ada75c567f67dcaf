export { loadOpus } from "./opus.ts";
export { opusDurationMs } from "./toc.ts";
