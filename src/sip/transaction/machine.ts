/** What the four transaction machines share: timing rules, effects, and the shape of one step (RFC 3261 §17). */

/** RFC 3261 §17.1.1.1 and Appendix A: the three intervals everything is counted in, milliseconds. */
export interface Timing {
  /** Estimate of the round trip. */
  readonly t1Ms: number;
  /** Longest interval between retransmissions of a request that is not INVITE, and of a response to INVITE. */
  readonly t2Ms: number;
  /** Longest time a message stays in the network. */
  readonly t4Ms: number;
}

export const DEFAULT_TIMING: Timing = { t1Ms: 500, t2Ms: 4000, t4Ms: 5000 };

/** The timing on one path: a reliable transport retransmits by itself. */
export interface Rules extends Timing {
  readonly isReliable: boolean;
}

/** Letters of RFC 3261 Appendix A and RFC 6026; `trying` is the 200 ms before the automatic 100. */
export type TimerName =
  | "A"
  | "B"
  | "D"
  | "E"
  | "F"
  | "G"
  | "H"
  | "I"
  | "J"
  | "K"
  | "L"
  | "M"
  | "trying";

/** What a step asks of the shell. There is one slot for what repeats (A, E, G) and one for what ends (the others). */
export type Effect =
  /** Client: the request. Server: the last response given. */
  | { readonly kind: "send" }
  /** Client: ACK to a final response that is not 2xx. */
  | { readonly kind: "ack" }
  /** Server: a 100 made by the transaction itself. */
  | { readonly kind: "trying" }
  /** Hands what came in to the user. */
  | { readonly kind: "pass" }
  /** Tells the user that nothing more will come of it. */
  | { readonly kind: "fail"; readonly reason: "timeout" | "fault" }
  | { readonly kind: "start"; readonly timer: TimerName; readonly ms: number }
  | { readonly kind: "stop"; readonly timer: TimerName };

export interface Step<S> {
  readonly state: S;
  readonly effects: readonly Effect[];
}

/** What happens to a client transaction. */
export type ClientInput =
  | { readonly kind: "response"; readonly statusCode: number }
  | { readonly kind: "timer"; readonly timer: TimerName }
  | { readonly kind: "fault" };

/** What happens to a server transaction. */
export type ServerInput =
  /** The same request came again. */
  | { readonly kind: "request" }
  | { readonly kind: "ack" }
  /** The user answers. */
  | { readonly kind: "respond"; readonly statusCode: number }
  | { readonly kind: "timer"; readonly timer: TimerName }
  | { readonly kind: "fault" };

export const NOTHING: readonly Effect[] = [];
export const SEND: Effect = { kind: "send" };
export const ACK: Effect = { kind: "ack" };
export const TRYING: Effect = { kind: "trying" };
export const PASS: Effect = { kind: "pass" };
export const TIMED_OUT: Effect = { kind: "fail", reason: "timeout" };
export const FAULTED: Effect = { kind: "fail", reason: "fault" };

export function start(timer: TimerName, ms: number): Effect {
  return { kind: "start", timer, ms };
}

export function stop(timer: TimerName): Effect {
  return { kind: "stop", timer };
}

/** Timer D on a datagram path: "at least 32 seconds" whatever T1 is (RFC 3261 §17.1.1.2). */
export const TIMER_D_MS = 32_000;

/** How long an INVITE may wait for its user before a 100 goes out by itself (RFC 3261 §17.2.1). */
export const TRYING_MS = 200;
