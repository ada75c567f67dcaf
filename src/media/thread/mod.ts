/** The media plane on a thread: messages, the core that obeys them, the loop around it. */
export { type Descriptors, noDescriptors, notedDescriptors } from "./descriptors.ts";
export { MediaCore } from "./media_core.ts";
export { MediaThread, type ThreadShell } from "./media_thread.ts";
export * from "./messages.ts";
export { readSurvey } from "./survey.ts";
export type { MediaFiles, RecordingFile } from "./ports.ts";
