/** Calls between two user agents over a virtual network, shaped like RFC 3665 §3, with what networks do to them. */
import assert from "node:assert/strict";
import { Puppet } from "../support/puppet.ts";
import { Agent, BOB, establish, sdp, twoAgents, WHO } from "../support/sip_office.ts";
import { VirtualNetwork } from "../support/virtual_network.ts";

const NOTHING = { sessions: 0, clientTransactions: 0, serverTransactions: 0 };

/** Lets everything run out and makes sure that nobody remembers anything. */
async function assertClean(network: VirtualNetwork, ...agents: Agent[]): Promise<void> {
  await network.run(70_000);
  for (const agent of agents) {
    assert.deepEqual(agent.endpoint.counts(), NOTHING);
    assert.deepEqual(agent.log, []);
  }
  assert.equal(network.clock.pending, 0);
}

Deno.test("a call is set up with ringing and ended by the caller (RFC 3665 §3.1)", async () => {
  const { network, alice, bob } = twoAgents();
  alice.invite(BOB, { sdp: sdp("a1") });
  await network.run(50);
  bob.session.ring(180);
  await network.run(50);
  bob.session.answer({ sdp: sdp("b1") });
  await network.run(50);
  assert.equal(alice.session.state, "confirmed");
  assert.equal(bob.session.state, "confirmed");
  alice.session.end();
  await network.run(100);
  assert.deepEqual(alice.events, ["progress 180", "answered 200 [b1]", "ended us bye"]);
  assert.deepEqual(bob.events, ["acknowledged", "ended peer bye"]);
  assert.deepEqual(network.ladder(WHO), [
    "A>B INVITE",
    "B>A 100 INVITE",
    "B>A 180 INVITE",
    "B>A 200 INVITE",
    "A>B ACK",
    "A>B BYE",
    "B>A 200 BYE",
  ]);
  await assertClean(network, alice, bob);
});

Deno.test("the called side may hang up, with its reason", async () => {
  const { network, alice, bob } = twoAgents();
  await establish({ network, alice, bob });
  bob.session.end([["Reason", 'Q.850;cause=16;text="bye now"']]);
  await network.run(100);
  const end = alice.recorder.end;
  assert.ok(end?.cause === "bye" && end.by === "peer");
  assert.equal(end.request?.headers.get("Reason"), 'Q.850;cause=16;text="bye now"');
  await assertClean(network, alice, bob);
});

Deno.test("a busy callee refuses, the refusal is acknowledged and both forget (RFC 3665 §3.9)", async () => {
  const { network, alice, bob } = twoAgents();
  bob.onSession = (session) => session.reject({ statusCode: 486 });
  alice.invite(BOB, { sdp: sdp("a1") });
  await network.run(100);
  assert.deepEqual(alice.events, ["ended peer rejected 486"]);
  assert.deepEqual(bob.events, ["ended us rejected 486"]);
  assert.deepEqual(network.ladder(WHO), ["A>B INVITE", "B>A 100 INVITE", "B>A 486 INVITE", "A>B ACK"]);
  await assertClean(network, alice, bob);
});

Deno.test("a caller gives up while it rings: CANCEL, 200, 487, ACK (RFC 3665 §3.8)", async () => {
  const { network, alice, bob } = twoAgents();
  bob.onSession = (session) => session.ring(180);
  alice.invite(BOB, { sdp: sdp("a1") });
  await network.run(50);
  alice.session.cancel([["Reason", "SIP;cause=200"]]);
  await network.run(50);
  assert.deepEqual(alice.events, ["progress 180", "ended us rejected 487"]);
  assert.deepEqual(bob.events, ["ended peer cancelled"]);
  const end = bob.recorder.end;
  assert.ok(end?.cause === "cancelled" && end.request?.headers.get("Reason") === "SIP;cause=200");
  assert.deepEqual(network.ladder(WHO).slice(3), [
    "A>B CANCEL",
    "B>A 200 CANCEL",
    "B>A 487 INVITE",
    "A>B ACK",
  ]);
  await assertClean(network, alice, bob);
});

Deno.test("CANCEL waits for the first provisional response (RFC 3261 §9.1)", async () => {
  const { network, alice, bob } = twoAgents();
  network.fate = (packet) => packet.name.startsWith("1") ? { lateMs: 300 } : undefined;
  alice.invite(BOB, { sdp: sdp("a1") });
  await network.run(5);
  alice.session.cancel();
  await network.run(200);
  assert.ok(!network.ladder(WHO).includes("A>B CANCEL"));
  await network.run(500);
  assert.ok(network.ladder(WHO).includes("A>B CANCEL"));
  assert.deepEqual(alice.events, ["ended us rejected 487"]);
  await assertClean(network, alice, bob);
});

Deno.test("a call cancelled before anything went out sends nothing", async () => {
  const { network, alice, bob } = twoAgents();
  alice.invite(BOB, { sdp: sdp("a1") });
  alice.session.cancel();
  await network.run(1000);
  assert.deepEqual(network.sent, []);
  assert.deepEqual(alice.events, ["ended us rejected 487"]);
  await assertClean(network, alice, bob);
});

Deno.test("a 200 that crosses the CANCEL is acknowledged and ended with BYE", async () => {
  const { network, alice, bob } = twoAgents();
  bob.onSession = (session) => session.ring(180);
  alice.invite(BOB, { sdp: sdp("a1") });
  await network.run(50);
  alice.session.cancel();
  bob.session.answer({ sdp: sdp("b1") });
  await network.run(100);
  assert.deepEqual(alice.events, ["progress 180", "ended us bye"]);
  assert.deepEqual(bob.events, ["acknowledged", "ended peer bye"]);
  assert.ok(network.ladder(WHO).includes("B>A 200 CANCEL"));
  await assertClean(network, alice, bob);
});

Deno.test("a callee that vanishes while ringing does not keep a cancelled call for ever", async () => {
  const { network, alice, bob } = twoAgents();
  bob.onSession = (session) => session.ring(180);
  alice.invite(BOB, { sdp: sdp("a1") });
  await network.run(50);
  network.remove(bob.host);
  alice.session.cancel();
  await network.run(33_000);
  assert.deepEqual(alice.events, ["progress 180", "ended us rejected 487"]);
  bob.session.end();
  await assertClean(network, alice, bob);
});

Deno.test("a callee that goes on ringing after CANCEL does not keep the call beyond 64·T1 (RFC 3261 §9.1)", async () => {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  const deaf = new Puppet(network, { address: "10.0.0.2", peer: "10.0.0.1" });
  alice.invite(BOB, { sdp: sdp("a1") });
  await network.run(20);
  deaf.reply(deaf.request("INVITE"), 180);
  await network.run(20);
  alice.session.cancel();
  for (let i = 0; i < 33; i++) {
    await network.run(1000);
    deaf.reply(deaf.request("INVITE"), 180);
  }
  assert.deepEqual(alice.events, ["progress 180", "ended us rejected 487"]);
  await assertClean(network, alice);
});

Deno.test("BYEs that cross are both answered and each side ends once", async () => {
  const { network, alice, bob } = twoAgents();
  await establish({ network, alice, bob });
  alice.session.end();
  bob.session.end();
  await network.run(100);
  assert.deepEqual(alice.events.slice(-1), ["ended us bye"]);
  assert.deepEqual(bob.events.slice(-1), ["ended us bye"]);
  assert.equal(network.ladder(WHO).filter((line) => line.includes("200 BYE")).length, 2);
  await assertClean(network, alice, bob);
});

Deno.test("every UDP packet arriving three times makes no second call and no second event", async () => {
  const { network, alice, bob } = twoAgents();
  network.fate = () => ({ copies: 3 });
  bob.onSession = (session) => {
    session.ring(180);
    session.answer({ sdp: sdp("b1") });
  };
  alice.invite(BOB, { sdp: sdp("a1") });
  await network.run(1000);
  alice.session.end();
  await network.run(1000);
  assert.equal(bob.sessions.length, 1);
  assert.deepEqual(alice.events, ["progress 180", "answered 200 [b1]", "ended us bye"]);
  assert.deepEqual(bob.events, ["acknowledged", "ended peer bye"]);
  await assertClean(network, alice, bob);
});

Deno.test("a lost INVITE is repeated after T1", async () => {
  const { network, alice, bob } = twoAgents();
  let losses = 2;
  network.fate = (packet) => packet.name === "INVITE" && losses-- > 0 ? { copies: 0 } : undefined;
  await establish({ network, alice, bob });
  assert.equal(bob.sessions.length, 0);
  await network.run(1500);
  assert.equal(alice.session.state, "confirmed");
  assert.deepEqual(network.sent.filter((packet) => packet.name === "INVITE").map((packet) => packet.atMs), [
    1_000_000,
    1_000_500,
    1_001_500,
  ]);
});

Deno.test("a lost 200 is repeated by the called side until the ACK comes", async () => {
  const { network, alice, bob } = twoAgents();
  let losses = 2;
  network.fate = (packet) => packet.name === "200 INVITE" && losses-- > 0 ? { copies: 0 } : undefined;
  await establish({ network, alice, bob });
  await network.run(2000);
  assert.deepEqual(alice.events, ["answered 200 [b1]"]);
  assert.equal(bob.session.state, "confirmed");
  assert.equal(network.ladder(WHO).filter((line) => line === "A>B ACK").length, 1);
});

Deno.test("a lost ACK is sent again for each 200 that comes again", async () => {
  const { network, alice, bob } = twoAgents();
  let losses = 2;
  network.fate = (packet) => packet.name === "ACK" && losses-- > 0 ? { copies: 0 } : undefined;
  await establish({ network, alice, bob });
  await network.run(2000);
  assert.deepEqual(bob.events, ["acknowledged"]);
  assert.deepEqual(alice.events, ["answered 200 [b1]"]);
  const acks = network.sent.filter((packet) => packet.name === "ACK");
  assert.equal(acks.length, 3);
  // The same ACK, not a new request: same branch.
  assert.equal(new Set(acks.map((packet) => packet.message.headers.get("Via"))).size, 1);
  await network.run(40_000);
  assert.equal(bob.session.state, "confirmed");
});

Deno.test("without any ACK the called side hangs up after 64·T1 (RFC 3261 §13.3.1.4)", async () => {
  const { network, alice, bob } = twoAgents();
  network.fate = (packet) => packet.name === "ACK" ? { copies: 0 } : undefined;
  await establish({ network, alice, bob });
  await network.run(31_000);
  assert.deepEqual(bob.events, []);
  await network.run(1500);
  assert.deepEqual(bob.events, ["ended network no ack"]);
  assert.deepEqual(alice.events, ["answered 200 [b1]", "ended peer bye"]);
  await assertClean(network, alice, bob);
});

Deno.test("the called side that hangs up before the ACK says BYE only when it has come", async () => {
  const { network, alice, bob } = twoAgents();
  bob.onSession = (session) => {
    session.answer({ sdp: sdp("b1") });
    session.end();
  };
  network.fate = (packet) => packet.name === "ACK" ? { lateMs: 200 } : undefined;
  alice.invite(BOB, { sdp: sdp("a1") });
  await network.run(150);
  assert.deepEqual(bob.events, ["ended us bye"]);
  assert.ok(!network.ladder(WHO).includes("B>A BYE"));
  await network.run(300);
  assert.ok(network.ladder(WHO).includes("B>A BYE"));
  assert.deepEqual(alice.events, ["answered 200 [b1]", "ended peer bye"]);
  await assertClean(network, alice, bob);
});

Deno.test("nobody there: the call ends after 64·T1 with timeout", async () => {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  alice.invite(BOB, { sdp: sdp("a1") });
  await network.run(31_900);
  assert.deepEqual(alice.events, []);
  await network.run(200);
  assert.deepEqual(alice.events, ["ended network timeout"]);
  await assertClean(network, alice);
});

Deno.test("a name that nobody knows is unresolved, and is told later than the call", async () => {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  alice.invite("sip:bob@nowhere.example", { sdp: sdp("a1") });
  assert.deepEqual(alice.events, []);
  await network.run(10);
  assert.deepEqual(alice.events, ["ended network unresolved"]);
  await assertClean(network, alice);
});

Deno.test("a late offer: the callee offers in its 200, the caller answers in the ACK (RFC 3665 §3.6)", async () => {
  const { network, alice, bob } = twoAgents();
  bob.onSession = (session) => session.answer({ sdp: sdp("b-offer") });
  alice.invite(BOB);
  await network.run(50);
  assert.deepEqual(alice.events, ["answered 200 offer [b-offer]"]);
  assert.equal(alice.session.state, "answered");
  assert.ok(alice.session.isNegotiating);
  alice.session.answerOffer(sdp("a-answer"));
  await network.run(50);
  assert.deepEqual(bob.events, ["acknowledged [a-answer]"]);
  assert.equal(alice.session.state, "confirmed");
  assert.ok(!alice.session.isNegotiating && !bob.session.isNegotiating);
});

Deno.test("an unanswered late offer is still acknowledged before the BYE", async () => {
  const { network, alice, bob } = twoAgents();
  bob.onSession = (session) => session.answer({ sdp: sdp("b-offer") });
  alice.invite(BOB);
  await network.run(50);
  alice.session.end();
  await network.run(50);
  assert.deepEqual(network.ladder(WHO).slice(-3), ["A>B ACK", "A>B BYE", "B>A 200 BYE"]);
  await assertClean(network, alice, bob);
});

Deno.test("forked: the first 200 wins, the second dialog is acknowledged and ended with BYE", async () => {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  const fork = new Puppet(network, { address: "10.0.0.2", peer: "10.0.0.1" });
  alice.invite(BOB, { sdp: sdp("a1") });
  await network.run(20);
  const invite = fork.request("INVITE");
  fork.reply(invite, 180, { tag: "one" });
  fork.reply(invite, 183, { tag: "two", body: sdp("two-early") });
  await network.run(20);
  fork.reply(invite, 200, { tag: "two", body: sdp("two") });
  fork.reply(invite, 200, { tag: "one", body: sdp("one") });
  await network.run(50);
  assert.deepEqual(alice.events, ["progress 180", "progress 183 [two-early]", "answered 200 [two]"]);
  const after = fork.received.slice(1).filter((message) => message.kind === "request");
  assert.deepEqual(
    after.map((message) => `${message.kind === "request" && message.method} ${message.headers.get("To")}`),
    [
      "ACK <sip:bob@10.0.0.2>;tag=two",
      "ACK <sip:bob@10.0.0.2>;tag=one",
      "BYE <sip:bob@10.0.0.2>;tag=one",
    ],
  );
  assert.equal(alice.session.remoteTag, "two");
});

Deno.test("every method is harmless once a session has ended", async () => {
  const { network, alice, bob } = twoAgents();
  await establish({ network, alice, bob });
  alice.session.end();
  await network.run(100);
  const events = [...alice.events, ...bob.events];
  for (const session of [alice.session, bob.session]) {
    session.ring(180);
    session.answer({ sdp: sdp("x") });
    session.reject({ statusCode: 486 });
    session.cancel();
    session.end();
    session.offer(sdp("x"));
    session.offer();
    session.answerOffer(sdp("x"));
    session.refuseOffer({ statusCode: 488 });
    session.request({ method: "INFO" });
    assert.equal(session.isNegotiating, false);
  }
  await assertClean(network, alice, bob);
  assert.deepEqual([...alice.events, ...bob.events], events);
});

Deno.test("the business that never answers a call does not keep it beyond an hour", async () => {
  const { network, alice, bob } = twoAgents();
  bob.onSession = (session) => session.ring(180);
  alice.invite(BOB, { sdp: sdp("a1") });
  await network.run(100_000);
  // Repeated every minute, or proxies on the way would drop the call (RFC 3261 §13.3.1.1).
  assert.equal(network.ladder(WHO).filter((line) => line === "B>A 180 INVITE").length, 2);
  assert.deepEqual(alice.events, ["progress 180"]);
  await network.run(3_700_000);
  assert.equal(alice.events.at(-1), "ended peer rejected 480");
  assert.equal(bob.events.at(-1), "ended network timeout");
  await assertClean(network, alice, bob);
});
