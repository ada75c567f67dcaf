/**
 * INVITE client transaction (RFC 3261 §17.1.1, RFC 6026 §7.2 and §8.4).
 *
 *               ┌──────────── 2xx ────────────► accepted ──M──┐
 *     calling ──┤ 1xx ──► proceeding ── 2xx ──► (2xx: pass)   ├──► terminated
 *     (A: send) └──────────── 3xx–6xx: ACK ──► completed ──D──┘
 *     B or a fault in calling, a fault in completed: tell the user, terminated
 */
import {
  ACK,
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
  TIMER_D_MS,
} from "./machine.ts";

export type InviteClientState =
  | { readonly name: "calling"; readonly timerAMs: number }
  | { readonly name: "proceeding" }
  | { readonly name: "accepted" }
  | { readonly name: "completed" }
  | { readonly name: "terminated" };

type InviteClientStep = Step<InviteClientState>;

const PROCEEDING: InviteClientState = { name: "proceeding" };
const ACCEPTED: InviteClientState = { name: "accepted" };
const COMPLETED: InviteClientState = { name: "completed" };
const TERMINATED: InviteClientState = { name: "terminated" };

const STOP_A = stop("A");

export function startInviteClient(rules: Rules): InviteClientStep {
  const effects: Effect[] = [SEND, startTimer("B", 64 * rules.t1Ms)];
  if (!rules.isReliable) effects.push(startTimer("A", rules.t1Ms));
  return { state: { name: "calling", timerAMs: rules.t1Ms }, effects };
}

export function stepInviteClient(
  state: InviteClientState,
  input: ClientInput,
  rules: Rules,
): InviteClientStep {
  switch (state.name) {
    case "calling":
      return stepCalling(state, input, rules);
    case "proceeding":
      return input.kind === "response" ? onResponse(state, input.statusCode, rules) : stay(state);
    case "accepted":
      if (input.kind === "response" && isSuccess(input.statusCode)) return { state, effects: [PASS] };
      return input.kind === "timer" && input.timer === "M" ? end() : stay(state);
    case "completed":
      // The user has its final response: only the lost ACK is repaired, even when a late 2xx contradicts it.
      if (input.kind === "response" && input.statusCode >= 300) return { state, effects: [ACK] };
      if (input.kind === "fault") return { state: TERMINATED, effects: [FAULTED] };
      return input.kind === "timer" && input.timer === "D" ? end() : stay(state);
    case "terminated":
      return stay(state);
    default:
      return state satisfies never;
  }
}

function stepCalling(
  state: InviteClientState & { name: "calling" },
  input: ClientInput,
  rules: Rules,
): InviteClientStep {
  switch (input.kind) {
    case "response":
      return onResponse(state, input.statusCode, rules);
    case "fault":
      return { state: TERMINATED, effects: [FAULTED] };
    case "timer": {
      if (input.timer === "B") return { state: TERMINATED, effects: [TIMED_OUT] };
      if (input.timer !== "A") return stay(state);
      const timerAMs = 2 * state.timerAMs;
      return { state: { name: "calling", timerAMs }, effects: [SEND, startTimer("A", timerAMs)] };
    }
    default:
      return input satisfies never;
  }
}

/** A response in calling or proceeding. */
function onResponse(state: InviteClientState, statusCode: number, rules: Rules): InviteClientStep {
  if (statusCode < 200) {
    return state.name === "calling"
      ? { state: PROCEEDING, effects: [STOP_A, stop("B"), PASS] }
      : { state, effects: [PASS] };
  }
  if (isSuccess(statusCode)) {
    return { state: ACCEPTED, effects: [STOP_A, startTimer("M", 64 * rules.t1Ms), PASS] };
  }
  // Timer D is zero where nothing is retransmitted.
  if (rules.isReliable) return { state: TERMINATED, effects: [ACK, PASS] };
  return { state: COMPLETED, effects: [ACK, STOP_A, startTimer("D", TIMER_D_MS), PASS] };
}

function isSuccess(statusCode: number): boolean {
  return statusCode >= 200 && statusCode < 300;
}

function stay(state: InviteClientState): InviteClientStep {
  return { state, effects: NOTHING };
}

function end(): InviteClientStep {
  return { state: TERMINATED, effects: NOTHING };
}
