/** The INVITE server machine against the figure of RFC 6026 §7.1 (which replaces that of RFC 3261 §17.2.1). */
import assert from "node:assert/strict";
import { golden, stepText } from "../../../tests/support/golden_machine.ts";
import { type InviteServerState, startInviteServer, stepInviteServer } from "./invite_server.ts";
import { DEFAULT_TIMING, type ServerInput } from "./machine.ts";

const UNRELIABLE = { ...DEFAULT_TIMING, isReliable: false };
const RELIABLE = { ...DEFAULT_TIMING, isReliable: true };

const STATES: InviteServerState[] = [
  { name: "proceeding", hasAnswered: true },
  { name: "accepted" },
  { name: "completed", timerGMs: 500 },
  { name: "confirmed" },
  { name: "terminated" },
];

const INPUTS: Record<string, ServerInput> = {
  INVITE: { kind: "request" },
  ACK: { kind: "ack" },
  "183": { kind: "respond", statusCode: 183 },
  "200": { kind: "respond", statusCode: 200 },
  "486": { kind: "respond", statusCode: 486 },
  G: { kind: "timer", timer: "G" },
  H: { kind: "timer", timer: "H" },
  I: { kind: "timer", timer: "I" },
  L: { kind: "timer", timer: "L" },
  fault: { kind: "fault" },
};

Deno.test("INVITE server: every state and input over UDP, as the figure draws them", () => {
  golden(
    stepInviteServer,
    { states: STATES, inputs: INPUTS, rules: UNRELIABLE },
    `
    proceeding INVITE proceeding send
    proceeding ACK    proceeding
    proceeding 183    proceeding stop trying, send
    proceeding 200    accepted send, start L 32000
    proceeding 486    completed send, start H 32000, start G 500
    proceeding G      proceeding
    proceeding H      proceeding
    proceeding I      proceeding
    proceeding L      proceeding
    proceeding fault  proceeding fail fault
    accepted   INVITE accepted
    accepted   ACK    accepted pass
    accepted   183    accepted
    accepted   200    accepted send
    accepted   486    accepted
    accepted   G      accepted
    accepted   H      accepted
    accepted   I      accepted
    accepted   L      terminated
    accepted   fault  accepted fail fault
    completed  INVITE completed send
    completed  ACK    confirmed stop G, start I 5000
    completed  183    completed
    completed  200    completed
    completed  486    completed
    completed  G      completed send, start G 1000
    completed  H      terminated fail timeout
    completed  I      completed
    completed  L      completed
    completed  fault  completed fail fault
    confirmed  INVITE confirmed
    confirmed  ACK    confirmed
    confirmed  183    confirmed
    confirmed  200    confirmed
    confirmed  486    confirmed
    confirmed  G      confirmed
    confirmed  H      confirmed
    confirmed  I      terminated
    confirmed  L      confirmed
    confirmed  fault  confirmed
    terminated INVITE terminated
    terminated ACK    terminated
    terminated 183    terminated
    terminated 200    terminated
    terminated 486    terminated
    terminated G      terminated
    terminated H      terminated
    terminated I      terminated
    terminated L      terminated
    terminated fault  terminated
  `,
  );
});

Deno.test("a 100 goes out by itself after 200 ms, or at the first retransmission, unless the user was quicker", () => {
  const started = startInviteServer();
  assert.equal(stepText(started), "proceeding pass, start trying 200");
  const timer: ServerInput = { kind: "timer", timer: "trying" };
  const late = stepInviteServer(started.state, timer, UNRELIABLE);
  assert.equal(stepText(late), "proceeding trying");
  assert.equal(stepText(stepInviteServer(late.state, timer, UNRELIABLE)), "proceeding");
  const again = stepInviteServer(started.state, { kind: "request" }, UNRELIABLE);
  assert.equal(stepText(again), "proceeding stop trying, trying");
  const rung = stepInviteServer(started.state, { kind: "respond", statusCode: 180 }, UNRELIABLE);
  assert.equal(stepText(stepInviteServer(rung.state, timer, UNRELIABLE)), "proceeding");
});

Deno.test("timer G doubles up to T2 (RFC 3261 §17.2.1)", () => {
  let state =
    stepInviteServer(startInviteServer().state, { kind: "respond", statusCode: 486 }, UNRELIABLE).state;
  const waits: number[] = [];
  for (let i = 0; i < 5; i++) {
    const step = stepInviteServer(state, { kind: "timer", timer: "G" }, UNRELIABLE);
    for (const effect of step.effects) if (effect.kind === "start") waits.push(effect.ms);
    state = step.state;
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 4000, 4000]);
});

Deno.test("over a reliable transport a refusal is not repeated and the ACK ends it at once", () => {
  const refused = stepInviteServer(startInviteServer().state, { kind: "respond", statusCode: 486 }, RELIABLE);
  assert.equal(stepText(refused), "completed send, start H 32000");
  assert.equal(stepText(stepInviteServer(refused.state, { kind: "ack" }, RELIABLE)), "terminated");
});
