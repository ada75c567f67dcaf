/**
 * Keeping one account registered (RFC 3261 §10.2, RFC 3608, RFC 3327). Pure: no clock, no socket, no chance of its own.
 *
 *            start           2xx               due
 *   stopped ──────▶ trying ──────▶ registered ──────▶ trying
 *                   │  ▲ 401, 423: once each   │
 *    silence, 5xx … │  │ due                   │ lost
 *                   ▼  │                       │
 *                  waiting ◀───────────────────┘
 *
 *   stop, from anywhere ──▶ stopped, with Expires: 0 when something may stand
 */

import { patienceMs, refreshDelayMs, refusedDelayMs, retryDelayMs } from "./retry.ts";

/** What the registrar granted. */
export interface Granted {
  readonly untilMs: number;
  readonly grantedSec: number;
  /** Header values, to be used as the route of every request (RFC 3608 §6). */
  readonly serviceRoute: readonly string[];
  /** What stands between the registrar and us, as it echoed it (RFC 3327 §5.3). */
  readonly path: readonly string[];
}

/** Call-ID and CSeq go on from one REGISTER to the next until one fails (RFC 3261 §10.2). */
interface Series {
  readonly callId: string;
  /** Of the last REGISTER that an answer told of. */
  readonly sequence: number;
}

interface Common {
  /** Realms that may have our credentials; undefined until the registrar has named its own. */
  readonly realms: readonly string[] | undefined;
  readonly expiresSec: number;
  readonly failures: number;
  readonly granted?: Granted;
  /** True while the last word was silence: whatever was granted is of no use. */
  readonly isSilent: boolean;
}

export type RegistrationState =
  | { readonly name: "stopped" }
  | (Common & {
    readonly name: "trying";
    readonly series: Series;
    readonly hasLearnt: boolean;
    readonly hasRaised: boolean;
  })
  | (Common & { readonly name: "registered"; readonly series: Series; readonly granted: Granted })
  | (Common & { readonly name: "waiting"; readonly detail: string; readonly isRefused: boolean });

/** A final answer to REGISTER, as far as it matters here. */
export interface RegisterAnswer {
  readonly statusCode: number;
  readonly reasonPhrase: string;
  /** CSeq number. */
  readonly sequence: number;
  /** Lifetime of our Contact; undefined when the answer does not say. */
  readonly grantedSec?: number;
  readonly minExpiresSec?: number;
  readonly retryAfterSec?: number;
  /** Realms of the challenges in a 401 or 407. */
  readonly realms: readonly string[];
  readonly serviceRoute: readonly string[];
  readonly path: readonly string[];
}

export type RegistrationInput =
  | { readonly kind: "start" }
  | { readonly kind: "answer"; readonly answer: RegisterAnswer }
  | { readonly kind: "silence"; readonly reason: "timeout" | "unreachable" | "unresolved" }
  /** The timer asked for has run. */
  | { readonly kind: "due" }
  /** The path of the registration is gone, or the server does not answer other questions. */
  | { readonly kind: "lost" }
  | { readonly kind: "stop" };

export interface SendRegister {
  readonly kind: "send";
  readonly callId: string;
  readonly sequence: number;
  readonly expiresSec: number;
  /** Undefined: without credentials, to see who asks for them. */
  readonly realms: readonly string[] | undefined;
  readonly attemptMs: number;
}

export type RegistrationEffect = SendRegister | { readonly kind: "wait"; readonly untilMs: number };

export interface RegistrationRules {
  readonly expiresSec: number;
  /** Realms of the settings; empty: those the server itself asks for. */
  readonly realms: readonly string[];
}

/** What a step may know of the world. */
export interface Moment {
  readonly nowMs: number;
  /** In [0, 1). */
  readonly chance: number;
  readonly freshCallId: string;
}

export interface RegistrationStep {
  readonly state: RegistrationState;
  readonly effects: readonly RegistrationEffect[];
}

/** A week. A Min-Expires above this is a mistake, and a grant above this is not waited for. */
const MAX_EXPIRES_SEC = 604_800;
const SHORT_LIVED_MS = 10_000;
const LOST_SPREAD_MS = 2000;

export const STOPPED: RegistrationState = { name: "stopped" };

export function step(
  state: RegistrationState,
  input: RegistrationInput,
  around: { readonly rules: RegistrationRules; readonly moment: Moment },
): RegistrationStep {
  const { rules, moment } = around;
  switch (input.kind) {
    case "start":
      return state.name === "stopped" ? tryAfresh(initial(rules), moment) : nothing(state);
    case "answer":
      return state.name === "trying" ? answered(state, input.answer, around) : nothing(state);
    case "silence":
      return state.name === "trying"
        ? failed({ ...state, isSilent: true }, { detail: SILENCE[input.reason] }, moment)
        : nothing(state);
    case "due":
      if (state.name === "registered") return refresh(state);
      return state.name === "waiting" ? tryAfresh(state, moment) : nothing(state);
    case "lost":
      return state.name === "registered" ? lost(state, moment) : nothing(state);
    case "stop":
      return stop(state);
    default:
      return input satisfies never;
  }
}

/** True while calls can be expected to pass. */
export function isUsable(state: RegistrationState, nowMs: number): boolean {
  return state.name !== "stopped" && !state.isSilent && state.granted !== undefined &&
    nowMs < state.granted.untilMs;
}

const SILENCE = {
  timeout: "the server does not answer",
  unreachable: "the server cannot be reached",
  unresolved: "the server's name cannot be resolved",
} as const;

function nothing(state: RegistrationState): RegistrationStep {
  return { state, effects: [] };
}

function initial(rules: RegistrationRules): Common {
  return {
    realms: rules.realms.length > 0 ? rules.realms : undefined,
    expiresSec: rules.expiresSec,
    failures: 0,
    isSilent: false,
  };
}

function common({ realms, expiresSec, failures, granted, isSilent }: Common): Common {
  return { realms, expiresSec, failures, isSilent, ...(granted && { granted }) };
}

/** A fresh Call-ID: some registrars hold a grudge against the one that failed. */
function tryAfresh(state: Common, { freshCallId }: Moment): RegistrationStep {
  return send(state, { callId: freshCallId, sequence: 0 });
}

function refresh(state: RegistrationState & { name: "registered" }): RegistrationStep {
  return send(state, state.series);
}

function send(
  state: Common,
  series: Series,
  done: { hasLearnt: boolean; hasRaised: boolean } = { hasLearnt: false, hasRaised: false },
): RegistrationStep {
  const { expiresSec, realms, failures } = state;
  return {
    state: { ...common(state), name: "trying", series, ...done },
    effects: [{
      kind: "send",
      callId: series.callId,
      sequence: series.sequence + 1,
      expiresSec,
      realms,
      attemptMs: patienceMs(failures),
    }],
  };
}

/** Soon, but not all boxes of a carrier that restarts at once; and not soon where every connection is closed again. */
function lost(
  state: RegistrationState & { name: "registered" },
  { nowMs, chance }: Moment,
): RegistrationStep {
  const heldMs = nowMs - (state.granted.untilMs - state.granted.grantedSec * 1000);
  const delayMs = heldMs < SHORT_LIVED_MS ? retryDelayMs(1, chance) : Math.round(chance * LOST_SPREAD_MS);
  const detail = "the way to the server was lost";
  return {
    state: { ...common(state), name: "waiting", detail, isRefused: false },
    effects: [{ kind: "wait", untilMs: nowMs + delayMs }],
  };
}

type Trying = RegistrationState & { name: "trying" };

function answered(
  state: Trying,
  answer: RegisterAnswer,
  { rules, moment }: { readonly rules: RegistrationRules; readonly moment: Moment },
): RegistrationStep {
  const { statusCode } = answer;
  const series = { callId: state.series.callId, sequence: answer.sequence };
  if (statusCode >= 200 && statusCode < 300) {
    if (answer.grantedSec !== 0) return granted(state, { answer, series, moment });
    return failed({ ...state, isSilent: false }, { detail: "the server granted no time" }, moment);
  }
  if (statusCode === 401 || statusCode === 407) {
    return challenged(state, { answer, series, moment, isFixed: rules.realms.length > 0 });
  }
  const { hasLearnt } = state;
  const { minExpiresSec = 0 } = answer;
  if (statusCode === 423 && !state.hasRaised && minExpiresSec > state.expiresSec) {
    const expiresSec = Math.min(minExpiresSec, MAX_EXPIRES_SEC);
    return send({ ...state, expiresSec }, series, { hasLearnt, hasRaised: true });
  }
  const detail = `${statusCode} ${answer.reasonPhrase}`;
  if (isRefusal(statusCode)) return refused(state, detail, moment);
  return failed({ ...state, isSilent: false }, { detail, retryAfterSec: answer.retryAfterSec }, moment);
}

function granted(
  state: Trying,
  { answer, series, moment }: { answer: RegisterAnswer; series: Series; moment: Moment },
): RegistrationStep {
  const grantedSec = Math.min(answer.grantedSec ?? state.expiresSec, MAX_EXPIRES_SEC);
  const { serviceRoute, path } = answer;
  const { nowMs, chance } = moment;
  return {
    state: {
      ...common(state),
      name: "registered",
      series,
      failures: 0,
      isSilent: false,
      granted: { untilMs: nowMs + grantedSec * 1000, grantedSec, serviceRoute, path },
    },
    effects: [{ kind: "wait", untilMs: nowMs + refreshDelayMs(grantedSec, chance) }],
  };
}

/** The endpoint has shown the credentials already where it was allowed to; here the realm is learnt, or they were wrong. */
function challenged(
  state: Trying,
  details: { answer: RegisterAnswer; series: Series; moment: Moment; isFixed: boolean },
): RegistrationStep {
  const { answer, series, moment, isFixed } = details;
  const foreign = answer.realms.filter((realm) => state.realms?.includes(realm) !== true);
  const isForeign = foreign.length === answer.realms.length;
  if (isForeign && foreign.length > 0 && !isFixed && !state.hasLearnt) {
    return send({ ...state, realms: foreign }, series, { hasLearnt: true, hasRaised: state.hasRaised });
  }
  const detail = answer.realms.length === 0
    ? `${answer.statusCode} without a challenge that can be answered`
    : isForeign
    ? `asked for the realm "${foreign[0]}", which is not among the line's realms`
    : "user name or password refused";
  return refused(state, detail, moment);
}

/** The account is not wanted as it is; asking again soon would only annoy. */
function isRefusal(statusCode: number): boolean {
  if (statusCode >= 600) return true;
  return statusCode >= 400 && statusCode < 500 && ![408, 423, 425, 429, 480, 491].includes(statusCode);
}

function refused(state: Trying, detail: string, { nowMs, chance }: Moment): RegistrationStep {
  const { granted: _, ...rest } = common(state);
  return {
    state: {
      ...rest,
      name: "waiting",
      isSilent: false,
      failures: state.failures + 1,
      detail,
      isRefused: true,
    },
    effects: [{ kind: "wait", untilMs: nowMs + refusedDelayMs(chance) }],
  };
}

function failed(
  state: Trying,
  why: { detail: string; retryAfterSec?: number | undefined },
  { nowMs, chance }: Moment,
): RegistrationStep {
  const failures = state.failures + 1;
  return {
    state: { ...common(state), name: "waiting", failures, detail: why.detail, isRefused: false },
    effects: [{ kind: "wait", untilMs: nowMs + retryDelayMs(failures, chance, why.retryAfterSec) }],
  };
}

function stop(state: RegistrationState): RegistrationStep {
  if (state.name === "stopped") return nothing(state);
  const effects: RegistrationEffect[] = [];
  if (state.name === "registered" || (state.name === "trying" && state.granted)) {
    const { callId, sequence } = state.series;
    effects.push({
      kind: "send",
      callId,
      // Past whatever a challenge may have used of a REGISTER still on its way.
      sequence: sequence + (state.name === "trying" ? 8 : 1),
      expiresSec: 0,
      realms: state.realms,
      attemptMs: patienceMs(0),
    });
  }
  return { state: STOPPED, effects };
}
