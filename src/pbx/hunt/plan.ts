/**
 * The plan of a hunt: one caller looks for one member of one group. Pure; chance, time and phones are outside.
 *
 *   begin ─▶ seeking ──offered──▶ ringing ──answered──▶ connected
 *              │  ▲                 │
 *     nobody   │  └── passed over ──┘        caller hangs up, at any time ──▶ over
 *              ▼                             nobody left, no room to wait ──▶ over (exhausted)
 *           waiting ──offered, or a new round──▶ ringing
 *
 * A round tries each free member once. Who refuses, cannot be reached or does not answer is passed over until the
 * next round; a member that becomes free during the round still gets its turn.
 */

/** Rest between two rounds of one caller, so that a phone which was just refused does not ring again at once. */
export const ROUND_PAUSE_MS = 5_000;

export interface HuntRules {
  /** `one`: a hunt group, one member after the other. `all`: a ring group, all free members at once. */
  readonly mode: "one" | "all";
  /** How long one member rings; in a ring group, how long the whole group rings. */
  readonly ringMs: number;
  /** Absent: nobody waits, the first round is the only one. */
  readonly queue?: { readonly maxWaitMs: number };
}

/** Why an attempt ended without a connection, as the call engine or the plan saw it. */
export type MissReason =
  | "no answer"
  | "busy"
  | "refused"
  | "unreachable"
  | "failed"
  | "do not disturb"
  | "answered elsewhere"
  | "caller gone";

/** One ringing of one member. */
export interface Attempt {
  readonly id: number;
  readonly member: string;
  readonly startedAt: number;
  readonly endsAt: number;
}

/** What a hunt remembers from attempt to attempt. */
export interface Search {
  readonly arrivedAt: number;
  /** Members that had their turn in this round. */
  readonly passedOver: ReadonlySet<string>;
  readonly nextAttempt: number;
  /** True once the caller has begun to wait; music goes on from then, even while a member rings. */
  readonly hasWaited: boolean;
}

export type ExhaustedReason = "nobody free" | "nobody answered" | "waited too long" | "queue full";

export type HuntState =
  | { readonly kind: "seeking"; readonly search: Search }
  | { readonly kind: "waiting"; readonly search: Search; readonly roundAt?: number }
  | { readonly kind: "ringing"; readonly search: Search; readonly attempts: readonly Attempt[] }
  | { readonly kind: "connected"; readonly attempt: Attempt }
  | { readonly kind: "over"; readonly reason: ExhaustedReason | "caller gone" };

export type HuntInput =
  /** The answer to `seek`, or members that became free meanwhile. `mayWait`: the queue has room. */
  | { readonly kind: "offered"; readonly members: readonly string[]; readonly mayWait: boolean }
  | { readonly kind: "answered"; readonly attempt: number }
  /** The attempt ended by itself: refused, busy, unreachable. */
  | { readonly kind: "failed"; readonly attempt: number; readonly reason: MissReason }
  /** A member that rings has changed its mind or its connection: it is passed over. */
  | { readonly kind: "withdrawn"; readonly member: string; readonly reason: MissReason }
  | { readonly kind: "callerGone" }
  /** The time that `wakeAt` named has come; harmless when early. */
  | { readonly kind: "tick" };

export type HuntEffect =
  /** Asks who is free and not passed over; answer with `offered`. Always the last effect. */
  | { readonly kind: "seek" }
  | { readonly kind: "ring"; readonly attempt: Attempt }
  | { readonly kind: "release"; readonly attempt: Attempt; readonly reason: MissReason }
  | { readonly kind: "missed"; readonly attempt: Attempt; readonly reason: MissReason }
  | { readonly kind: "connect"; readonly attempt: Attempt }
  | { readonly kind: "wait" }
  | { readonly kind: "exhausted"; readonly reason: ExhaustedReason };

export interface HuntStep {
  readonly state: HuntState;
  readonly effects: readonly HuntEffect[];
}

/** What a step may look at besides the state: the rules of the group and the time in milliseconds. */
export interface HuntContext {
  readonly rules: HuntRules;
  readonly now: number;
}

const NOBODY: ReadonlySet<string> = new Set();

/** A caller arrives. */
export function begin(now: number): HuntStep {
  const search: Search = { arrivedAt: now, passedOver: NOBODY, nextAttempt: 1, hasWaited: false };
  return { state: { kind: "seeking", search }, effects: [{ kind: "seek" }] };
}

/** One step. Inputs about attempts that are no more change nothing. */
export function advance(state: HuntState, input: HuntInput, context: HuntContext): HuntStep {
  if (state.kind === "connected" || state.kind === "over") return { state, effects: [] };
  switch (input.kind) {
    case "offered":
      return offered(state, input, context);
    case "answered":
      return answered(state, input.attempt);
    case "failed":
      return failed(state, input, context);
    case "withdrawn":
      return withdrawn(state, input, context);
    case "callerGone":
      return {
        state: { kind: "over", reason: "caller gone" },
        effects: attemptsOf(state).map((attempt) => ({ kind: "release", attempt, reason: "caller gone" })),
      };
    case "tick":
      return tick(state, context);
    default:
      return input satisfies never;
  }
}

/** The members ringing now. */
export function attemptsOf(state: HuntState): readonly Attempt[] {
  return state.kind === "ringing" ? state.attempts : [];
}

/** When the plan needs a `tick`, in milliseconds; undefined when it waits for others only. */
export function wakeAt(state: HuntState, rules: HuntRules): number | undefined {
  switch (state.kind) {
    case "waiting": {
      const until = deadline(state.search, rules);
      return state.roundAt === undefined ? until : Math.min(until, state.roundAt);
    }
    case "ringing":
      return state.attempts.reduce((first, attempt) => Math.min(first, attempt.endsAt), Infinity);
    case "seeking":
    case "connected":
    case "over":
      return undefined;
    default:
      return state satisfies never;
  }
}

/** True when the hunt would ring this member if it were offered now. */
export function wants(state: HuntState, member: string, rules: HuntRules): boolean {
  if (state.kind === "waiting") return !state.search.passedOver.has(member);
  return state.kind === "ringing" && rules.mode === "all" && !state.search.passedOver.has(member) &&
    !state.attempts.some((attempt) => attempt.member === member);
}

type Searching = Exclude<HuntState, { kind: "connected" | "over" }>;

function offered(
  state: Searching,
  input: Extract<HuntInput, { kind: "offered" }>,
  context: HuntContext,
): HuntStep {
  const { rules, now } = context;
  const { search } = state;
  if (state.kind === "ringing" && rules.mode === "one") return { state, effects: [] };
  const ringing = attemptsOf(state);
  const taken = new Set(ringing.map((attempt) => attempt.member));
  const fresh: Attempt[] = [];
  const endsAt = rules.mode === "all" ? search.arrivedAt + rules.ringMs : now + rules.ringMs;
  for (const member of input.members) {
    if (taken.has(member) || search.passedOver.has(member)) continue;
    taken.add(member);
    fresh.push({ id: search.nextAttempt + fresh.length, member, startedAt: now, endsAt });
    if (rules.mode === "one") break;
  }
  if (fresh.length === 0) {
    return state.kind === "seeking" ? nobody(state.search, input.mayWait, context) : same(state);
  }
  return {
    state: {
      kind: "ringing",
      search: { ...search, nextAttempt: search.nextAttempt + fresh.length },
      attempts: [...ringing, ...fresh],
    },
    effects: fresh.map((attempt) => ({ kind: "ring", attempt })),
  };
}

/** Nobody is left in this round: wait for the next one, or give up. */
function nobody(search: Search, mayWait: boolean, { rules, now }: HuntContext): HuntStep {
  const hasRung = search.nextAttempt > 1;
  if (!rules.queue) return exhausted(hasRung ? "nobody answered" : "nobody free");
  if (now >= deadline(search, rules)) return exhausted("waited too long");
  if (!search.hasWaited && !mayWait) return exhausted("queue full");
  const waiting = { kind: "waiting", search: { ...search, hasWaited: true } } as const;
  return {
    state: search.passedOver.size === 0 ? waiting : { ...waiting, roundAt: now + ROUND_PAUSE_MS },
    effects: search.hasWaited ? [] : [{ kind: "wait" }],
  };
}

function answered(state: Searching, id: number): HuntStep {
  const winner = attemptsOf(state).find((attempt) => attempt.id === id);
  if (!winner) return same(state);
  const losers = attemptsOf(state).filter((attempt) => attempt !== winner);
  return {
    state: { kind: "connected", attempt: winner },
    effects: [
      { kind: "connect", attempt: winner },
      ...losers.map((attempt) => ({ kind: "release", attempt, reason: "answered elsewhere" } as const)),
    ],
  };
}

function failed(
  state: Searching,
  input: Extract<HuntInput, { kind: "failed" }>,
  context: HuntContext,
): HuntStep {
  const attempt = attemptsOf(state).find((candidate) => candidate.id === input.attempt);
  if (!attempt) return same(state);
  const step = passOver(state, [attempt], context);
  return { state: step.state, effects: [{ kind: "missed", attempt, reason: input.reason }, ...step.effects] };
}

function withdrawn(
  state: Searching,
  input: Extract<HuntInput, { kind: "withdrawn" }>,
  context: HuntContext,
): HuntStep {
  const attempt = attemptsOf(state).find(({ member }) => member === input.member);
  if (!attempt) return same(state);
  const step = passOver(state, [attempt], context);
  return {
    state: step.state,
    effects: [{ kind: "release", attempt, reason: input.reason }, ...step.effects],
  };
}

function tick(state: Searching, context: HuntContext): HuntStep {
  const { rules, now } = context;
  if (state.kind === "ringing") {
    const late = state.attempts.filter((attempt) => now >= attempt.endsAt);
    if (late.length === 0) return same(state);
    const step = passOver(state, late, context);
    const releases = late.map((attempt) => ({ kind: "release", attempt, reason: "no answer" } as const));
    return { state: step.state, effects: [...releases, ...step.effects] };
  }
  if (state.kind === "seeking") return same(state);
  if (now >= deadline(state.search, rules)) return exhausted("waited too long");
  if (state.roundAt === undefined || now < state.roundAt) return { state, effects: [{ kind: "seek" }] };
  return {
    state: { kind: "waiting", search: { ...state.search, passedOver: NOBODY } },
    effects: [{ kind: "seek" }],
  };
}

/** Takes attempts out of the ringing state; when none is left, the search goes on or ends. */
function passOver(state: Searching, gone: readonly Attempt[], { rules, now }: HuntContext): HuntStep {
  const attempts = attemptsOf(state).filter((attempt) => !gone.includes(attempt));
  const passedOver = new Set(state.search.passedOver);
  for (const attempt of gone) passedOver.add(attempt.member);
  const search = { ...state.search, passedOver };
  if (attempts.length > 0) return { state: { kind: "ringing", search, attempts }, effects: [] };
  // A ring group rings for one stretch only: who becomes free after it is too late.
  if (rules.mode === "all" && now >= search.arrivedAt + rules.ringMs) return exhausted("nobody answered");
  if (rules.queue && now >= deadline(search, rules)) return exhausted("waited too long");
  return { state: { kind: "seeking", search }, effects: [{ kind: "seek" }] };
}

function exhausted(reason: ExhaustedReason): HuntStep {
  return { state: { kind: "over", reason }, effects: [{ kind: "exhausted", reason }] };
}

function same(state: HuntState): HuntStep {
  return { state, effects: [] };
}

function deadline(search: Search, rules: HuntRules): number {
  return rules.queue ? search.arrivedAt + rules.queue.maxWaitMs : Infinity;
}
