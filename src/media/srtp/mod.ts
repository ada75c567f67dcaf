/** SRTP and SRTCP: suites, sealing and opening in place. Start reading at `receiver.ts`. */
export { MAX_STREAMS, type SrtpContextState } from "./key_context.ts";
export { SrtpReceiver, type SrtpReceiverState } from "./receiver.ts";
export * from "./refusal.ts";
export { SrtpSender, type SrtpSenderState } from "./sender.ts";
export { keyAndSaltLength, parseSuiteName, SRTP_SUITES, type SrtpSuite, suiteOf } from "./suites.ts";
export { WebCryptoReceiver, WebCryptoSender } from "./web_crypto.ts";
