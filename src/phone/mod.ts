/** The phone: a headless SIP user agent on `sip/` and `media/`. Contents: */
export { Account, type AccountEvent } from "./account.ts";
export { PhoneCall } from "./call.ts";
export { Phone, type PhoneEvent } from "./phone.ts";
export { parseTarget } from "./targets.ts";
export type * from "./types.ts";
export type { PhoneWorld } from "./world.ts";
export { type EchoCallOptions, type EchoReport, placeEchoCall } from "./echo_call.ts";
export { matchFiles } from "./sound_files.ts";
export { type SoundMatch } from "./sound_match.ts";
