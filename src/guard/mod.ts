export { type Admission, Guard, type GuardCounts, type GuardOptions, type Sender } from "./guard.ts";
export { DEFAULT_LIMITS, type GuardLimits } from "./limits.ts";
