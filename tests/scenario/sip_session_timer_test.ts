/** Session timers (RFC 4028): negotiation, refreshes by either side, expiry. */
import assert from "node:assert/strict";
import { Puppet } from "../support/puppet.ts";
import { Agent, ALICE, BOB, establish, sdp, twoAgents, WHO } from "../support/sip_office.ts";
import { VirtualNetwork } from "../support/virtual_network.ts";

const TIMER = { expiresSec: 600, minSec: 90 };

Deno.test("the caller who asked refreshes half way by UPDATE without offer", async () => {
  const { network, alice, bob } = twoAgents();
  await establish({ network, alice, bob }, { timer: TIMER });
  await network.run(299_000);
  assert.ok(!network.ladder(WHO).includes("A>B UPDATE"));
  await network.run(2000);
  const update = network.sent.find((packet) => packet.name === "UPDATE");
  assert.equal(update?.message.headers.get("Session-Expires"), "600;refresher=uac");
  assert.equal(update?.message.body.length, 0);
  assert.ok(network.ladder(WHO).includes("B>A 200 UPDATE"));
  await network.run(3_000_000);
  assert.equal(alice.session.state, "confirmed");
  assert.deepEqual(alice.events, ["answered 200 [b1]"]);
  assert.deepEqual(bob.events, ["acknowledged"]);
});

Deno.test("the called side may want a timer of its own and then refreshes itself", async () => {
  const { network, alice, bob } = twoAgents();
  bob.options = { timer: TIMER };
  await establish({ network, alice, bob });
  await network.run(301_000);
  assert.ok(network.ladder(WHO).includes("B>A UPDATE"));
  assert.ok(network.ladder(WHO).includes("A>B 200 UPDATE"));
});

Deno.test("a refresher whose peer has vanished hangs up, and so does the other side", async () => {
  const { network, alice, bob } = twoAgents();
  await establish({ network, alice, bob }, { timer: TIMER });
  network.fate = () => ({ copies: 0 });
  await network.run(400_000);
  assert.equal(alice.events.at(-1), "ended network timeout");
  assert.equal(bob.session.state, "confirmed");
  await network.run(170_000);
  // 600 s less 32 s (RFC 4028 §10).
  assert.equal(bob.events.at(-1), "ended network session expired");
  await network.run(70_000);
  assert.equal(network.clock.pending, 0);
});

Deno.test("a peer without UPDATE is refreshed by re-INVITE with the session as it stands", async () => {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  const old = new Puppet(network, { address: "10.0.0.2", peer: "10.0.0.1" });
  alice.invite(BOB, { sdp: sdp("a1"), timer: TIMER });
  await network.run(20);
  const invite = old.request("INVITE");
  assert.equal(invite.headers.get("Session-Expires"), "600");
  old.reply(invite, 200, { body: sdp("p1"), headers: [["Allow", "INVITE, ACK, BYE, CANCEL"]] });
  await network.run(301_000);
  const refresh = old.request("INVITE");
  assert.equal(new TextDecoder().decode(refresh.body), "v=0 a1\r\n");
  old.reply(refresh, 200, { body: sdp("p1") });
  await network.run(50);
  assert.equal(old.names.at(-1), "ACK");
  assert.deepEqual(alice.events, ["answered 200 [p1]"]);
  // An answer that does change something is told.
  await network.run(301_000);
  old.reply(old.request("INVITE"), 200, { body: sdp("p2") });
  await network.run(50);
  assert.deepEqual(alice.events, ["answered 200 [p1]", "offerAnswered [p2]"]);
});

Deno.test("a peer that allows UPDATE but refuses it gets a re-INVITE instead", async () => {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  const liar = new Puppet(network, { address: "10.0.0.2", peer: "10.0.0.1" });
  alice.invite(BOB, { sdp: sdp("a1"), timer: TIMER });
  await network.run(20);
  liar.reply(liar.request("INVITE"), 200, {
    body: sdp("p1"),
    headers: [["Allow", "INVITE, ACK, BYE, UPDATE"]],
  });
  await network.run(301_000);
  liar.reply(liar.request("UPDATE"), 501);
  await network.run(50);
  liar.reply(liar.request("INVITE"), 200, { body: sdp("p1") });
  await network.run(50);
  assert.equal(liar.names.at(-1), "ACK");
  assert.equal(alice.session.state, "confirmed");
});

Deno.test("422 raises the wish to Min-SE and tries again (RFC 4028 §7.3)", async () => {
  const { network, alice, bob } = twoAgents();
  bob.options = { timer: { expiresSec: 1800, minSec: 900 } };
  await establish({ network, alice, bob }, { timer: TIMER });
  await network.run(100);
  assert.equal(alice.session.state, "confirmed");
  const invites = network.sent.filter((packet) => packet.name === "INVITE").map(({ message }) => [
    message.headers.get("CSeq"),
    message.headers.get("Session-Expires"),
    message.headers.get("Min-SE"),
  ]);
  assert.deepEqual(invites, [["1 INVITE", "600", undefined], ["2 INVITE", "900", "900"]]);
  assert.equal(new Set(network.sent.map(({ message }) => message.headers.get("Call-ID"))).size, 1);
  assert.deepEqual(alice.events, ["answered 200 [b1]"]);
  assert.deepEqual(bob.recorders.map((recorder) => recorder.events), [
    ["ended us rejected 422"],
    ["acknowledged"],
  ]);
});

/** A puppet that calls Alice with these headers; she answers. */
async function called(headers: readonly (readonly [string, string])[]) {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  const puppet = new Puppet(network, { address: "10.0.0.2", peer: "10.0.0.1" });
  alice.onSession = (session) => session.answer({ sdp: sdp("a1") });
  puppet.send("INVITE", { requestUri: ALICE, body: sdp("p1"), headers });
  await network.run(20);
  return { network, alice, puppet };
}

Deno.test("the answering side takes the refresher it is told, and demands the timer of one who knows it", async () => {
  const asked = await called([["Supported", "timer"], ["Session-Expires", "1800;refresher=uas"]]);
  assert.equal(asked.puppet.response(200).headers.get("Session-Expires"), "1800;refresher=uas");
  assert.equal(asked.puppet.response(200).headers.get("Require"), undefined);
  const open = await called([["Supported", "timer"], ["Session-Expires", "1800"]]);
  assert.equal(open.puppet.response(200).headers.get("Session-Expires"), "1800;refresher=uac");
  assert.equal(open.puppet.response(200).headers.get("Require"), "timer");
  // Put in by a proxy for a caller that knows nothing of it: only we can refresh.
  const unknowing = await called([["Session-Expires", "1800"]]);
  assert.equal(unknowing.puppet.response(200).headers.get("Session-Expires"), "1800;refresher=uas");
  const none = await called([]);
  assert.equal(none.puppet.response(200).headers.get("Session-Expires"), undefined);
});

Deno.test("a session that its peer should refresh and does not is ended before it expires", async () => {
  const { network, alice, puppet } = await called([["Supported", "timer"], [
    "Session-Expires",
    "90;refresher=uac",
  ]]);
  puppet.sendIn(puppet.response(200), "ACK", { sequence: 1 });
  await network.run(59_000);
  assert.equal(alice.session.state, "confirmed");
  await network.run(2000);
  // A third of 90 s is less than 32 s.
  assert.equal(alice.events.at(-1), "ended network session expired");
  assert.equal(puppet.names.at(-1), "BYE");
});

Deno.test("a refresh by the peer starts the time afresh", async () => {
  const { network, alice, puppet } = await called([["Supported", "timer"], [
    "Session-Expires",
    "90;refresher=uac",
  ]]);
  const answer = puppet.response(200);
  puppet.sendIn(answer, "ACK", { sequence: 1 });
  for (let sequence = 2; sequence < 6; sequence++) {
    await network.run(45_000);
    puppet.sendIn(answer, "UPDATE", {
      sequence,
      headers: [["Supported", "timer"], ["Session-Expires", "90;refresher=uac"]],
    });
  }
  await network.run(45_000);
  assert.equal(alice.session.state, "confirmed");
  assert.equal(puppet.names.filter((name) => name === "200 UPDATE").length, 4);
});

Deno.test("too short a wish is refused with 422 and Min-SE, within the dialog as well", async () => {
  const { network, puppet } = await called([["Supported", "timer"], ["Session-Expires", "30"]]);
  assert.equal(puppet.response(422).headers.get("Min-SE"), "90");
  const fine = await called([["Supported", "timer"], ["Session-Expires", "600"]]);
  const answer = fine.puppet.response(200);
  fine.puppet.sendIn(answer, "ACK", { sequence: 1 });
  fine.puppet.sendIn(answer, "UPDATE", {
    sequence: 2,
    headers: [["Supported", "timer"], ["Session-Expires", "60"]],
  });
  await fine.network.run(20);
  assert.equal(fine.puppet.response(422).headers.get("Min-SE"), "90");
  assert.equal(fine.alice.session.state, "confirmed");
  await network.run(100);
});
