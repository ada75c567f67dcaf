export { Gate, type GateOptions, type SignInResult, type Visitor } from "./gate.ts";
export { MAX_PASSWORD, MIN_PASSWORD } from "./password.ts";
export { ALL_SCOPES, type Principal, type Scope, SCOPES } from "./scopes.ts";
export { csrfToken } from "./sessions.ts";
export { isSameSecret } from "./secrets.ts";
export { SETUP_LIFE_MS } from "./setup_link.ts";
export type { ApiToken } from "./tokens.ts";
