/** Random histories: whatever two users, the network and chance do, every session ends once and nothing is left. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Session } from "../../src/sip/mod.ts";
import { Agent, BOB, type Recorder, sdp } from "../support/sip_office.ts";
import { VirtualNetwork } from "../support/virtual_network.ts";

const ACTIONS = [
  "ring",
  "ring with sdp",
  "ring reliably",
  "answer",
  "reject",
  "cancel",
  "end",
  "offer",
  "ask for offer",
  "answer offer",
  "refuse offer",
  "info",
] as const;

interface Step {
  readonly who: "alice" | "bob";
  readonly action: typeof ACTIONS[number];
  readonly waitMs: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  who: fc.constantFrom("alice", "bob"),
  action: fc.constantFrom(...ACTIONS),
  waitMs: fc.constantFrom(0, 3, 20, 400, 2500, 20_000),
});

const history = fc.record({
  steps: fc.array(step, { maxLength: 14 }),
  lossPercent: fc.constantFrom(0, 0, 20, 60),
  duplicatePercent: fc.constantFrom(0, 30),
  latePercent: fc.constantFrom(0, 30),
  isLateOffer: fc.boolean(),
  reliable: fc.constantFrom("off" as const, "supported" as const, "required" as const),
  hasTimer: fc.boolean(),
  seed: fc.nat(1_000_000),
});

function act(session: Session | undefined, action: Step["action"], label: string): void {
  if (!session) return;
  switch (action) {
    case "ring":
      return session.ring(180);
    case "ring with sdp":
      return session.ring(183, { sdp: sdp(label) });
    case "ring reliably":
      return session.ring(181, { reliable: true });
    case "answer":
      return session.answer({ sdp: sdp(label) });
    case "reject":
      return session.reject({ statusCode: 486 });
    case "cancel":
      return session.cancel();
    case "end":
      return session.end();
    case "offer":
      return session.offer(sdp(label));
    case "ask for offer":
      return session.offer();
    case "answer offer":
      return session.answerOffer(sdp(label));
    case "refuse offer":
      return session.refuseOffer({ statusCode: 488 });
    case "info":
      return session.request({ method: "INFO" });
    default:
      return action satisfies never;
  }
}

/** A network with losses that repeat with the seed. */
function roughNetwork(
  parts: { seed: number; lossPercent: number; duplicatePercent: number; latePercent: number },
) {
  const network = new VirtualNetwork();
  let state = parts.seed + 1;
  const chance = (percent: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648 < percent / 100;
  };
  network.fate = () => {
    if (chance(parts.lossPercent)) return { copies: 0 };
    return { copies: chance(parts.duplicatePercent) ? 2 : 1, lateMs: chance(parts.latePercent) ? 700 : 0 };
  };
  return network;
}

function assertEndedOnce(recorder: Recorder): void {
  const ends = recorder.events.filter((event) => event.startsWith("ended"));
  assert.equal(ends.length, 1, recorder.events.join(" | "));
  assert.match(recorder.events.at(-1) ?? "", /^ended/);
}

Deno.test("every session ends exactly once and neither timer nor transaction outlives it", async () => {
  await fc.assert(
    fc.asyncProperty(history, async (parts) => {
      const network = roughNetwork(parts);
      const alice = new Agent(network, "alice", { address: "10.0.0.1", seed: parts.seed });
      const bob = new Agent(network, "bob", { address: "10.0.0.2", seed: parts.seed + 1 });
      bob.options = { reliable: parts.reliable };
      alice.invite(BOB, {
        reliable: parts.reliable,
        ...(parts.isLateOffer ? {} : { sdp: sdp("a1") }),
        ...(parts.hasTimer ? { timer: { expiresSec: 90, minSec: 90 } } : {}),
      });
      for (const [index, { who, action, waitMs }] of parts.steps.entries()) {
        act((who === "alice" ? alice : bob).sessions.at(-1), action, `${who}${index}`);
        await network.run(waitMs);
      }
      alice.sessions[0]?.end();
      // An INVITE may still arrive as long as it is repeated.
      await network.run(35_000);
      for (const session of bob.sessions) session.end();
      await network.run(140_000);
      assert.equal(alice.log.filter((line) => line.includes("could not be dealt with")).join(), "");
      assert.equal(bob.log.filter((line) => line.includes("could not be dealt with")).join(), "");
      for (const recorder of [...alice.recorders, ...bob.recorders]) assertEndedOnce(recorder);
      for (const agent of [alice, bob]) {
        assert.deepEqual(agent.endpoint.counts(), {
          sessions: 0,
          clientTransactions: 0,
          serverTransactions: 0,
        });
      }
      assert.equal(network.clock.pending, 0);
    }),
    { numRuns: 150 },
  );
});
