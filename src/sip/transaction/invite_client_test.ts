/** The INVITE client machine against the figures of RFC 3261 §17.1.1.2 and RFC 6026 §8.4. */
import assert from "node:assert/strict";
import { golden, stepText } from "../../../tests/support/golden_machine.ts";
import { type InviteClientState, startInviteClient, stepInviteClient } from "./invite_client.ts";
import { type ClientInput, DEFAULT_TIMING } from "./machine.ts";

const UNRELIABLE = { ...DEFAULT_TIMING, isReliable: false };
const RELIABLE = { ...DEFAULT_TIMING, isReliable: true };

const STATES: InviteClientState[] = [
  { name: "calling", timerAMs: 500 },
  { name: "proceeding" },
  { name: "accepted" },
  { name: "completed" },
  { name: "terminated" },
];

const INPUTS: Record<string, ClientInput> = {
  "100": { kind: "response", statusCode: 100 },
  "180": { kind: "response", statusCode: 180 },
  "200": { kind: "response", statusCode: 200 },
  "302": { kind: "response", statusCode: 302 },
  "486": { kind: "response", statusCode: 486 },
  "603": { kind: "response", statusCode: 603 },
  A: { kind: "timer", timer: "A" },
  B: { kind: "timer", timer: "B" },
  D: { kind: "timer", timer: "D" },
  M: { kind: "timer", timer: "M" },
  fault: { kind: "fault" },
};

Deno.test("INVITE client: every state and input over UDP, as the figure draws them", () => {
  golden(
    stepInviteClient,
    { states: STATES, inputs: INPUTS, rules: UNRELIABLE },
    `
    calling    100   proceeding stop A, stop B, pass
    calling    180   proceeding stop A, stop B, pass
    calling    200   accepted stop A, start M 32000, pass
    calling    302   completed ack, stop A, start D 32000, pass
    calling    486   completed ack, stop A, start D 32000, pass
    calling    603   completed ack, stop A, start D 32000, pass
    calling    A     calling send, start A 1000
    calling    B     terminated fail timeout
    calling    D     calling
    calling    M     calling
    calling    fault terminated fail fault
    proceeding 100   proceeding pass
    proceeding 180   proceeding pass
    proceeding 200   accepted stop A, start M 32000, pass
    proceeding 302   completed ack, stop A, start D 32000, pass
    proceeding 486   completed ack, stop A, start D 32000, pass
    proceeding 603   completed ack, stop A, start D 32000, pass
    proceeding A     proceeding
    proceeding B     proceeding
    proceeding D     proceeding
    proceeding M     proceeding
    proceeding fault proceeding
    accepted   100   accepted
    accepted   180   accepted
    accepted   200   accepted pass
    accepted   302   accepted
    accepted   486   accepted
    accepted   603   accepted
    accepted   A     accepted
    accepted   B     accepted
    accepted   D     accepted
    accepted   M     terminated
    accepted   fault accepted
    completed  100   completed
    completed  180   completed
    completed  200   completed
    completed  302   completed ack
    completed  486   completed ack
    completed  603   completed ack
    completed  A     completed
    completed  B     completed
    completed  D     terminated
    completed  M     completed
    completed  fault terminated fail fault
    terminated 100   terminated
    terminated 180   terminated
    terminated 200   terminated
    terminated 302   terminated
    terminated 486   terminated
    terminated 603   terminated
    terminated A     terminated
    terminated B     terminated
    terminated D     terminated
    terminated M     terminated
    terminated fault terminated
  `,
  );
});

Deno.test("INVITE client over a reliable transport starts no timer A and lingers only for further 2xx", () => {
  assert.equal(stepText(startInviteClient(RELIABLE)), "calling send, start B 32000");
  assert.equal(stepText(startInviteClient(UNRELIABLE)), "calling send, start B 32000, start A 500");
  const calling = startInviteClient(RELIABLE).state;
  const refused = stepInviteClient(calling, { kind: "response", statusCode: 486 }, RELIABLE);
  assert.equal(stepText(refused), "terminated ack, pass");
  const accepted = stepInviteClient(calling, { kind: "response", statusCode: 200 }, RELIABLE);
  assert.equal(stepText(accepted), "accepted stop A, start M 32000, pass");
});

Deno.test("timer A doubles with every retransmission and has no ceiling (RFC 3261 §17.1.1.2)", () => {
  let { state } = startInviteClient(UNRELIABLE);
  const waits: number[] = [];
  for (let i = 0; i < 6; i++) {
    const step = stepInviteClient(state, { kind: "timer", timer: "A" }, UNRELIABLE);
    for (const effect of step.effects) if (effect.kind === "start") waits.push(effect.ms);
    state = step.state;
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16000, 32000]);
});
