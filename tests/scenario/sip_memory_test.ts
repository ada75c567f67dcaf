/** What calls leave behind: nothing of ten thousand after their end, little of one while it lasts. */
import assert from "node:assert/strict";
import { printUri } from "../../src/sip/message/mod.ts";
import { address, Agent, BOB, establish, sdp, twoAgents, uri } from "../support/sip_office.ts";
import { VirtualNetwork } from "../support/virtual_network.ts";

const CALLS = 10_000;
const SILENT = {
  progress() {},
  answered() {},
  acknowledged() {},
  offered() {},
  offerAnswered() {},
  offerRefused() {},
  requested() {},
  ended() {},
};

Deno.test("ten thousand calls leave neither session nor transaction nor timer", async () => {
  const network = new VirtualNetwork();
  network.isRecording = false;
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  const bob = new Agent(network, "bob", { address: "10.0.0.2" });
  bob.onRequest = (incoming) => {
    bob.requests.length = 0;
    const session = incoming.accept(SILENT);
    session.ring(180);
    session.answer({ sdp: sdp("b1") });
  };
  const target = { transport: "udp" as const, address: { host: "10.0.0.2", port: 5060 } };
  let ended = 0;
  let peak = 0;
  for (let i = 0; i < CALLS; i++) {
    const session = alice.endpoint.invite({
      requestUri: uri("sip:bob@10.0.0.2"),
      from: address("sip:alice@example.com"),
      to: address("sip:bob@10.0.0.2"),
      route: { kind: "destinations", destinations: [{ kind: "target", target }] },
      sdp: sdp("a1"),
    }, { ...SILENT, answered: () => session.end(), ended: () => ended++ });
    await network.run(15);
    peak = Math.max(peak, alice.endpoint.counts().sessions + bob.endpoint.counts().sessions);
  }
  await network.run(40_000);
  assert.equal(ended, CALLS);
  assert.ok(peak < 20, `${peak} sessions at once`);
  for (const agent of [alice, bob]) {
    assert.deepEqual(agent.endpoint.counts(), { sessions: 0, clientTransactions: 0, serverTransactions: 0 });
  }
  assert.equal(network.clock.pending, 0);
});

Deno.test("an answered session keeps of its INVITE what the conversation is about, and no message", async () => {
  const { network, alice, bob } = twoAgents();
  const about = [["Subject", "the broken lift"], ["Priority", "urgent"]] as const;
  await establish({ network, alice, bob }, { headers: about });
  await network.run(33_000);
  for (const { invite } of [alice.session, bob.session]) {
    assert.deepEqual([...invite.headers], [["Max-Forwards", "70"], ...about]);
    assert.equal(printUri(invite.requestUri), BOB);
    assert.equal(invite.body.length, 0);
  }
  bob.session.end();
  await network.run(100);
  assert.equal(alice.session.state, "ended");
});
