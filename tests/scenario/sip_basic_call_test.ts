/** Calls between two user agents over a virtual network, shaped like RFC 3665 §3. */
import assert from "node:assert/strict";
import { Agent, BOB, establish, sdp, twoAgents, WHO } from "../support/sip_office.ts";

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
  assert.deepEqual([...alice.log, ...bob.log], []);
});

Deno.test("after a call nothing is left behind", async () => {
  const { network, alice, bob } = twoAgents();
  await establish({ network, alice, bob });
  bob.session.end();
  await network.run(40_000);
  for (const agent of [alice, bob]) {
    assert.deepEqual(agent.endpoint.counts(), { sessions: 0, clientTransactions: 0, serverTransactions: 0 });
  }
  assert.equal(network.clock.pending, 0);
});
