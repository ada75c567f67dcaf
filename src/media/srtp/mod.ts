/** SRTP and SRTCP: suites, sealing and opening in place. Start reading at `receiver.ts`. */
export type { SrtpContextState } from "./context.ts";
export { SrtpReceiver, type SrtpReceiverState } from "./receiver.ts";
export * from "./refusal.ts";
export { SrtpSender, type SrtpSenderState } from "./sender.ts";
export { keyAndSaltLength, parseSuiteName, SRTP_SUITES, type SrtpSuite, suiteOf } from "./suites.ts";
