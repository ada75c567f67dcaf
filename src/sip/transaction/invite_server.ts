/**
 * INVITE server transaction (RFC 3261 §17.2.1, RFC 6026 §7.1).
 *
 *                  ┌── 2xx ──────► accepted (ACK: pass) ──L────────────┐
 *     proceeding ──┤                                                   ├──► terminated
 *     (1xx: send)  └── 3xx–6xx ──► completed (G: send) ──ACK──► confirmed ──I─┘
 *                                  └──H: tell the user──────────────────┘
 */
import {
  type Effect,
  FAULTED,
  NOTHING,
  PASS,
  type Rules,
  SEND,
  type ServerInput,
  start as startTimer,
  type Step,
  stop,
  TIMED_OUT,
  TRYING,
  TRYING_MS,
} from "./machine.ts";

export type InviteServerState =
  /** `hasAnswered`: some response, a 100 at least, went out and is what a retransmission gets. */
  | { readonly name: "proceeding"; readonly hasAnswered: boolean }
  | { readonly name: "accepted" }
  | { readonly name: "completed"; readonly timerGMs: number }
  | { readonly name: "confirmed" }
  | { readonly name: "terminated" };

type InviteServerStep = Step<InviteServerState>;

const QUIET: InviteServerState = { name: "proceeding", hasAnswered: false };
const PROCEEDING: InviteServerState = { name: "proceeding", hasAnswered: true };
const ACCEPTED: InviteServerState = { name: "accepted" };
const CONFIRMED: InviteServerState = { name: "confirmed" };
const TERMINATED: InviteServerState = { name: "terminated" };

const STOP_TRYING = stop("trying");
const STARTING: readonly Effect[] = [PASS, startTimer("trying", TRYING_MS)];

export function startInviteServer(): InviteServerStep {
  return { state: QUIET, effects: STARTING };
}

export function stepInviteServer(
  state: InviteServerState,
  input: ServerInput,
  rules: Rules,
): InviteServerStep {
  switch (state.name) {
    case "proceeding":
      return stepProceeding(state, input, rules);
    case "accepted":
      // Retransmitted INVITEs are absorbed: the user repeats its 2xx by its own timer (RFC 6026 §7.1).
      if (input.kind === "ack") return { state, effects: [PASS] };
      if (input.kind === "respond" && isSuccess(input.statusCode)) return { state, effects: [SEND] };
      if (input.kind === "fault") return { state, effects: [FAULTED] };
      return input.kind === "timer" && input.timer === "L" ? end() : stay(state);
    case "completed":
      return stepCompleted(state, input, rules);
    case "confirmed":
      return input.kind === "timer" && input.timer === "I" ? end() : stay(state);
    case "terminated":
      return stay(state);
    default:
      return state satisfies never;
  }
}

function stepProceeding(
  state: InviteServerState & { name: "proceeding" },
  input: ServerInput,
  rules: Rules,
): InviteServerStep {
  switch (input.kind) {
    case "request":
      if (state.hasAnswered) return { state, effects: [SEND] };
      return { state: PROCEEDING, effects: [STOP_TRYING, TRYING] };
    case "respond":
      return onRespond(input.statusCode, rules);
    case "timer":
      if (input.timer !== "trying" || state.hasAnswered) return stay(state);
      return { state: PROCEEDING, effects: [TRYING] };
    case "fault":
      return { state, effects: [FAULTED] };
    case "ack":
      return stay(state);
    default:
      return input satisfies never;
  }
}

function onRespond(statusCode: number, rules: Rules): InviteServerStep {
  if (statusCode < 200) return { state: PROCEEDING, effects: [STOP_TRYING, SEND] };
  if (isSuccess(statusCode)) {
    return { state: ACCEPTED, effects: [SEND, startTimer("L", 64 * rules.t1Ms)] };
  }
  const effects: Effect[] = [SEND, startTimer("H", 64 * rules.t1Ms)];
  if (!rules.isReliable) effects.push(startTimer("G", rules.t1Ms));
  return { state: { name: "completed", timerGMs: rules.t1Ms }, effects };
}

function stepCompleted(
  state: InviteServerState & { name: "completed" },
  input: ServerInput,
  rules: Rules,
): InviteServerStep {
  switch (input.kind) {
    case "request":
      return { state, effects: [SEND] };
    case "ack":
      // Timer I is zero where no ACK can come twice.
      if (rules.isReliable) return end();
      return { state: CONFIRMED, effects: [stop("G"), startTimer("I", rules.t4Ms)] };
    case "timer": {
      if (input.timer === "H") return { state: TERMINATED, effects: [TIMED_OUT] };
      if (input.timer !== "G") return stay(state);
      const timerGMs = Math.min(2 * state.timerGMs, rules.t2Ms);
      return { state: { name: "completed", timerGMs }, effects: [SEND, startTimer("G", timerGMs)] };
    }
    case "fault":
      return { state, effects: [FAULTED] };
    case "respond":
      return stay(state);
    default:
      return input satisfies never;
  }
}

function isSuccess(statusCode: number): boolean {
  return statusCode >= 200 && statusCode < 300;
}

function stay(state: InviteServerState): InviteServerStep {
  return { state, effects: NOTHING };
}

function end(): InviteServerStep {
  return { state: TERMINATED, effects: NOTHING };
}
