/** Offers and answers within a call: re-INVITE, UPDATE, hold, glare, overlap (RFC 3261 §14, RFC 3311, RFC 6337). */
import assert from "node:assert/strict";
import { Puppet, tagIn } from "../support/puppet.ts";
import { Agent, BOB, establish, sdp, twoAgents, WHO } from "../support/sip_office.ts";
import { VirtualNetwork } from "../support/virtual_network.ts";

Deno.test("either side may change the session by re-INVITE, as for hold", async () => {
  const { network, alice, bob } = twoAgents();
  await establish({ network, alice, bob });
  alice.recorder.on.offered = () => alice.session.answerOffer(sdp("a-held"));
  bob.recorder.on.offered = () => bob.session.answerOffer(sdp("b-held"));
  alice.session.offer(sdp("a-hold"));
  assert.ok(alice.session.isNegotiating);
  await network.run(100);
  assert.ok(!alice.session.isNegotiating);
  bob.session.offer(sdp("b-hold"));
  await network.run(100);
  assert.deepEqual(alice.events, ["answered 200 [b1]", "offerAnswered [b-held]", "offered INVITE [b-hold]"]);
  assert.deepEqual(bob.events, ["acknowledged", "offered INVITE [a-hold]", "offerAnswered [a-held]"]);
});

Deno.test("a refused offer leaves the session as it was", async () => {
  const { network, alice, bob } = twoAgents();
  await establish({ network, alice, bob });
  bob.recorder.on.offered = () => bob.session.refuseOffer({ statusCode: 488 });
  alice.session.offer(sdp("a-video"));
  await network.run(100);
  assert.deepEqual(alice.events, ["answered 200 [b1]", "offerRefused 488"]);
  assert.equal(alice.session.state, "confirmed");
  assert.ok(!alice.session.isNegotiating && !bob.session.isNegotiating);
  alice.session.offer(sdp("a2"));
  await network.run(100);
  assert.equal(alice.events.at(-1), "offerRefused 488");
});

Deno.test("a re-INVITE without offer asks for one; the answer travels in the ACK", async () => {
  const { network, alice, bob } = twoAgents();
  await establish({ network, alice, bob });
  bob.recorder.on.offered = () => bob.session.answerOffer(sdp("b-offer"));
  alice.recorder.on.offerAnswered = () => alice.session.answerOffer(sdp("a-answer"));
  alice.session.offer();
  await network.run(100);
  assert.deepEqual(alice.events, ["answered 200 [b1]", "offerAnswered offer [b-offer]"]);
  assert.deepEqual(bob.events, ["acknowledged", "offered INVITE", "acknowledged [a-answer]"]);
});

Deno.test("an offer in a 2xx that nobody can answer ends the call, acknowledged", async () => {
  const { network, alice, bob } = twoAgents();
  await establish({ network, alice, bob });
  bob.recorder.on.offered = () => bob.session.answerOffer(sdp("b-offer"));
  alice.recorder.on.offerAnswered = () => alice.session.refuseOffer({ statusCode: 488 });
  alice.session.offer();
  await network.run(100);
  assert.deepEqual(network.ladder(WHO).slice(-3), ["A>B ACK", "A>B BYE", "B>A 200 BYE"]);
  assert.equal(alice.events.at(-1), "ended us bye");
});

Deno.test("glare: both get 491, wait their random time and try again (RFC 3261 §14.1)", async () => {
  const { network, alice, bob } = twoAgents();
  await establish({ network, alice, bob });
  alice.recorder.on.offered = () => alice.session.answerOffer(sdp("a-answer"));
  bob.recorder.on.offered = () => bob.session.answerOffer(sdp("b-answer"));
  alice.session.offer(sdp("a2"));
  bob.session.offer(sdp("b2"));
  await network.run(50);
  assert.equal(network.ladder(WHO).filter((line) => line.includes("491")).length, 2);
  await network.run(8000);
  assert.deepEqual(alice.events.slice(1).toSorted(), ["offerAnswered [b-answer]", "offered INVITE [b2]"]);
  assert.deepEqual(bob.events.slice(1).toSorted(), ["offerAnswered [a-answer]", "offered INVITE [a2]"]);
  const invites = network.sent.filter((packet) => packet.name === "INVITE").slice(3);
  const waits = new Map(invites.map((packet) => [packet.from.host, packet.atMs - 1_000_100]));
  const alices = waits.get("10.0.0.1") ?? 0;
  const bobs = waits.get("10.0.0.2") ?? 0;
  // Alice owns the Call-ID: 2.1 to 4 s; Bob: 0 to 2 s.
  assert.ok(alices >= 2100 && alices <= 4100, `${alices}`);
  assert.ok(bobs <= 2100, `${bobs}`);
});

Deno.test("a second offer of ours waits until the first is settled, and the latest one is sent", async () => {
  const { network, alice, bob } = twoAgents();
  await establish({ network, alice, bob });
  bob.recorder.on.offered = (event) => bob.session.answerOffer(sdp(`to ${event.split(" ").at(-1)}`));
  alice.session.offer(sdp("a2"));
  alice.session.offer(sdp("a3"));
  alice.session.offer(sdp("a4"));
  await network.run(200);
  assert.deepEqual(bob.events.slice(1), ["offered INVITE [a2]", "offered INVITE [a4]"]);
  assert.deepEqual(alice.events.slice(1), ["offerAnswered [to [a2]]", "offerAnswered [to [a4]]"]);
});

Deno.test("an offer of the called side waits for the ACK", async () => {
  const { network, alice, bob } = twoAgents();
  network.fate = (packet) => packet.name === "ACK" ? { lateMs: 100 } : undefined;
  bob.onSession = (session) => {
    session.answer({ sdp: sdp("b1") });
    session.offer(sdp("b2"));
  };
  alice.invite(BOB, { sdp: sdp("a1") });
  await network.run(50);
  assert.ok(!network.ladder(WHO).includes("B>A INVITE"));
  await network.run(200);
  assert.ok(network.ladder(WHO).includes("B>A INVITE"));
});

Deno.test("an offer nobody answers is refused with 500 in time, and taken back", async () => {
  const { network, alice, bob } = twoAgents();
  await establish({ network, alice, bob });
  alice.session.offer(sdp("a2"));
  await network.run(61_000);
  assert.equal(bob.events.at(-1), "offerWithdrawn");
  assert.equal(alice.events.at(-1), "offerRefused 500");
  bob.session.answerOffer(sdp("too late"));
  await network.run(100);
  assert.equal(alice.events.at(-1), "offerRefused 500");
  assert.equal(alice.session.state, "confirmed");
});

Deno.test("UPDATE changes early media before the answer, where reliable responses settled the first offer", async () => {
  const { network, alice, bob } = twoAgents();
  bob.onSession = (session) => session.ring(183, { sdp: sdp("b1") });
  alice.invite(BOB, { sdp: sdp("a1") });
  await network.run(100);
  bob.recorder.on.offered = () => bob.session.answerOffer(sdp("b2"));
  alice.session.offer(sdp("a2"));
  await network.run(100);
  alice.recorder.on.offered = () => alice.session.answerOffer(sdp("a3"));
  bob.session.offer(sdp("b3"));
  await network.run(100);
  assert.deepEqual(alice.events, ["progress 183 [b1]", "offerAnswered [b2]", "offered UPDATE [b3]"]);
  assert.deepEqual(bob.events, ["acknowledged", "offered UPDATE [a2]", "offerAnswered [a3]"]);
  bob.session.answer();
  await network.run(100);
  assert.equal(alice.events.at(-1), "answered 200");
  assert.equal(alice.session.state, "confirmed");
});

Deno.test("an early offer to a peer without UPDATE is refused here", async () => {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  const old = new Puppet(network, { address: "10.0.0.2", peer: "10.0.0.1" });
  alice.invite(BOB, { sdp: sdp("a1") });
  await network.run(20);
  old.reply(old.request("INVITE"), 183, {
    body: sdp("early"),
    headers: [["Allow", "INVITE, ACK, BYE, CANCEL"]],
  });
  await network.run(20);
  alice.session.offer(sdp("a2"));
  await network.run(20);
  assert.deepEqual(alice.events, ["progress 183 [early]", "offerRefused 405"]);
  assert.ok(!old.names.includes("UPDATE"));
});

/** Alice called; the puppet answered. */
async function withPuppet() {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  const puppet = new Puppet(network, { address: "10.0.0.2", peer: "10.0.0.1" });
  alice.invite(BOB, { sdp: sdp("a1") });
  await network.run(20);
  const invite = puppet.request("INVITE");
  puppet.reply(invite, 200, { body: sdp("p1") });
  await network.run(20);
  return { network, alice, puppet, invite };
}

Deno.test("a second re-INVITE while the first is open gets 500 with Retry-After of 0 to 10 s (RFC 3261 §14.2)", async () => {
  const { network, alice, puppet, invite } = await withPuppet();
  puppet.sendBack(invite, "INVITE", { sequence: 10, body: sdp("p2") });
  await network.run(20);
  puppet.sendBack(invite, "INVITE", { sequence: 11, body: sdp("p3") });
  await network.run(20);
  const after = Number(puppet.response(500).headers.get("Retry-After"));
  assert.ok(after >= 0 && after <= 10);
  assert.deepEqual(alice.events.slice(1), ["offered INVITE [p2]"]);
  puppet.sendBack(invite, "UPDATE", { sequence: 12, body: sdp("p4") });
  await network.run(20);
  assert.equal(puppet.names.filter((name) => name === "500 UPDATE").length, 1);
});

Deno.test("an UPDATE with an offer that crosses ours gets 491, one without is answered", async () => {
  const { network, alice, puppet, invite } = await withPuppet();
  alice.session.offer(sdp("a2"));
  await network.run(20);
  puppet.sendBack(invite, "UPDATE", { sequence: 10, body: sdp("p2") });
  puppet.sendBack(invite, "UPDATE", { sequence: 11 });
  await network.run(20);
  assert.ok(puppet.names.includes("491 UPDATE"));
  assert.ok(puppet.names.includes("200 UPDATE"));
  puppet.reply(puppet.request("INVITE"), 200, { body: sdp("p3") });
  await network.run(20);
  assert.deepEqual(alice.events.slice(1), ["offerAnswered [p3]"]);
});

Deno.test("a cancelled re-INVITE is taken back with 487 and the call goes on", async () => {
  const { network, alice, puppet, invite } = await withPuppet();
  puppet.sendBack(invite, "INVITE", { sequence: 10, body: sdp("p2"), branch: "z9hG4bKreinvite" });
  await network.run(20);
  puppet.sendBack(invite, "CANCEL", { sequence: 10, branch: "z9hG4bKreinvite" });
  await network.run(20);
  assert.ok(puppet.names.includes("200 CANCEL"));
  assert.ok(puppet.names.includes("487 INVITE"));
  assert.deepEqual(alice.events.slice(1), ["offered INVITE [p2]", "offerWithdrawn"]);
  assert.equal(alice.session.state, "confirmed");
  assert.ok(!alice.session.isNegotiating);
});

Deno.test("481 and 408 to an offer end the dialog, with a BYE to make sure (RFC 3261 §12.2.1.2)", async () => {
  for (const statusCode of [481, 408]) {
    const { network, alice, puppet } = await withPuppet();
    alice.session.offer(sdp("a2"));
    await network.run(20);
    puppet.reply(puppet.request("INVITE"), statusCode);
    await network.run(20);
    assert.equal(alice.events.at(-1), "ended network dialog gone");
    assert.equal(puppet.names.at(-1), "BYE");
  }
});

Deno.test("a peer that answers 500 with Retry-After is asked again after that time", async () => {
  const { network, alice, puppet } = await withPuppet();
  alice.session.offer(sdp("a2"));
  await network.run(20);
  puppet.reply(puppet.request("INVITE"), 500, { headers: [["Retry-After", "3"]] });
  await network.run(2900);
  assert.equal(puppet.names.filter((name) => name === "INVITE").length, 2);
  await network.run(200);
  assert.equal(puppet.names.filter((name) => name === "INVITE").length, 3);
  puppet.reply(puppet.request("INVITE"), 200, { body: sdp("p2") });
  await network.run(20);
  assert.equal(alice.events.at(-1), "offerAnswered [p2]");
});

Deno.test("a target refresh moves the remote target, the route set stays (RFC 3261 §12.2.1.2)", async () => {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  const puppet = new Puppet(network, { address: "10.0.0.2", peer: "10.0.0.1" });
  const elsewhere = new Puppet(network, { address: "10.0.0.9", peer: "10.0.0.1" });
  alice.invite(BOB, { sdp: sdp("a1") });
  await network.run(20);
  const invite = puppet.request("INVITE");
  puppet.reply(invite, 200, { body: sdp("p1"), headers: [["Record-Route", "<sip:10.0.0.2;lr>"]] });
  await network.run(20);
  alice.recorder.on.offered = () => alice.session.answerOffer(sdp("a2"));
  puppet.sendBack(invite, "INVITE", {
    sequence: 5,
    body: sdp("p2"),
    headers: [["Contact", "<sip:moved@10.0.0.9>"]],
  });
  await network.run(20);
  alice.session.end();
  await network.run(20);
  const bye = puppet.request("BYE");
  assert.equal(bye.requestUri.scheme === "sip" && bye.requestUri.user, "moved");
  assert.equal(bye.headers.get("Route"), "<sip:10.0.0.2;lr>");
  assert.deepEqual(elsewhere.names, []);
});

Deno.test("CSeq grows by one with each request of ours, and an older one of theirs gets 500", async () => {
  const { network, alice, puppet, invite } = await withPuppet();
  alice.session.request({ method: "INFO" });
  alice.session.request({ method: "INFO" });
  await network.run(20);
  const numbers = puppet.received.filter((message) => message.kind === "request")
    .map((message) => message.headers.get("CSeq"));
  assert.deepEqual(numbers, ["1 INVITE", "1 ACK", "2 INFO", "3 INFO"]);
  puppet.sendBack(invite, "INFO", { sequence: 20 });
  puppet.sendBack(invite, "INFO", { sequence: 19 });
  await network.run(20);
  assert.ok(puppet.names.includes("500 INFO"));
  assert.equal(alice.events.filter((event) => event === "requested INFO").length, 1);
  assert.equal(tagIn(puppet.request("INFO"), "To"), "puppet");
});

Deno.test("a re-INVITE or UPDATE whose body cannot be read is 415, and the session stays as it was (RFC 3261 §8.2.3)", async () => {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  const puppet = new Puppet(network, { address: "10.0.0.2", peer: "10.0.0.1" });
  alice.onSession = (session) => session.answer({ sdp: sdp("a1") });
  puppet.send("INVITE", { requestUri: "sip:alice@10.0.0.1", body: sdp("p1") });
  await network.run(50);
  const answer = puppet.response(200);
  puppet.sendIn(answer, "ACK", { sequence: 1 });
  const packed = [["Content-Encoding", "gzip"]] as const;
  puppet.sendIn(answer, "INVITE", { sequence: 2, body: sdp("p2"), headers: packed });
  await network.run(50);
  puppet.sendIn(answer, "ACK", { sequence: 2 });
  puppet.sendIn(answer, "UPDATE", { sequence: 3, body: sdp("p3"), headers: packed });
  const unknown = [["Content-Type", "application/unknownformat"]] as const;
  puppet.sendIn(answer, "INVITE", { sequence: 4, body: sdp("p4"), headers: unknown });
  await network.run(50);
  const refusals = puppet.received.flatMap((message) =>
    message.kind === "response" && message.statusCode === 415 ? [message.headers] : []
  );
  assert.deepEqual(
    refusals.map((headers) => [headers.get("CSeq"), headers.get("Accept-Encoding"), headers.get("Accept")]),
    [
      ["2 INVITE", "identity", undefined],
      ["3 UPDATE", "identity", undefined],
      ["4 INVITE", undefined, "application/sdp"],
    ],
  );
  assert.deepEqual(alice.events, ["acknowledged"]);
  assert.equal(alice.session.state, "confirmed");
});
