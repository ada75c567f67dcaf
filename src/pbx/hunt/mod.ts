export { type GroupSettings } from "./group.ts";
export { type HuntHandle } from "./hunt.ts";
export { type GroupStatus, HuntService, type HuntServiceOptions } from "./service.ts";
export { type Hindrance } from "./availability.ts";
export { type ExhaustedReason, type MissReason } from "./plan.ts";
export type { CallControl, GroupLabel, HuntCall, MemberFacts, MemberPort, WaitingRoom } from "./ports.ts";
