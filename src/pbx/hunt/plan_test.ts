import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  advance,
  attemptsOf,
  begin,
  type HuntContext,
  type HuntEffect,
  type HuntInput,
  type HuntRules,
  type HuntState,
  ROUND_PAUSE_MS,
  wakeAt,
  wants,
} from "./plan.ts";

const HUNT: HuntRules = { mode: "one", ringMs: 15_000 };
const QUEUED: HuntRules = { ...HUNT, queue: { maxWaitMs: 120_000 } };
const RING_ALL: HuntRules = { mode: "all", ringMs: 30_000 };

/** Effects as short words: `ring 1 101`, `release 1 no answer`, `exhausted nobody free`. */
function words(effects: readonly HuntEffect[]): string[] {
  return effects.map((effect) => {
    switch (effect.kind) {
      case "ring":
        return `ring ${effect.attempt.id} ${effect.attempt.member}`;
      case "connect":
        return `connect ${effect.attempt.id}`;
      case "release":
      case "missed":
        return `${effect.kind} ${effect.attempt.id} ${effect.reason}`;
      case "exhausted":
        return `exhausted ${effect.reason}`;
      default:
        return effect.kind;
    }
  });
}

const offer = (...members: string[]): HuntInput => ({ kind: "offered", members, mayWait: true });
const answered = (attempt: number): HuntInput => ({ kind: "answered", attempt });
const failed = (attempt: number): HuntInput => ({ kind: "failed", attempt, reason: "busy" });
const withdrawn = (member: string): HuntInput => ({ kind: "withdrawn", member, reason: "unreachable" });
const tick: HuntInput = { kind: "tick" };
const gone: HuntInput = { kind: "callerGone" };

type Line = readonly [at: number, input: HuntInput, expected: readonly string[]];

const ROWS: readonly (readonly [sentence: string, rules: HuntRules, lines: readonly Line[]])[] = [
  ["a member answers and is connected", HUNT, [
    [0, offer("101"), ["ring 1 101"]],
    [3_000, answered(1), ["connect 1"]],
  ]],
  ["nobody free and no queue: exhausted at once", HUNT, [[0, offer(), ["exhausted nobody free"]]]],
  ["a member that refuses is passed over and the next one rings", HUNT, [
    [0, offer("101"), ["ring 1 101"]],
    [1_000, failed(1), ["missed 1 busy", "seek"]],
    [1_000, offer("102"), ["ring 2 102"]],
    [2_000, answered(2), ["connect 2"]],
  ]],
  ["a member that does not answer in time is released and passed over", HUNT, [
    [0, offer("101"), ["ring 1 101"]],
    [14_999, tick, []],
    [15_000, tick, ["release 1 no answer", "seek"]],
    [15_000, offer(), ["exhausted nobody answered"]],
  ]],
  ["a member offered twice in a round is not rung twice", HUNT, [
    [0, offer("101"), ["ring 1 101"]],
    [1_000, failed(1), ["missed 1 busy", "seek"]],
    [1_000, offer("101"), ["exhausted nobody answered"]],
  ]],
  ["nobody free: the caller waits and gets whom becomes free", QUEUED, [
    [0, offer(), ["wait"]],
    [40_000, offer("102"), ["ring 1 102"]],
    [41_000, answered(1), ["connect 1"]],
  ]],
  ["the queue is full: exhausted instead of waiting", QUEUED, [
    [0, { kind: "offered", members: [], mayWait: false }, ["exhausted queue full"]],
  ]],
  ["who already waits keeps the place when the queue is full", QUEUED, [
    [0, offer(), ["wait"]],
    [1_000, offer("101"), ["ring 1 101"]],
    [2_000, failed(1), ["missed 1 busy", "seek"]],
    [2_000, { kind: "offered", members: [], mayWait: false }, []],
  ]],
  ["a new round begins after a pause, and music begins once", QUEUED, [
    [0, offer("101"), ["ring 1 101"]],
    [1_000, failed(1), ["missed 1 busy", "seek"]],
    [1_000, offer(), ["wait"]],
    [1_000 + ROUND_PAUSE_MS, tick, ["seek"]],
    [1_000 + ROUND_PAUSE_MS, offer("101"), ["ring 2 101"]],
    [9_000, failed(2), ["missed 2 busy", "seek"]],
    [9_000, offer(), []],
  ]],
  ["the longest wait ends the waiting", QUEUED, [
    [0, offer(), ["wait"]],
    [119_999, tick, ["seek"]],
    [120_000, tick, ["exhausted waited too long"]],
  ]],
  ["the longest wait lets a ringing phone finish its time", QUEUED, [
    [0, offer(), ["wait"]],
    [110_000, offer("101"), ["ring 1 101"]],
    [120_000, tick, []],
    [125_000, tick, ["release 1 no answer", "exhausted waited too long"]],
  ]],
  ["the caller hangs up while a phone rings", HUNT, [
    [0, offer("101"), ["ring 1 101"]],
    [500, gone, ["release 1 caller gone"]],
    [600, answered(1), []],
  ]],
  ["the caller hangs up while waiting", QUEUED, [[0, offer(), ["wait"]], [500, gone, []], [
    600,
    offer("101"),
    [],
  ]]],
  ["a ring group rings all and the first wins", RING_ALL, [
    [0, offer("100", "101", "102"), ["ring 1 100", "ring 2 101", "ring 3 102"]],
    [2_000, failed(1), ["missed 1 busy"]],
    [4_000, answered(3), ["connect 3", "release 2 answered elsewhere"]],
    [4_001, answered(2), []],
  ]],
  ["a ring group rings who becomes free, for the rest of its time", RING_ALL, [
    [0, offer("100"), ["ring 1 100"]],
    [20_000, offer("101", "100"), ["ring 2 101"]],
    [30_000, tick, ["release 1 no answer", "release 2 no answer", "exhausted nobody answered"]],
  ]],
  ["a ring group whose members all refuse is exhausted at once", RING_ALL, [
    [0, offer("100", "101"), ["ring 1 100", "ring 2 101"]],
    [1_000, failed(2), ["missed 2 busy"]],
    [2_000, failed(1), ["missed 1 busy", "seek"]],
    [2_000, offer(), ["exhausted nobody answered"]],
  ]],
  ["a member that goes away while it rings is released and passed over", HUNT, [
    [0, offer("101"), ["ring 1 101"]],
    [1, withdrawn("102"), []],
    [2, withdrawn("101"), ["release 1 unreachable", "seek"]],
    [3, offer("101", "102"), ["ring 2 102"]],
  ]],
  ["the others of a ring group ring on when one of them goes away", RING_ALL, [
    [0, offer("101", "102"), ["ring 1 101", "ring 2 102"]],
    [1, withdrawn("101"), ["release 1 unreachable"]],
    [2, withdrawn("102"), ["release 2 unreachable", "seek"]],
  ]],
  ["answers and failures of unknown attempts change nothing", HUNT, [
    [0, offer("101"), ["ring 1 101"]],
    [1, answered(7), []],
    [2, failed(7), []],
    [3, answered(1), ["connect 1"]],
  ]],
];

for (const [sentence, rules, lines] of ROWS) {
  Deno.test(`plan: ${sentence}`, () => {
    let { state, effects } = begin(0);
    assert.deepEqual(words(effects), ["seek"]);
    for (const [now, input, expected] of lines) {
      ({ state, effects } = advance(state, input, { rules, now }));
      assert.deepEqual(words(effects), expected, `${input.kind} at ${now}`);
    }
  });
}

Deno.test("plan: a ring group never wants a member that it has rung, a waiting hunt wants every one not passed over", () => {
  const at = (now: number, rules: HuntRules): HuntContext => ({ rules, now });
  const ringing = advance(begin(0).state, offer("100"), at(0, RING_ALL)).state;
  assert.equal(wants(ringing, "100", RING_ALL), false);
  assert.equal(wants(ringing, "101", RING_ALL), true);
  const waiting = advance(begin(0).state, offer(), at(0, QUEUED)).state;
  assert.equal(wants(waiting, "100", QUEUED), true);
  assert.equal(wants(advance(begin(0).state, offer("100"), at(0, QUEUED)).state, "101", QUEUED), false);
});

// Random histories.

const WISH = Deno.env.get("SIPEDGE_HISTORIES");
const HISTORIES = Number(WISH ?? 100_000);
/** The same histories at every run of the gate; others whenever more are asked for. */
const PARAMETERS = { numRuns: HISTORIES, ...(WISH === undefined && { seed: 7 }) };
const MEMBERS = ["100", "101", "102", "103", "104"];

const arbitraryRules: fc.Arbitrary<HuntRules> = fc.oneof(
  fc.constantFrom(HUNT, RING_ALL),
  fc.integer({ min: 1, max: 90 }).map((seconds) => ({ ...HUNT, queue: { maxWaitMs: seconds * 1000 } })),
);

const arbitraryMove = fc.record({
  waitMs: fc.constantFrom(0, 1, 500, 4_000, 15_000, 20_000),
  input: fc.oneof(
    { weight: 5, arbitrary: fc.subarray(MEMBERS).map((members) => offer(...members)) },
    { weight: 1, arbitrary: fc.constant<HuntInput>({ kind: "offered", members: [], mayWait: false }) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 12 }).map(answered) },
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 12 }).map(failed) },
    { weight: 1, arbitrary: fc.constantFrom(...MEMBERS).map(withdrawn) },
    { weight: 4, arbitrary: fc.constant(tick) },
    { weight: 1, arbitrary: fc.constant(gone) },
  ),
});

interface Ledger {
  readonly ringing: Map<number, string>;
  readonly everRung: Set<number>;
  connected: number;
  ended: number;
}

/** Books the effects of one step and checks what no step may ever do. */
function book(ledger: Ledger, effects: readonly HuntEffect[]): void {
  for (const [index, effect] of effects.entries()) {
    if (effect.kind === "ring") {
      assert.equal(ledger.ended, 0, "rings after the end");
      assert.ok(!ledger.everRung.has(effect.attempt.id), "attempt number used twice");
      assert.ok(
        ![...ledger.ringing.values()].includes(effect.attempt.member),
        "one member rung twice at once",
      );
      ledger.everRung.add(effect.attempt.id);
      ledger.ringing.set(effect.attempt.id, effect.attempt.member);
    } else if (effect.kind === "release" || effect.kind === "missed") {
      assert.ok(ledger.ringing.delete(effect.attempt.id), "released what does not ring");
    } else if (effect.kind === "connect") {
      assert.ok(ledger.ringing.delete(effect.attempt.id), "connected what does not ring");
      ledger.connected++;
    } else if (effect.kind === "exhausted") ledger.ended++;
    else if (effect.kind === "seek") assert.equal(index, effects.length - 1, "seek is not the last effect");
  }
}

function play(rules: HuntRules, moves: readonly { waitMs: number; input: HuntInput }[]): [HuntState, Ledger] {
  const ledger: Ledger = { ringing: new Map(), everRung: new Set(), connected: 0, ended: 0 };
  let now = 0;
  let state: HuntState = begin(now).state;
  let callerIsGone = false;
  for (const { waitMs, input } of moves) {
    now += waitMs;
    const before = state;
    const step = advance(state, input, { rules, now });
    state = step.state;
    book(ledger, step.effects);
    if (input.kind === "callerGone" && before.kind !== "connected") callerIsGone = true;
    assert.deepEqual(new Set(attemptsOf(state).map(({ id }) => id)), new Set(ledger.ringing.keys()));
    if (rules.mode === "one") assert.ok(ledger.ringing.size <= 1, "a hunt group rings one member at a time");
    if (callerIsGone) assert.equal(ledger.ringing.size, 0, "rings for a caller who is gone");
    const due = wakeAt(state, rules);
    assert.equal(due === undefined, state.kind !== "ringing" && state.kind !== "waiting");
  }
  return [state, ledger];
}

const PROMISES: Record<string, (state: HuntState, ledger: Ledger) => void> = {
  "at most one is connected": (_, ledger) => assert.ok(ledger.connected <= 1),
  "every ringing phone is connected or released once the hunt is over": (state, ledger) => {
    if (state.kind === "connected" || state.kind === "over") assert.equal(ledger.ringing.size, 0);
  },
  "the end is told once, and never after a connection": (_, ledger) => {
    assert.ok(ledger.connected + ledger.ended <= 1);
  },
};

Deno.test(`plan: in ${HISTORIES} random histories ${Object.keys(PROMISES).join("; ")}; no timer outlives the hunt`, () => {
  fc.assert(
    fc.property(arbitraryRules, fc.array(arbitraryMove, { maxLength: 30 }), (rules, moves) => {
      const [state, ledger] = play(rules, moves);
      for (const check of Object.values(PROMISES)) check(state, ledger);
      if (state.kind === "connected" || state.kind === "over") assert.equal(wakeAt(state, rules), undefined);
    }),
    PARAMETERS,
  );
});

Deno.test("plan: a hunt left alone always comes to an end, within its ring times and its longest wait", () => {
  fc.assert(
    fc.property(arbitraryRules, fc.array(arbitraryMove, { maxLength: 20 }), (rules, moves) => {
      let [state] = play(rules, moves);
      let now = moves.reduce((sum, { waitMs }) => sum + waitMs, 0);
      // From here on nobody answers: whoever is offered rings until the plan gives up.
      for (let steps = 0; state.kind !== "connected" && state.kind !== "over"; steps++) {
        assert.ok(steps < 200, "still hunting");
        const due = wakeAt(state, rules);
        now = Math.max(now, due ?? now);
        const input = state.kind === "seeking" ? offer(...MEMBERS) : tick;
        state = advance(state, input, { rules, now }).state;
      }
    }),
    { ...PARAMETERS, numRuns: Math.min(HISTORIES, 3_000) },
  );
});
