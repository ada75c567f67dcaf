/** A peer that says anything at any time: nothing throws, every session ends once, nothing is left. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Session } from "../../src/sip/mod.ts";
import { Puppet, tagged } from "../support/puppet.ts";
import { address, Agent, ALICE, BOB, sdp } from "../support/sip_office.ts";
import { VirtualNetwork } from "../support/virtual_network.ts";

const header = fc.constantFrom<readonly (readonly [string, string])[]>(
  [],
  [["Require", "100rel"], ["RSeq", "1"]],
  [["Require", "100rel"], ["RSeq", "2"]],
  [["Require", "100rel"], ["RSeq", "4294967296999"]],
  [["Supported", "100rel, timer"], ["Session-Expires", "90;refresher=uac"]],
  [["Supported", "timer"], ["Session-Expires", "10"]],
  [["Session-Expires", "x;refresher=uas"], ["Min-SE", "-1"]],
  [["Allow", "INVITE, UPDATE, PRACK"]],
  [["RAck", "1 1 INVITE"]],
  [["RAck", "99999999999 x"]],
  [["Retry-After", "1"]],
  [["Min-SE", "1800"]],
  [["Contact", "<sip:127.0.0.1:1;transport=tcp>"]],
  [["Contact", "*"]],
  [["Record-Route", "<sip:10.0.0.2;lr>, <sip:10.0.0.2>"]],
  [["WWW-Authenticate", 'Digest realm="r", nonce="n"'], ["Proxy-Authenticate", "Digest broken"]],
  [["Content-Type", "multipart/mixed"]],
);

const METHODS = [
  "INVITE",
  "ACK",
  "BYE",
  "CANCEL",
  "PRACK",
  "UPDATE",
  "INFO",
  "OPTIONS",
  "REFER",
  "XYZ",
] as const;

const move = fc.record({
  kind: fc.constantFrom("reply", "request", "act"),
  statusCode: fc.constantFrom(100, 180, 183, 200, 202, 302, 401, 407, 408, 422, 481, 486, 491, 500, 503, 603),
  method: fc.constantFrom(...METHODS),
  tag: fc.constantFrom("puppet", "other"),
  sequence: fc.integer({ min: 0, max: 12 }),
  hasSdp: fc.boolean(),
  headers: header,
  pick: fc.nat(8),
  waitMs: fc.constantFrom(0, 6, 600, 5000, 33_000),
});

type Move = typeof move extends fc.Arbitrary<infer T> ? T : never;

function act(session: Session | undefined, pick: number): void {
  if (!session) return;
  const actions: (() => void)[] = [
    () => session.ring(180),
    () => session.ring(183, { sdp: sdp("early") }),
    () => session.answer({ sdp: sdp("answer") }),
    () => session.offer(sdp("offer")),
    () => session.offer(),
    () => session.answerOffer(sdp("reply")),
    () => session.refuseOffer({ statusCode: 488 }),
    () => session.request({ method: "INFO" }),
    () => session.cancel(),
  ];
  actions[pick]?.();
}

/** One move of the peer, or of our own user. */
function play(puppet: Puppet, session: Session | undefined, each: Move): void {
  const { headers, tag, sequence } = each;
  const extra = { headers, ...(each.hasSdp ? { body: sdp("puppet") } : {}) };
  if (each.kind === "act") return act(session, each.pick);
  if (each.kind === "reply") {
    const requests = puppet.received.filter((message) =>
      message.kind === "request" && message.method !== "ACK"
    );
    const request = requests[requests.length - 1 - each.pick % 3];
    if (request?.kind === "request") puppet.reply(request, each.statusCode, { ...extra, tag });
    return;
  }
  puppet.send(each.method, {
    ...extra,
    sequence,
    requestUri: ALICE,
    branch: `z9hG4bK${each.pick}`,
    ...(session
      ? {
        callId: session.callId,
        to: tagged(address(ALICE), session.localTag),
        from: tagged(address(BOB), session.remoteTag ?? tag),
      }
      : {}),
  });
}

async function assertAllEnds(network: VirtualNetwork, alice: Agent): Promise<void> {
  for (const session of alice.sessions) session.end();
  await network.run(35_000);
  for (const session of alice.sessions) session.end();
  await network.run(140_000);
  assert.deepEqual(alice.log.filter((line) => line.includes("could not be dealt with")), []);
  for (const { events } of alice.recorders) {
    assert.equal(events.filter((event) => event.startsWith("ended")).length, 1, events.join(" | "));
    assert.match(events.at(-1) ?? "", /^ended/);
  }
  assert.deepEqual(alice.endpoint.counts(), { sessions: 0, clientTransactions: 0, serverTransactions: 0 });
  assert.equal(network.clock.pending, 0);
}

Deno.test("a called peer that says anything at any time leaves nothing behind", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(move, { maxLength: 20 }), fc.boolean(), async (moves, isLateOffer) => {
      const network = new VirtualNetwork();
      const alice = new Agent(network, "alice", { address: "10.0.0.1" });
      const puppet = new Puppet(network, { address: "10.0.0.2", peer: "10.0.0.1" });
      alice.invite(BOB, {
        ...(isLateOffer ? {} : { sdp: sdp("a1") }),
        credentials: { username: "alice", password: "secret" },
      });
      await network.run(10);
      for (const each of moves) {
        play(puppet, alice.sessions.at(-1), each);
        await network.run(each.waitMs);
      }
      await assertAllEnds(network, alice);
    }),
    { numRuns: 200 },
  );
});

Deno.test("a calling peer that says anything at any time leaves nothing behind", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(move, { maxLength: 20 }), fc.boolean(), async (moves, hasTimer) => {
      const network = new VirtualNetwork();
      const alice = new Agent(network, "alice", { address: "10.0.0.1" });
      const puppet = new Puppet(network, { address: "10.0.0.2", peer: "10.0.0.1" });
      if (hasTimer) alice.options = { timer: { expiresSec: 120, minSec: 90 } };
      puppet.send("INVITE", {
        requestUri: ALICE,
        body: sdp("p1"),
        branch: "z9hG4bK0",
        headers: [["Supported", "100rel"]],
      });
      await network.run(10);
      for (const each of moves) {
        play(puppet, alice.sessions.at(-1), each);
        await network.run(each.waitMs);
      }
      await assertAllEnds(network, alice);
    }),
    { numRuns: 200 },
  );
});
