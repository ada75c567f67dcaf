import assert from "node:assert/strict";
import fc from "fast-check";
import {
  isUsable,
  type RegisterAnswer,
  type RegistrationInput,
  type RegistrationState,
  type RegistrationStep,
  step,
  STOPPED,
} from "./registration.ts";
import { patienceMs, REFUSED_PAUSE_MS, RETRY_AFTER_MAX_MS, RETRY_MAX_MS } from "./retry.ts";

const RULES = { expiresSec: 600, realms: [] as string[] };
const NOW = 1_000_000;

function at(nowMs = NOW, chance = 0.5, freshCallId = `call-${nowMs}`) {
  return { nowMs, chance, freshCallId };
}

function answer(statusCode: number, more: Partial<RegisterAnswer> = {}): RegistrationInput {
  return {
    kind: "answer",
    answer: {
      statusCode,
      reasonPhrase: "Words",
      sequence: 1,
      realms: [],
      serviceRoute: [],
      path: [],
      ...more,
    },
  };
}

/** Runs `inputs` one after another at the same moment; the last step is returned. */
function run(inputs: readonly RegistrationInput[], options: { rules?: typeof RULES; chance?: number } = {}) {
  let last: RegistrationStep = { state: STOPPED, effects: [] };
  inputs.forEach((input, index) => {
    const moment = at(NOW, options.chance ?? 0.5, `call-${index}`);
    last = step(last.state, input, { rules: options.rules ?? RULES, moment });
  });
  return last;
}

const START: RegistrationInput = { kind: "start" };
const DUE: RegistrationInput = { kind: "due" };
const CHALLENGE = answer(401, { realms: ["carrier"] });

function sent(result: RegistrationStep) {
  const effect = result.effects.find(({ kind }) => kind === "send");
  return effect?.kind === "send" ? effect : undefined;
}

function waitMs(result: RegistrationStep): number | undefined {
  const effect = result.effects.find(({ kind }) => kind === "wait");
  return effect?.kind === "wait" ? effect.untilMs - NOW : undefined;
}

Deno.test("the first REGISTER shows no credentials; the realm that asks for them is the one that gets them", () => {
  assert.equal(sent(run([START]))?.realms, undefined);
  const second = sent(run([START, CHALLENGE]));
  assert.deepEqual(second?.realms, ["carrier"]);
  assert.equal(second?.callId, "call-0", "one Call-ID");
  assert.equal(second?.sequence, 2);
});

Deno.test("realms of the settings are not learnt anew from whoever asks", () => {
  const rules = { expiresSec: 600, realms: ["carrier.example"] };
  assert.deepEqual(sent(run([START], { rules }))?.realms, ["carrier.example"]);
  const foreign = run([START, answer(401, { realms: ["evil.example"] })], { rules });
  assert.equal(sent(foreign), undefined);
  assert.match(describe(foreign.state), /waiting .*"evil.example".* refused/);
});

Deno.test("granted: refreshed between 50 and 90 % of what was granted, with the same Call-ID", () => {
  for (const chance of [0, 0.25, 0.999999]) {
    const wait = waitMs(run([START, CHALLENGE, answer(200, { grantedSec: 100, sequence: 3 })], { chance }))!;
    assert.ok(wait >= 50_000 && wait <= 90_000, `${wait}`);
  }
  const again = sent(run([START, CHALLENGE, answer(200, { grantedSec: 100, sequence: 3 }), DUE]));
  assert.equal(again?.callId, "call-0");
  assert.equal(again?.sequence, 4);
  assert.deepEqual(again?.realms, ["carrier"]);
});

function describe(state: RegistrationState): string {
  if (state.name !== "waiting") return state.name;
  return `waiting (${state.detail})${state.isRefused ? " refused" : ""}`;
}

const FAILURES: readonly (readonly [string, readonly RegistrationInput[], string, number, number])[] = [
  ["silence", [{ kind: "silence", reason: "timeout" }], "waiting (the server does not answer)", 5e3, 10e3],
  [
    "no connection",
    [{ kind: "silence", reason: "unreachable" }],
    "waiting (the server cannot be reached)",
    5e3,
    10e3,
  ],
  [
    "no such name",
    [{ kind: "silence", reason: "unresolved" }],
    "waiting (the server's name cannot be resolved)",
    5e3,
    10e3,
  ],
  ["500", [answer(500)], "waiting (500 Words)", 5e3, 10e3],
  ["503 with Retry-After", [answer(503, { retryAfterSec: 120 })], "waiting (503 Words)", 120e3, 121e3],
  ["403", [answer(403)], "waiting (403 Words) refused", REFUSED_PAUSE_MS / 2, REFUSED_PAUSE_MS],
  ["404", [answer(404)], "waiting (404 Words) refused", REFUSED_PAUSE_MS / 2, REFUSED_PAUSE_MS],
  ["603", [answer(603)], "waiting (603 Words) refused", REFUSED_PAUSE_MS / 2, REFUSED_PAUSE_MS],
  ["408", [answer(408)], "waiting (408 Words)", 5e3, 10e3],
  ["302", [answer(302)], "waiting (302 Words)", 5e3, 10e3],
  [
    "wrong password",
    [CHALLENGE, answer(401, { realms: ["carrier"] })],
    "waiting (user name or password refused) refused",
    REFUSED_PAUSE_MS / 2,
    REFUSED_PAUSE_MS,
  ],
  [
    "a new realm each time",
    [CHALLENGE, answer(401, { realms: ["other"] })],
    'waiting (asked for the realm "other", which is not among the line\'s realms) refused',
    REFUSED_PAUSE_MS / 2,
    REFUSED_PAUSE_MS,
  ],
  [
    "401 without challenge",
    [answer(401)],
    "waiting (401 without a challenge that can be answered) refused",
    REFUSED_PAUSE_MS / 2,
    REFUSED_PAUSE_MS,
  ],
  [
    "granted for no time",
    [answer(200, { grantedSec: 0 })],
    "waiting (the server granted no time)",
    5e3,
    10e3,
  ],
  [
    "423 that asks for less",
    [answer(423, { minExpiresSec: 60 })],
    "waiting (423 Words)",
    5e3,
    10e3,
  ],
];

Deno.test("each failure waits as long as it deserves, then tries with a fresh Call-ID", async (t) => {
  for (const [name, inputs, expected, leastMs, mostMs] of FAILURES) {
    await t.step(name, () => {
      const failed = run([START, ...inputs]);
      assert.equal(describe(failed.state), expected);
      const wait = waitMs(failed)!;
      assert.ok(wait >= leastMs && wait <= mostMs, `${wait}`);
      const again = step(failed.state, DUE, { rules: RULES, moment: at(NOW, 0.5, "fresh") });
      assert.equal(sent(again)?.callId, "fresh");
      assert.equal(sent(again)?.sequence, 1);
    });
  }
});

Deno.test("423 is answered once with the wanted lifetime, which is kept", () => {
  const raised = run([START, answer(423, { minExpiresSec: 1800 })]);
  assert.equal(sent(raised)?.expiresSec, 1800);
  const stubborn = run([
    START,
    answer(423, { minExpiresSec: 1800 }),
    answer(423, { minExpiresSec: 3600 }),
  ]);
  assert.equal(stubborn.state.name, "waiting");
  assert.equal(
    sent(step(stubborn.state, DUE, { rules: RULES, moment: at() }))?.expiresSec,
    1800,
  );
});

Deno.test("a registration stays usable while refreshes fail with words, not while there is silence", () => {
  const registered = [START, answer(200, { grantedSec: 600 }), DUE];
  assert.equal(isUsable(run([...registered, answer(500)]).state, NOW + 1000), true);
  assert.equal(isUsable(run([...registered, answer(500)]).state, NOW + 600_000), false);
  assert.equal(
    isUsable(run([...registered, { kind: "silence", reason: "timeout" }]).state, NOW + 1000),
    false,
  );
  assert.equal(isUsable(run([...registered, answer(403)]).state, NOW + 1000), false);
});

Deno.test("a lost path is renewed within seconds, but not at once again when it is lost at once", () => {
  const registered = run([START, answer(200, { grantedSec: 600 })]);
  const early = step(registered.state, { kind: "lost" }, { rules: RULES, moment: at(NOW + 100) });
  const late = step(registered.state, { kind: "lost" }, { rules: RULES, moment: at(NOW + 60_000) });
  assert.ok(waitMs(early)! - 100 >= 5000);
  assert.ok(waitMs(late)! - 60_000 <= 2000);
});

Deno.test("stopping unregisters what stands, and only that", () => {
  assert.equal(sent(run([START, { kind: "stop" }])), undefined);
  assert.equal(sent(run([START, answer(403), { kind: "stop" }])), undefined);
  const farewell = sent(run([START, answer(200, { sequence: 5 }), { kind: "stop" }]));
  assert.equal(farewell?.expiresSec, 0);
  assert.equal(farewell?.sequence, 6);
});

const anyInput: fc.Arbitrary<RegistrationInput> = fc.oneof(
  fc.constant<RegistrationInput>({ kind: "start" }),
  fc.constant<RegistrationInput>({ kind: "due" }),
  fc.constant<RegistrationInput>({ kind: "lost" }),
  fc.constantFrom("timeout", "unreachable", "unresolved").map((reason): RegistrationInput => ({
    kind: "silence",
    reason: reason as "timeout",
  })),
  fc.record({
    statusCode: fc.constantFrom(200, 301, 401, 403, 407, 408, 423, 480, 500, 503, 603),
    grantedSec: fc.integer({ min: 0, max: 100_000 }),
    minExpiresSec: fc.integer({ min: 0, max: 2 ** 31 }),
    retryAfterSec: fc.integer({ min: 0, max: 2 ** 31 }),
    realms: fc.subarray(["carrier", "other", "third"]),
    sequence: fc.integer({ min: 1, max: 1000 }),
  }).map(({ statusCode, ...more }) => answer(statusCode, more)),
);

Deno.test("in every history exactly one thing is pending, and no wait leaves its bounds", () => {
  fc.assert(fc.property(
    fc.array(fc.tuple(anyInput, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), {
      maxLength: 60,
    }),
    (history) => {
      let state: RegistrationState = STOPPED;
      history.forEach(([input, chance], index) => {
        const before: RegistrationState = state;
        const result = step(before, input, { rules: RULES, moment: at(NOW, chance, `call-${index}`) });
        state = result.state;
        if (result.effects.length === 0) {
          assert.deepEqual(state, before, "nothing done, nothing changed");
          return;
        }
        assert.equal(result.effects.length, 1);
        const [effect] = result.effects;
        assert.equal(effect!.kind === "send", state.name === "trying", "a question or a timer, never both");
        if (effect!.kind === "send") {
          assert.ok(effect!.attemptMs >= 3000 && effect!.attemptMs <= 32_000);
          assert.ok(effect!.expiresSec >= 600 && effect!.expiresSec <= 604_800);
          return;
        }
        const wait = effect!.untilMs - NOW;
        if (state.name === "registered") {
          const { grantedSec } = state.granted;
          assert.ok(wait === 5000 || (wait >= grantedSec * 499.9 && wait <= grantedSec * 900.1));
        } else {
          assert.ok(wait >= 0 && wait <= Math.max(REFUSED_PAUSE_MS, RETRY_AFTER_MAX_MS + 1000));
          const isShort = state.name === "waiting" && input.kind !== "lost" && wait < 5000;
          assert.equal(isShort, false, "failures are never followed at once");
        }
      });
    },
  ));
});

Deno.test("the back-off doubles to its limit and spreads over half of it", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 100_000 }),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    (failures, chance) => {
      const history = [START, ...Array.from({ length: Math.min(failures, 12) - 1 }, () => [answer(500), DUE])]
        .flat();
      const wait = waitMs(run([...history, answer(500)], { chance }))!;
      const whole = Math.min(RETRY_MAX_MS, 10_000 * 2 ** (Math.min(failures, 12) - 1));
      assert.ok(wait >= Math.floor(whole / 2) && wait <= whole);
      assert.ok(patienceMs(failures) <= 32_000);
    },
  ));
});
