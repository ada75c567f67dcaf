/**
 * Non-INVITE client transaction (RFC 3261 §17.1.2).
 *
 *     trying ── 1xx ──► proceeding ── 2xx–6xx ──► completed ──K──► terminated
 *     (E: send)         (E: send)                     ▲
 *        └───────────────── 2xx–6xx ──────────────────┘
 *     F or a fault in trying or proceeding: tell the user, terminated
 */
import {
  type ClientInput,
  type Effect,
  FAULTED,
  NOTHING,
  PASS,
  type Rules,
  SEND,
  start as startTimer,
  type Step,
  stop,
  TIMED_OUT,
} from "./machine.ts";

export type NonInviteClientState =
  | { readonly name: "trying"; readonly timerEMs: number }
  | { readonly name: "proceeding" }
  | { readonly name: "completed" }
  | { readonly name: "terminated" };

type NonInviteClientStep = Step<NonInviteClientState>;

const PROCEEDING: NonInviteClientState = { name: "proceeding" };
const COMPLETED: NonInviteClientState = { name: "completed" };
const TERMINATED: NonInviteClientState = { name: "terminated" };

const STOP_E = stop("E");

export function startNonInviteClient(rules: Rules): NonInviteClientStep {
  const effects: Effect[] = [SEND, startTimer("F", 64 * rules.t1Ms)];
  if (!rules.isReliable) effects.push(startTimer("E", rules.t1Ms));
  return { state: { name: "trying", timerEMs: rules.t1Ms }, effects };
}

export function stepNonInviteClient(
  state: NonInviteClientState,
  input: ClientInput,
  rules: Rules,
): NonInviteClientStep {
  switch (state.name) {
    case "trying":
    case "proceeding":
      return stepWaiting(state, input, rules);
    case "completed":
      return input.kind === "timer" && input.timer === "K" ? end() : stay(state);
    case "terminated":
      return stay(state);
    default:
      return state satisfies never;
  }
}

function stepWaiting(
  state: NonInviteClientState & { name: "trying" | "proceeding" },
  input: ClientInput,
  rules: Rules,
): NonInviteClientStep {
  switch (input.kind) {
    case "response":
      if (input.statusCode < 200) return { state: PROCEEDING, effects: [PASS] };
      if (rules.isReliable) return { state: TERMINATED, effects: [PASS] };
      return { state: COMPLETED, effects: [STOP_E, startTimer("K", rules.t4Ms), PASS] };
    case "fault":
      return { state: TERMINATED, effects: [FAULTED] };
    case "timer":
      if (input.timer === "F") return { state: TERMINATED, effects: [TIMED_OUT] };
      return input.timer === "E" ? onTimerE(state, rules) : stay(state);
    default:
      return input satisfies never;
  }
}

/** Once the peer has given a sign of life the interval is T2 and no longer doubles. */
function onTimerE(
  state: NonInviteClientState & { name: "trying" | "proceeding" },
  rules: Rules,
): NonInviteClientStep {
  if (state.name === "proceeding") return { state, effects: [SEND, startTimer("E", rules.t2Ms)] };
  const timerEMs = Math.min(2 * state.timerEMs, rules.t2Ms);
  return { state: { name: "trying", timerEMs }, effects: [SEND, startTimer("E", timerEMs)] };
}

function stay(state: NonInviteClientState): NonInviteClientStep {
  return { state, effects: NOTHING };
}

function end(): NonInviteClientStep {
  return { state: TERMINATED, effects: NOTHING };
}
