/** What strangers send: requests that fit nothing, ask too much, or come twice (RFC 3261 §8.2, §9.2, §12.2.2). */
import assert from "node:assert/strict";
import { Puppet, tagged, tagIn } from "../support/puppet.ts";
import { address, Agent, ALICE, establish, sdp, twoAgents } from "../support/sip_office.ts";
import { VirtualNetwork } from "../support/virtual_network.ts";

function scene() {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  const puppet = new Puppet(network, { address: "10.0.0.2", peer: "10.0.0.1" });
  return { network, alice, puppet };
}

Deno.test("invented requests within a dialog get 481 and reach nobody", async () => {
  const { network, alice, puppet } = scene();
  const to = tagged(address(ALICE), "invented");
  for (
    const method of ["BYE", "INFO", "REFER", "NOTIFY", "UPDATE", "PRACK", "INVITE", "OPTIONS", "MESSAGE"]
  ) {
    puppet.send(method, { requestUri: ALICE, to });
  }
  await network.run(20);
  assert.deepEqual(puppet.names.filter((name) => !name.startsWith("481")), []);
  assert.equal(puppet.names.length, 9);
  assert.deepEqual(alice.requests, []);
});

Deno.test("the right Call-ID or tags alone do not make a dialog", async () => {
  const { network, alice, bob } = twoAgents();
  await establish({ network, alice, bob });
  const stranger = new Puppet(network, { address: "10.0.0.66", peer: "10.0.0.2" });
  const { callId, localTag, remoteTag } = bob.session;
  const to = tagged(address("sip:bob@10.0.0.2"), localTag);
  const from = tagged(address("sip:alice@10.0.0.1"), remoteTag ?? "");
  stranger.send("BYE", { to, from: tagged(from, "guess"), callId, sequence: 9 });
  stranger.send("BYE", { to, from, callId: "guess", sequence: 9 });
  stranger.send("BYE", { to: tagged(to, "guess"), from, callId, sequence: 9 });
  await network.run(20);
  assert.deepEqual(stranger.names, ["481 BYE", "481 BYE", "481 BYE"]);
  assert.equal(bob.session.state, "confirmed");
});

Deno.test("methods that mean nothing without a dialog get 481, unknown ones 501 with Allow", async () => {
  const { network, alice, puppet } = scene();
  for (const method of ["BYE", "PRACK", "UPDATE", "INFO", "FROBNICATE"]) {
    puppet.send(method, { requestUri: ALICE });
  }
  await network.run(20);
  assert.deepEqual(puppet.names, ["481 BYE", "481 PRACK", "481 UPDATE", "481 INFO", "501 FROBNICATE"]);
  assert.match(puppet.response(501).headers.all("Allow").join(), /INVITE.*OPTIONS/);
  assert.deepEqual(alice.requests, []);
});

Deno.test("no hops left is 483, an unknown extension 420 with Unsupported, an unknown scheme 416", async () => {
  const { network, alice, puppet } = scene();
  puppet.send("INVITE", { requestUri: ALICE, maxForwards: 0, callId: "one" });
  puppet.send("OPTIONS", {
    requestUri: ALICE,
    headers: [["Require", "timer, nothingSupportsThis"]],
    callId: "two",
  });
  puppet.send("OPTIONS", { requestUri: "soap.beep://192.0.2.103:3002", callId: "three" });
  await network.run(20);
  assert.equal(puppet.response(420).headers.get("Unsupported"), "nothingsupportsthis");
  assert.deepEqual(puppet.names.filter((name) => !name.startsWith("100")), [
    "483 INVITE",
    "420 OPTIONS",
    "416 OPTIONS",
  ]);
  assert.deepEqual(alice.requests, []);
});

Deno.test("a body that must be understood and cannot be is 415, an optional one is let through", async () => {
  const { network, alice, puppet } = scene();
  const body = sdp("x");
  puppet.send("INVITE", {
    requestUri: ALICE,
    body,
    callId: "one",
    headers: [["Content-Type", "application/unknownformat"]],
  });
  puppet.send("INVITE", {
    requestUri: ALICE,
    body,
    callId: "two",
    headers: [["Content-Encoding", "identity, gzip"]],
  });
  puppet.send("INVITE", {
    requestUri: ALICE,
    body,
    callId: "three",
    headers: [["Content-Type", "text/plain"], ["Content-Disposition", "icon; handling=optional"]],
  });
  puppet.send("INVITE", {
    requestUri: ALICE,
    body,
    callId: "four",
    headers: [["Content-Encoding", "gzip"], ["Content-Disposition", 'session; Handling="Optional"']],
  });
  await network.run(20);
  const refusals = puppet.received.flatMap((message) =>
    message.kind === "response" && message.statusCode === 415 ? [message.headers] : []
  );
  assert.deepEqual(
    refusals.map((
      headers,
    ) => [headers.get("Call-ID"), headers.get("Accept"), headers.get("Accept-Encoding")]),
    [["one", "application/sdp", undefined], ["two", undefined, "identity"]],
  );
  assert.deepEqual(alice.sessions.map(({ callId }) => callId), ["three", "four"]);
});

Deno.test("the same request by another way is 482 (RFC 3261 §8.2.2.2)", async () => {
  const { network, alice, puppet } = scene();
  puppet.send("INVITE", { requestUri: ALICE, body: sdp("p1"), branch: "z9hG4bKone" });
  puppet.send("INVITE", { requestUri: "sip:other@10.0.0.1", body: sdp("p1"), branch: "z9hG4bKtwo" });
  await network.run(20);
  assert.ok(puppet.names.includes("482 INVITE"));
  assert.equal(alice.sessions.length, 1);
  // A new sequence number is a new request.
  puppet.send("INVITE", { requestUri: ALICE, body: sdp("p1"), sequence: 2 });
  await network.run(20);
  assert.equal(alice.sessions.length, 2);
});

Deno.test("CANCEL for nothing is 481, for an answered INVITE 200 without effect", async () => {
  const { network, alice, puppet } = scene();
  alice.onSession = (session) => session.answer({ sdp: sdp("a1") });
  puppet.send("CANCEL", { requestUri: ALICE, branch: "z9hG4bKnothing" });
  await network.run(20);
  assert.deepEqual(puppet.names, ["481 CANCEL"]);
  puppet.send("INVITE", { requestUri: ALICE, body: sdp("p1"), branch: "z9hG4bKlate" });
  await network.run(20);
  puppet.send("CANCEL", { requestUri: ALICE, branch: "z9hG4bKlate" });
  await network.run(20);
  assert.ok(puppet.names.includes("200 CANCEL"));
  assert.equal(alice.session.state, "answered");
  assert.equal(tagIn(puppet.response(200), "To"), alice.session.localTag);
});

Deno.test("the 200 to CANCEL and the 487 carry the same To tag (RFC 3261 §9.2)", async () => {
  const { network, alice, puppet } = scene();
  alice.onSession = (session) => session.ring(180);
  puppet.send("INVITE", { requestUri: ALICE, body: sdp("p1"), branch: "z9hG4bKc" });
  await network.run(20);
  puppet.send("CANCEL", { requestUri: ALICE, branch: "z9hG4bKc" });
  await network.run(20);
  assert.equal(tagIn(puppet.response(200), "To"), tagIn(puppet.response(487), "To"));
  assert.deepEqual(alice.events, ["ended peer cancelled"]);
});

Deno.test("a CANCEL before the business took the call: 487, and taking it yields a session that has ended", async () => {
  const { network, alice, puppet } = scene();
  alice.onRequest = () => {};
  puppet.send("INVITE", { requestUri: ALICE, body: sdp("p1"), branch: "z9hG4bKc" });
  await network.run(20);
  puppet.send("CANCEL", { requestUri: ALICE, branch: "z9hG4bKc" });
  await network.run(20);
  assert.ok(puppet.names.includes("487 INVITE"));
  const ends: string[] = [];
  const session = alice.requests[0]!.accept({
    progress() {},
    answered() {},
    acknowledged() {},
    offered() {},
    offerAnswered() {},
    offerRefused() {},
    requested() {},
    ended: (end) => ends.push(end.cause),
  });
  assert.equal(session.state, "ended");
  session.answer({ sdp: sdp("late") });
  await network.run(20);
  assert.deepEqual(ends, ["cancelled"]);
});

Deno.test("an INVITE nobody thinks about gets 100 after 200 ms and 500 in the end", async () => {
  const { network, alice, puppet } = scene();
  alice.onRequest = () => {};
  puppet.send("INVITE", { requestUri: ALICE, body: sdp("p1") });
  await network.run(195);
  assert.equal(puppet.names.join(), "");
  await network.run(30);
  assert.equal(puppet.names.join(), "100 INVITE");
  await network.run(33_000);
  assert.match(puppet.names.join(), /500 INVITE/);
  await network.run(70_000);
  assert.equal(network.clock.pending, 0);
});

Deno.test("another request nobody answers is forgotten without a word, since 408 would only do harm (RFC 4320)", async () => {
  const { network, alice, puppet } = scene();
  alice.onRequest = () => {};
  puppet.send("OPTIONS", { requestUri: ALICE });
  await network.run(40_000);
  assert.deepEqual(puppet.names, []);
  assert.equal(alice.endpoint.counts().serverTransactions, 0);
  assert.equal(network.clock.pending, 0);
});

Deno.test("without business everything is 503; a business that throws is 500 and the next request is served", async () => {
  const { network, alice, puppet } = scene();
  let calls = 0;
  alice.onRequest = (incoming) => {
    if (calls++ === 0) throw new Error("bug in the business");
    incoming.reply({ statusCode: 200 });
  };
  puppet.send("OPTIONS", { requestUri: ALICE, callId: "one" });
  puppet.send("OPTIONS", { requestUri: ALICE, callId: "two" });
  await network.run(20);
  assert.deepEqual(puppet.names, ["500 OPTIONS", "200 OPTIONS"]);
  assert.equal(alice.log.length, 1);
});

Deno.test("ACKs and responses that belong to nothing are dropped in silence", async () => {
  const { network, alice, puppet } = scene();
  puppet.send("ACK", { requestUri: ALICE });
  puppet.send("ACK", { requestUri: ALICE, to: tagged(address(ALICE), "invented") });
  const request = puppet.send("OPTIONS", { requestUri: ALICE });
  await network.run(20);
  puppet.reply(request, 200);
  await network.run(40_000);
  assert.deepEqual(puppet.names, ["200 OPTIONS"]);
  assert.deepEqual(alice.log, []);
  assert.deepEqual(alice.endpoint.counts(), { sessions: 0, clientTransactions: 0, serverTransactions: 0 });
});

Deno.test("a caller of RFC 2543, without branch, is matched by the rest of its request", async () => {
  const { network, alice, puppet } = scene();
  alice.onSession = (session) => session.reject({ statusCode: 486 });
  const old = { requestUri: ALICE, body: sdp("p1"), branch: "" };
  puppet.send("INVITE", old);
  puppet.send("INVITE", old);
  await network.run(100);
  assert.equal(alice.sessions.length, 1);
  const refused = puppet.response(486);
  puppet.sendIn(refused, "ACK", { requestUri: ALICE, sequence: 1, branch: "" });
  await network.run(100);
  const seen = puppet.names.length;
  await network.run(60_000);
  // Acknowledged: nothing is repeated any more.
  assert.equal(puppet.names.length, seen);
});

Deno.test("a caller of RFC 2543 may cancel", async () => {
  const { network, alice, puppet } = scene();
  alice.onSession = (session) => session.ring(180);
  puppet.send("INVITE", { requestUri: ALICE, body: sdp("p1"), branch: "" });
  await network.run(20);
  puppet.send("CANCEL", { requestUri: ALICE, branch: "" });
  await network.run(20);
  assert.ok(puppet.names.includes("487 INVITE"));
});

Deno.test("a fork bomb of early dialogs is taken only so far", async () => {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  const bomb = new Puppet(network, { address: "10.0.0.2", peer: "10.0.0.1" });
  alice.invite("sip:bob@10.0.0.2", { sdp: sdp("a1") });
  await network.run(20);
  for (let i = 0; i < 500; i++) bomb.reply(bomb.request("INVITE"), 180, { tag: `fork${i}` });
  bomb.reply(bomb.request("INVITE"), 200, { tag: "fork499", body: sdp("b1") });
  await network.run(50);
  assert.equal(alice.session.state, "confirmed");
});

Deno.test("an overloaded endpoint refuses with 503 and keeps nothing of it", async () => {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1", endpoint: { maxOpen: 100 } });
  const puppet = new Puppet(network, { address: "10.0.0.2", peer: "10.0.0.1" });
  alice.onRequest = () => {};
  for (let i = 0; i < 150; i++) puppet.send("OPTIONS", { requestUri: ALICE, callId: `flood${i}` });
  await network.run(20);
  assert.equal(alice.endpoint.counts().serverTransactions, 100);
  assert.equal(puppet.names.length, 50);
  assert.ok(Number(puppet.response(503).headers.get("Retry-After")) > 0);
});

Deno.test("answered transactions are kept only up to their cap, the oldest go first", async () => {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1", endpoint: { maxEnded: 100 } });
  const puppet = new Puppet(network, { address: "10.0.0.2", peer: "10.0.0.1" });
  for (let i = 0; i < 150; i++) {
    puppet.send("OPTIONS", { requestUri: ALICE, callId: `flood${i}`, branch: `z9hG4bK${i}` });
  }
  await network.run(20);
  assert.equal(alice.endpoint.counts().serverTransactions, 100);
  puppet.send("OPTIONS", { requestUri: ALICE, callId: "flood149", branch: "z9hG4bK149" });
  await network.run(20);
  assert.equal(alice.requests.length, 150);
  assert.equal(puppet.names.length, 151);
});

Deno.test("a business that breaks down over a call it took refuses it; one that breaks down later harms no other", async () => {
  const { network, alice, bob } = twoAgents();
  bob.onSession = () => {
    throw new Error("bug in the business");
  };
  alice.invite("sip:bob@10.0.0.2", { sdp: sdp("a1") });
  await network.run(50);
  assert.deepEqual(alice.events, ["ended peer rejected 500"]);
  bob.onSession = (session) => session.answer({ sdp: sdp("b1") });
  alice.invite("sip:bob@10.0.0.2", { sdp: sdp("a1") });
  await network.run(50);
  alice.recorder.on.ended = () => {
    throw new Error("bug in the business");
  };
  alice.session.end();
  await network.run(70_000);
  assert.equal(alice.log.length, 1);
  assert.deepEqual(alice.endpoint.counts(), { sessions: 0, clientTransactions: 0, serverTransactions: 0 });
  assert.equal(network.clock.pending, 0);
});

Deno.test("a stray request within a foreign dialog may be taken by the business, as for subscriptions", async () => {
  const { network, alice, puppet } = scene();
  alice.endpoint.handle({
    request() {},
    strayRequest(incoming) {
      if (incoming.request.method !== "SUBSCRIBE") return false;
      incoming.reply({ statusCode: 202 });
      return true;
    },
    flowClosed() {},
  });
  const to = tagged(address(ALICE), "subscription");
  puppet.send("SUBSCRIBE", { requestUri: ALICE, to });
  puppet.send("NOTIFY", { requestUri: ALICE, to });
  await network.run(20);
  assert.deepEqual(puppet.names, ["202 SUBSCRIBE", "481 NOTIFY"]);
  assert.equal(tagIn(puppet.response(202), "To"), "subscription");
});
