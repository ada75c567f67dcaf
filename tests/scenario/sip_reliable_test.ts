/** Reliable provisional responses and PRACK, both sides (RFC 3262). */
import assert from "node:assert/strict";
import { Puppet } from "../support/puppet.ts";
import { Agent, ALICE, BOB, sdp, twoAgents, WHO } from "../support/sip_office.ts";
import { VirtualNetwork } from "../support/virtual_network.ts";

Deno.test("early media goes out reliably where both sides can, and is acknowledged by PRACK", async () => {
  const { network, alice, bob } = twoAgents();
  bob.onSession = (session) => session.ring(183, { sdp: sdp("b1") });
  alice.invite(BOB, { sdp: sdp("a1") });
  await network.run(100);
  bob.session.answer();
  await network.run(100);
  assert.deepEqual(network.ladder(WHO), [
    "A>B INVITE",
    "B>A 100 INVITE",
    "B>A 183 INVITE",
    "A>B PRACK",
    "B>A 200 PRACK",
    "B>A 200 INVITE",
    "A>B ACK",
  ]);
  assert.deepEqual(alice.events, ["progress 183 [b1]", "answered 200"]);
  assert.deepEqual(bob.events, ["acknowledged", "acknowledged"]);
});

Deno.test("a plain 180 needs no PRACK unless the peer demands it", async () => {
  const { network, alice, bob } = twoAgents();
  bob.onSession = (session) => session.ring(180);
  alice.invite(BOB, { sdp: sdp("a1") });
  await network.run(100);
  assert.ok(!network.ladder(WHO).includes("A>B PRACK"));
  alice.invite(BOB, { sdp: sdp("a1"), reliable: "required" });
  await network.run(100);
  assert.ok(network.ladder(WHO).includes("A>B PRACK"));
});

Deno.test("whoever switches it off neither offers nor uses it", async () => {
  const { network, alice, bob } = twoAgents();
  bob.onSession = (session) => session.ring(183, { sdp: sdp("b1") });
  alice.invite(BOB, { sdp: sdp("a1"), reliable: "off" });
  await network.run(100);
  const invite = bob.session.invite;
  assert.equal(invite.headers.get("Supported"), "timer");
  bob.session.answer();
  await network.run(100);
  // The answer that went out unreliably is repeated in the 200.
  assert.deepEqual(alice.events, ["progress 183 [b1]", "answered 200 [b1]"]);
  assert.ok(!network.ladder(WHO).includes("A>B PRACK"));
});

Deno.test("a lost reliable response is repeated until its PRACK, and the repetition is not told twice", async () => {
  const { network, alice, bob } = twoAgents();
  let losses = 2;
  network.fate = (packet) => packet.name === "PRACK" && losses-- > 0 ? { copies: 0 } : undefined;
  bob.onSession = (session) => session.ring(183, { sdp: sdp("b1") });
  alice.invite(BOB, { sdp: sdp("a1") });
  await network.run(3000);
  assert.deepEqual(alice.events, ["progress 183 [b1]"]);
  assert.deepEqual(bob.events, ["acknowledged"]);
});

Deno.test("no PRACK in 64·T1: the INVITE is refused with 504 (RFC 3262 §3)", async () => {
  const { network, alice, bob } = twoAgents();
  network.fate = (packet) => packet.name === "PRACK" ? { copies: 0 } : undefined;
  bob.onSession = (session) => session.ring(183, { sdp: sdp("b1") });
  alice.invite(BOB, { sdp: sdp("a1") });
  await network.run(33_000);
  assert.deepEqual(bob.events, ["ended network no ack"]);
  assert.equal(alice.events.at(-1), "ended peer rejected 504");
});

Deno.test("an answer waits for the PRACK of a response with SDP, further responses wait in line", async () => {
  const { network, alice, bob } = twoAgents();
  network.fate = (packet) => packet.name === "PRACK" ? { lateMs: 300 } : undefined;
  bob.onSession = (session) => {
    session.ring(183, { sdp: sdp("b1") });
    session.ring(180, { reliable: true });
    session.answer();
  };
  alice.invite(BOB, { sdp: sdp("a1") });
  await network.run(200);
  assert.ok(!network.ladder(WHO).some((line) => line === "B>A 180 INVITE" || line === "B>A 200 INVITE"));
  await network.run(1500);
  assert.equal(alice.session.state, "confirmed");
  assert.deepEqual(alice.events.filter((event) => event.startsWith("answered")), ["answered 200"]);
});

Deno.test("a late offer may travel in a reliable 183 and its answer in the PRACK", async () => {
  const { network, alice, bob } = twoAgents();
  bob.onSession = (session) => session.ring(183, { sdp: sdp("b-offer") });
  alice.invite(BOB);
  await network.run(100);
  assert.deepEqual(alice.events, ["progress 183 offer [b-offer]"]);
  assert.ok(!network.ladder(WHO).includes("A>B PRACK"));
  alice.session.answerOffer(sdp("a-answer"));
  await network.run(100);
  assert.deepEqual(bob.events, ["acknowledged [a-answer]"]);
  bob.session.answer();
  await network.run(100);
  assert.equal(alice.events.at(-1), "answered 200");
});

Deno.test("without 100rel a late offer waits for the 200: an offer must not get lost", async () => {
  const { network, alice, bob } = twoAgents();
  bob.onSession = (session) => session.ring(183, { sdp: sdp("b-offer") });
  alice.invite(BOB, { reliable: "off" });
  await network.run(100);
  assert.deepEqual(alice.events, ["progress 183"]);
  bob.session.answer({ sdp: sdp("b-offer") });
  await network.run(100);
  assert.equal(alice.events.at(-1), "answered 200 offer [b-offer]");
});

/** Alice called a puppet that will answer by hand. */
async function withPuppet() {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  const puppet = new Puppet(network, { address: "10.0.0.2", peer: "10.0.0.1" });
  alice.invite(BOB, { sdp: sdp("a1") });
  await network.run(20);
  return { network, alice, puppet, invite: puppet.request("INVITE") };
}

const reliable = (sequence: number) => [["Require", "100rel"], ["RSeq", String(sequence)]] as const;

Deno.test("a peer that demands 100rel and then answers 405 to PRACK keeps its call", async () => {
  for (const statusCode of [405, 481, 501, 500]) {
    const { network, alice, puppet, invite } = await withPuppet();
    puppet.reply(invite, 183, { body: sdp("p1"), headers: reliable(7) });
    await network.run(20);
    puppet.reply(puppet.request("PRACK"), statusCode);
    await network.run(20);
    puppet.reply(invite, 200, { body: sdp("p1") });
    await network.run(20);
    assert.equal(alice.session.state, "confirmed");
    assert.deepEqual(alice.events, ["progress 183 [p1]", "answered 200"]);
  }
});

Deno.test("a peer that never answers PRACK keeps its call", async () => {
  const { network, alice, puppet, invite } = await withPuppet();
  puppet.reply(invite, 183, { body: sdp("p1"), headers: reliable(7) });
  await network.run(40_000);
  puppet.reply(invite, 200, { body: sdp("p1") });
  await network.run(20);
  assert.equal(alice.session.state, "confirmed");
});

Deno.test("reliable responses out of order are dropped, those in order acknowledged once (RFC 3262 §4)", async () => {
  const { network, alice, puppet, invite } = await withPuppet();
  puppet.reply(invite, 180, { headers: reliable(7) });
  puppet.reply(invite, 180, { headers: reliable(7) });
  puppet.reply(invite, 182, { headers: reliable(9) });
  puppet.reply(invite, 181, { headers: reliable(8) });
  puppet.reply(invite, 182, { headers: reliable(9) });
  await network.run(20);
  assert.deepEqual(alice.events, ["progress 180", "progress 181", "progress 182"]);
  const pracks = puppet.received.filter((message) =>
    message.kind === "request" && message.method === "PRACK"
  );
  assert.deepEqual(pracks.map((message) => message.headers.get("RAck")), [
    "7 1 INVITE",
    "8 1 INVITE",
    "9 1 INVITE",
  ]);
});

Deno.test("a PRACK that acknowledges nothing gets 481", async () => {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  const puppet = new Puppet(network, { address: "10.0.0.2", peer: "10.0.0.1" });
  alice.onSession = (session) => session.ring(183, { sdp: sdp("a1") });
  puppet.send("INVITE", { requestUri: ALICE, body: sdp("p1"), headers: [["Supported", "100rel"]] });
  await network.run(20);
  const early = puppet.response(183);
  const sequence = Number(early.headers.get("RSeq"));
  assert.ok(sequence >= 1);
  puppet.sendIn(early, "PRACK", { sequence: 2, headers: [["RAck", `${sequence + 1} 1 INVITE`]] });
  await network.run(20);
  puppet.sendIn(early, "PRACK", { sequence: 3, headers: [["RAck", "nonsense"]] });
  await network.run(20);
  assert.equal(puppet.names.filter((name) => name === "481 PRACK").length, 2);
  puppet.sendIn(early, "PRACK", { sequence: 4, headers: [["RAck", `${sequence} 1 INVITE`]] });
  await network.run(20);
  assert.ok(puppet.names.includes("200 PRACK"));
});

Deno.test("a PRACK may bring an offer of its own once the first exchange is over", async () => {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  const puppet = new Puppet(network, { address: "10.0.0.2", peer: "10.0.0.1" });
  alice.onSession = (session, recorder) => {
    recorder.on.offered = () => session.answerOffer(sdp("a2"));
    session.ring(183, { sdp: sdp("a1") });
  };
  puppet.send("INVITE", { requestUri: ALICE, body: sdp("p1"), headers: [["Supported", "100rel"]] });
  await network.run(20);
  const early = puppet.response(183);
  puppet.sendIn(early, "PRACK", {
    sequence: 2,
    body: sdp("p2"),
    headers: [["RAck", `${early.headers.get("RSeq")} 1 INVITE`]],
  });
  await network.run(20);
  assert.deepEqual(alice.events, ["offered PRACK [p2]"]);
  assert.equal(new TextDecoder().decode(puppet.response(200).body), "v=0 a2\r\n");
});
