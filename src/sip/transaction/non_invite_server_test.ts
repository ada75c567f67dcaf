/** The non-INVITE server machine against the figure of RFC 3261 §17.2.2. */
import assert from "node:assert/strict";
import { golden, stepText } from "../../../tests/support/golden_machine.ts";
import { DEFAULT_TIMING, type ServerInput } from "./machine.ts";
import { type NonInviteServerState, startNonInviteServer, stepNonInviteServer } from "./non_invite_server.ts";

const UNRELIABLE = { ...DEFAULT_TIMING, isReliable: false };
const RELIABLE = { ...DEFAULT_TIMING, isReliable: true };

const STATES: NonInviteServerState[] = [
  { name: "trying" },
  { name: "proceeding" },
  { name: "completed" },
  { name: "terminated" },
];

const INPUTS: Record<string, ServerInput> = {
  request: { kind: "request" },
  "100": { kind: "respond", statusCode: 100 },
  "200": { kind: "respond", statusCode: 200 },
  "404": { kind: "respond", statusCode: 404 },
  ACK: { kind: "ack" },
  J: { kind: "timer", timer: "J" },
  fault: { kind: "fault" },
};

Deno.test("non-INVITE server: every state and input over UDP, as the figure draws them", () => {
  golden(
    stepNonInviteServer,
    { states: STATES, inputs: INPUTS, rules: UNRELIABLE },
    `
    trying     request trying
    trying     100     proceeding send
    trying     200     completed send, start J 32000
    trying     404     completed send, start J 32000
    trying     ACK     trying
    trying     J       trying
    trying     fault   trying
    proceeding request proceeding send
    proceeding 100     proceeding send
    proceeding 200     completed send, start J 32000
    proceeding 404     completed send, start J 32000
    proceeding ACK     proceeding
    proceeding J       proceeding
    proceeding fault   terminated fail fault
    completed  request completed send
    completed  100     completed
    completed  200     completed
    completed  404     completed
    completed  ACK     completed
    completed  J       terminated
    completed  fault   terminated fail fault
    terminated request terminated
    terminated 100     terminated
    terminated 200     terminated
    terminated 404     terminated
    terminated ACK     terminated
    terminated J       terminated
    terminated fault   terminated
  `,
  );
});

Deno.test("non-INVITE server over a reliable transport forgets with its final response", () => {
  const answered = stepNonInviteServer(
    startNonInviteServer().state,
    { kind: "respond", statusCode: 200 },
    RELIABLE,
  );
  assert.equal(stepText(answered), "terminated send");
});
