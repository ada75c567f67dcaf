/**
 * Non-INVITE server transaction (RFC 3261 §17.2.2).
 *
 *     trying ── 1xx: send ──► proceeding ── 2xx–6xx: send ──► completed ──J──► terminated
 *     (again: silence)        (again: send)                   (again: send)
 *        └────────────────── 2xx–6xx: send ───────────────────────▲
 *     a fault in proceeding or completed: tell the user, terminated
 */
import {
  FAULTED,
  NOTHING,
  PASS,
  type Rules,
  SEND,
  type ServerInput,
  start as startTimer,
  type Step,
} from "./machine.ts";

export type NonInviteServerState =
  | { readonly name: "trying" }
  | { readonly name: "proceeding" }
  | { readonly name: "completed" }
  | { readonly name: "terminated" };

type NonInviteServerStep = Step<NonInviteServerState>;

const START: NonInviteServerStep = { state: { name: "trying" }, effects: [PASS] };
const PROCEEDING: NonInviteServerState = { name: "proceeding" };
const COMPLETED: NonInviteServerState = { name: "completed" };
const TERMINATED: NonInviteServerState = { name: "terminated" };

export function startNonInviteServer(): NonInviteServerStep {
  return START;
}

export function stepNonInviteServer(
  state: NonInviteServerState,
  input: ServerInput,
  rules: Rules,
): NonInviteServerStep {
  switch (state.name) {
    case "trying":
      return input.kind === "respond" ? onRespond(input.statusCode, rules) : stay(state);
    case "proceeding":
      if (input.kind === "respond") return onRespond(input.statusCode, rules);
      if (input.kind === "request") return { state, effects: [SEND] };
      return input.kind === "fault" ? { state: TERMINATED, effects: [FAULTED] } : stay(state);
    case "completed":
      if (input.kind === "request") return { state, effects: [SEND] };
      if (input.kind === "fault") return { state: TERMINATED, effects: [FAULTED] };
      return input.kind === "timer" && input.timer === "J"
        ? { state: TERMINATED, effects: NOTHING }
        : stay(state);
    case "terminated":
      return stay(state);
    default:
      return state satisfies never;
  }
}

function onRespond(statusCode: number, rules: Rules): NonInviteServerStep {
  if (statusCode < 200) return { state: PROCEEDING, effects: [SEND] };
  // Timer J is zero where no request can come twice.
  if (rules.isReliable) return { state: TERMINATED, effects: [SEND] };
  return { state: COMPLETED, effects: [SEND, startTimer("J", 64 * rules.t1Ms)] };
}

function stay(state: NonInviteServerState): NonInviteServerStep {
  return { state, effects: NOTHING };
}
