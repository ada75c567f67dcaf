/** The non-INVITE client machine against the figure of RFC 3261 §17.1.2.2. */
import assert from "node:assert/strict";
import { golden, stepText } from "../../../tests/support/golden_machine.ts";
import { type ClientInput, DEFAULT_TIMING } from "./machine.ts";
import { type NonInviteClientState, startNonInviteClient, stepNonInviteClient } from "./non_invite_client.ts";

const UNRELIABLE = { ...DEFAULT_TIMING, isReliable: false };
const RELIABLE = { ...DEFAULT_TIMING, isReliable: true };

const STATES: NonInviteClientState[] = [
  { name: "trying", timerEMs: 500 },
  { name: "proceeding" },
  { name: "completed" },
  { name: "terminated" },
];

const INPUTS: Record<string, ClientInput> = {
  "100": { kind: "response", statusCode: 100 },
  "200": { kind: "response", statusCode: 200 },
  "404": { kind: "response", statusCode: 404 },
  E: { kind: "timer", timer: "E" },
  F: { kind: "timer", timer: "F" },
  K: { kind: "timer", timer: "K" },
  fault: { kind: "fault" },
};

Deno.test("non-INVITE client: every state and input over UDP, as the figure draws them", () => {
  golden(
    stepNonInviteClient,
    { states: STATES, inputs: INPUTS, rules: UNRELIABLE },
    `
    trying     100   proceeding pass
    trying     200   completed stop E, start K 5000, pass
    trying     404   completed stop E, start K 5000, pass
    trying     E     trying send, start E 1000
    trying     F     terminated fail timeout
    trying     K     trying
    trying     fault terminated fail fault
    proceeding 100   proceeding pass
    proceeding 200   completed stop E, start K 5000, pass
    proceeding 404   completed stop E, start K 5000, pass
    proceeding E     proceeding send, start E 4000
    proceeding F     terminated fail timeout
    proceeding K     proceeding
    proceeding fault terminated fail fault
    completed  100   completed
    completed  200   completed
    completed  404   completed
    completed  E     completed
    completed  F     completed
    completed  K     terminated
    completed  fault completed
    terminated 100   terminated
    terminated 200   terminated
    terminated 404   terminated
    terminated E     terminated
    terminated F     terminated
    terminated K     terminated
    terminated fault terminated
  `,
  );
});

Deno.test("non-INVITE client over a reliable transport neither repeats nor lingers", () => {
  const started = startNonInviteClient(RELIABLE);
  assert.equal(stepText(started), "trying send, start F 32000");
  const answered = stepNonInviteClient(started.state, { kind: "response", statusCode: 200 }, RELIABLE);
  assert.equal(stepText(answered), "terminated pass");
});

Deno.test("timer E doubles up to T2, eleven requests in 32 s (RFC 3261 §17.1.2.2)", () => {
  let { state } = startNonInviteClient(UNRELIABLE);
  const waits = [500];
  for (let i = 0; i < 4; i++) {
    const step = stepNonInviteClient(state, { kind: "timer", timer: "E" }, UNRELIABLE);
    for (const effect of step.effects) if (effect.kind === "start") waits.push(effect.ms);
    state = step.state;
  }
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 4000]);
});
