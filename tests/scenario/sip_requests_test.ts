/** Requests outside and inside dialogs: credentials, failover, connections, outcomes (RFC 3261 §22, RFC 3263 §4.3). */
import assert from "node:assert/strict";
import { seededRandom } from "../../src/base/mod.ts";
import { createHa1, ServerDigest } from "../../src/sip/auth/mod.ts";
import { bodyOfType, type Credentials, type IncomingRequest, type SipRequest } from "../../src/sip/mod.ts";
import { Puppet } from "../support/puppet.ts";
import { address, Agent, BOB, establish, sdp, twoAgents, uri, WHO } from "../support/sip_office.ts";
import { VirtualNetwork } from "../support/virtual_network.ts";

const NONCE = 'Digest realm="office.example", nonce="n1", algorithm=MD5, qop="auth"';
const STALE = 'Digest realm="office.example", nonce="n2", algorithm=MD5, qop="auth", stale=true';
const OTHER = 'Digest realm="elsewhere.example", nonce="n3", algorithm=MD5, qop="auth"';
const credentials = { username: "alice", password: "secret", realms: ["office.example"] };

const ha1 = createHa1("alice", "office.example", "secret");

Deno.test("a 401 is answered once, and the outcome is that of the second try", async () => {
  await answeredOnce(credentials);
});

Deno.test("what is stored instead of a password answers as the password does", async () => {
  await answeredOnce({ username: "alice", ha1, realms: ["office.example"] });
});

async function answeredOnce(credentials: Credentials) {
  const { network, alice, bob } = twoAgents();
  const digest = new ServerDigest({ clock: network.clock, random: seededRandom(1) });
  bob.onRequest = (incoming: IncomingRequest) => {
    const { request } = incoming;
    const verdict = digest.verify({
      authorization: request.headers.all("Authorization"),
      method: request.method,
      uri: "sip:bob@10.0.0.2",
      realm: "office.example",
      algorithms: ["MD5"],
      ha1,
    });
    if (verdict.ok) incoming.reply({ statusCode: 200 });
    else {
      const headers = digest.challenge("office.example", ["MD5"]).map((value) =>
        ["WWW-Authenticate", value] as const
      );
      incoming.reply({ statusCode: 401, headers });
    }
  };
  const outcomes = alice.ask("REGISTER", BOB, { credentials });
  await network.run(100);
  assert.deepEqual(outcomes.map((outcome) => outcome.kind === "response" && outcome.response.statusCode), [
    200,
  ]);
  const requests = network.sent.filter((packet) => packet.name === "REGISTER").map((packet) =>
    packet.message
  );
  assert.deepEqual(requests.map((request) => request.headers.get("CSeq")), ["1 REGISTER", "2 REGISTER"]);
  assert.equal(new Set(requests.map((request) => request.headers.get("Call-ID"))).size, 1);
}

/** A puppet that challenges as told, request by request, and then answers 200. */
function challenger(network: VirtualNetwork, challenges: readonly (readonly [number, string])[]): Puppet {
  const puppet = new Puppet(network, { address: "10.0.0.2", peer: "10.0.0.1" });
  let next = 0;
  puppet.onRequest = (request: SipRequest) => {
    const challenge = challenges[next++];
    if (!challenge) return puppet.reply(request, 200);
    const [statusCode, value] = challenge;
    puppet.reply(request, statusCode, {
      headers: [[statusCode === 401 ? "WWW-Authenticate" : "Proxy-Authenticate", value]],
    });
  };
  return puppet;
}

async function outcomeOf(challenges: readonly (readonly [number, string])[]) {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  const puppet = challenger(network, challenges);
  const [first] = [alice.ask("MESSAGE", BOB, { credentials })];
  await network.run(500);
  const outcome = first?.[0];
  return { status: outcome?.kind === "response" && outcome.response.statusCode, puppet };
}

Deno.test("wrong credentials are shown once, a stale nonce is answered once more, and then it ends", async () => {
  const wrong = await outcomeOf([[401, NONCE], [401, NONCE.replace("n1", "n9")]]);
  assert.equal(wrong.status, 401);
  assert.equal(wrong.puppet.names.length, 2);
  const stale = await outcomeOf([[401, NONCE], [401, STALE]]);
  assert.equal(stale.status, 200);
  const forEver = await outcomeOf([[401, NONCE], [401, STALE], [401, STALE.replace("n2", "n4")]]);
  assert.equal(forEver.status, 401);
  assert.equal(forEver.puppet.names.length, 3);
  const replay = await outcomeOf([[401, NONCE], [401, STALE.replace("n2", "n1")]]);
  assert.equal(replay.status, 401);
});

Deno.test("credentials answer only their own realm, whoever asks", async () => {
  const { status, puppet } = await outcomeOf([[401, OTHER]]);
  assert.equal(status, 401);
  assert.equal(puppet.names.length, 1);
  assert.ok(puppet.received.every((message) => !message.headers.has("Authorization")));
});

Deno.test("a proxy and the server may both ask, and both answers travel together", async () => {
  const { status, puppet } = await outcomeOf([[407, NONCE], [401, NONCE.replace("n1", "n5")]]);
  assert.equal(status, 200);
  const last = puppet.request("MESSAGE");
  assert.ok(last.headers.has("Authorization") && last.headers.has("Proxy-Authorization"));
});

Deno.test("an INVITE is answered after a challenge, its ACK carries the credentials, and a foreign realm gets none of them at BYE", async () => {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  const puppet = new Puppet(network, { address: "10.0.0.2", peer: "10.0.0.1" });
  alice.invite(BOB, { sdp: sdp("a1"), credentials });
  await network.run(20);
  puppet.reply(puppet.request("INVITE"), 407, { headers: [["Proxy-Authenticate", NONCE]] });
  await network.run(20);
  assert.deepEqual(puppet.names, ["INVITE", "ACK", "INVITE"]);
  assert.equal(alice.session.state, "calling");
  puppet.reply(puppet.request("INVITE"), 200, { body: sdp("p1") });
  await network.run(20);
  assert.equal(puppet.request("ACK").headers.get("CSeq"), "2 ACK");
  assert.ok(puppet.request("ACK").headers.has("Proxy-Authorization"));
  alice.session.end();
  await network.run(20);
  puppet.reply(puppet.request("BYE"), 401, { headers: [["WWW-Authenticate", OTHER]] });
  await network.run(20);
  assert.ok(puppet.received.every((message) => !message.headers.has("Authorization")));
  assert.equal(alice.endpoint.counts().sessions, 0);
});

Deno.test("places are tried in turn: a dead one costs attemptMs, a full one nothing, the third serves", async () => {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  const full = new Puppet(network, { address: "10.0.0.3", peer: "10.0.0.1" });
  full.onRequest = (request) => full.reply(request, 503, { headers: [["Retry-After", "60"]] });
  const good = new Agent(network, "good", { address: "10.0.0.4" });
  network.names.set(
    "carrier.example",
    ["10.0.0.2", "10.0.0.3", "10.0.0.4"].map((host) => ({ transport: "udp", address: { host, port: 5060 } })),
  );
  const outcomes = alice.ask("REGISTER", "sip:carrier.example", { attemptMs: 2000 });
  await network.run(1900);
  assert.equal(full.names.length, 0);
  await network.run(200);
  assert.equal(good.requests.length, 1);
  const outcome = outcomes[0];
  assert.ok(outcome?.kind === "response" && outcome.response.statusCode === 200);
  assert.ok(outcome.destination.kind === "target" && outcome.destination.target.address.host === "10.0.0.4");
  const branches = network.sent.filter((packet) => packet.name === "REGISTER").map(({ message }) =>
    /branch=([^;]+)/.exec(message.headers.get("Via") ?? "")?.[1]
  );
  assert.equal(new Set(branches).size, 3);
});

Deno.test("when no place does better, the 503 is the outcome; without any answer it is a failure", async () => {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  const full = new Puppet(network, { address: "10.0.0.3", peer: "10.0.0.1" });
  full.onRequest = (request) => full.reply(request, 503);
  const destinations = ["10.0.0.3", "10.0.0.9"].map((host) => ({
    kind: "target" as const,
    target: { transport: "udp" as const, address: { host, port: 5060 } },
  }));
  const first = alice.ask("OPTIONS", BOB, { route: { kind: "destinations", destinations }, attemptMs: 1000 });
  const second = alice.ask("OPTIONS", BOB, {
    route: { kind: "destinations", destinations: destinations.slice(1) },
  });
  const third = alice.ask("OPTIONS", BOB, {
    route: {
      kind: "destinations",
      destinations: [{
        kind: "target",
        target: { transport: "tcp", address: { host: "10.0.0.9", port: 5060 } },
      }],
    },
  });
  const fourth = alice.ask("OPTIONS", BOB, { route: { kind: "destinations", destinations: [] } });
  assert.deepEqual(fourth, []);
  await network.run(40_000);
  assert.ok(first[0]?.kind === "response" && first[0].response.statusCode === 503);
  assert.deepEqual(second, [{ kind: "failed", reason: "timeout" }]);
  assert.deepEqual(third, [{ kind: "failed", reason: "unreachable" }]);
  assert.deepEqual(fourth, [{ kind: "failed", reason: "unresolved" }]);
  assert.equal(network.clock.pending, 0);
});

Deno.test("an INVITE given up for the next place is cancelled when its place wakes up, and its late 200 ended", async () => {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  const slow = new Puppet(network, { address: "10.0.0.3", peer: "10.0.0.1" });
  const good = new Agent(network, "good", { address: "10.0.0.4" });
  good.onSession = (session) => session.ring(180);
  const destinations = ["10.0.0.3", "10.0.0.4"].map((host) => ({
    kind: "target" as const,
    target: { transport: "udp" as const, address: { host, port: 5060 } },
  }));
  alice.invite(BOB, { sdp: sdp("a1"), attemptMs: 1000, route: { kind: "destinations", destinations } });
  await network.run(1100);
  assert.deepEqual(alice.events, ["progress 180"]);
  const invite = slow.request("INVITE");
  slow.reply(invite, 180);
  await network.run(20);
  assert.ok(slow.names.includes("CANCEL"));
  slow.reply(invite, 200, { body: sdp("slow") });
  await network.run(20);
  assert.deepEqual(slow.names.slice(-2), ["ACK", "BYE"]);
  good.session.answer({ sdp: sdp("good") });
  await network.run(20);
  assert.deepEqual(alice.events, ["progress 180", "answered 200 [good]"]);
});

Deno.test("a wait that was given up tells nothing and leaves nothing", async () => {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  const outcomes: unknown[] = [];
  const give = alice.endpoint.request({
    method: "OPTIONS",
    requestUri: uri(BOB),
    from: address("sip:a@x"),
    to: address(BOB),
    route: { kind: "uri", uri: uri(BOB) },
  }, (outcome) => outcomes.push(outcome));
  await network.run(100);
  give();
  await network.run(10);
  assert.deepEqual(outcomes, []);
  assert.equal(alice.endpoint.counts().clientTransactions, 0);
  assert.equal(network.clock.pending, 0);
});

Deno.test("a phone is reached only over the connection it made, and at once unreachable when that breaks", async () => {
  const { network, alice, bob } = twoAgents();
  bob.host.isClosed = true;
  bob.host.connect("tls", alice.host.address);
  let contact: string | undefined;
  bob.onSession = (session) => {
    contact = session.invite.headers.get("Contact");
    session.answer({ sdp: sdp("b1") });
  };
  const outcomes = bob.ask("REGISTER", "sip:10.0.0.1;transport=tls");
  await network.run(20);
  assert.equal(outcomes[0]?.kind, "response");
  const { flow } = alice.requests[0]!;
  assert.equal(flow.transport, "tls");
  alice.invite(BOB, {
    sdp: sdp("a1"),
    route: { kind: "destinations", destinations: [{ kind: "flow", flow }] },
  });
  await network.run(20);
  assert.equal(alice.session.state, "confirmed");
  assert.match(contact ?? "", /transport=tls/);
  assert.ok(network.sent.every((packet) => packet.transport === "tls"));
  alice.session.request({ method: "INFO" });
  await network.run(20);
  bob.recorder.reply?.({ statusCode: 200 });
  alice.host.close(flow);
  alice.invite(BOB, {
    sdp: sdp("a1"),
    route: { kind: "destinations", destinations: [{ kind: "flow", flow }] },
  });
  await network.run(20);
  assert.deepEqual(alice.events, ["ended network unreachable"]);
});

Deno.test("a connection that breaks while nobody has answered fails the call at once", async () => {
  const { network, alice, bob } = twoAgents();
  bob.host.connect("tcp", alice.host.address);
  bob.ask("REGISTER", "sip:10.0.0.1;transport=tcp");
  await network.run(20);
  const { flow } = alice.requests[0]!;
  network.remove(bob.host);
  const again = { ...flow, isOpen: true, id: flow.id };
  assert.ok(again);
  alice.invite(BOB, {
    sdp: sdp("a1"),
    route: { kind: "destinations", destinations: [{ kind: "flow", flow }] },
  });
  await network.run(20);
  assert.deepEqual(alice.events, ["ended network unreachable"]);
  assert.equal(network.clock.pending, 0);
});

Deno.test("INFO, REFER, NOTIFY and MESSAGE within the call reach the business and bring an outcome", async () => {
  const { network, alice, bob } = twoAgents();
  await establish({ network, alice, bob });
  bob.recorder.on.requested = () => bob.recorder.reply?.({ statusCode: 202, headers: [["X-Seen", "yes"]] });
  const outcomes: string[] = [];
  for (const method of ["INFO", "REFER", "NOTIFY", "MESSAGE"]) {
    alice.session.request({ method, body: { contentType: "text/plain", bytes: sdp(method) } }, (outcome) => {
      outcomes.push(
        outcome.kind === "response" ? `${method} ${outcome.response.headers.get("X-Seen")}` : "failed",
      );
    });
  }
  await network.run(100);
  assert.deepEqual(outcomes, ["INFO yes", "REFER yes", "NOTIFY yes", "MESSAGE yes"]);
  assert.deepEqual(bob.events.slice(1), [
    "requested INFO",
    "requested REFER",
    "requested NOTIFY",
    "requested MESSAGE",
  ]);
  // The session itself answers OPTIONS, and what it does not know.
  const statuses: number[] = [];
  for (const method of ["OPTIONS", "PUBLISH", "FROBNICATE"]) {
    alice.session.request({ method }, (outcome) => {
      if (outcome.kind === "response") statuses.push(outcome.response.statusCode);
    });
  }
  await network.run(100);
  assert.deepEqual(statuses, [200, 405, 501]);
});

Deno.test("a request within the call that the business does not answer is a 501 in time; 481 ends the call", async () => {
  const { network, alice, bob } = twoAgents();
  await establish({ network, alice, bob });
  const statuses: number[] = [];
  alice.session.request({ method: "INFO" }, (outcome) => {
    if (outcome.kind === "response") statuses.push(outcome.response.statusCode);
  });
  await network.run(25_000);
  assert.deepEqual(statuses, [501]);
  bob.recorder.on.requested = () => bob.recorder.reply?.({ statusCode: 481 });
  alice.session.request({ method: "NOTIFY" });
  await network.run(100);
  assert.equal(alice.session.state, "confirmed");
  alice.session.request({ method: "INFO" });
  await network.run(100);
  assert.equal(alice.events.at(-1), "ended network dialog gone");
});

Deno.test("requests that wait for the business when the call ends get 487 (RFC 3261 §15.1.2)", async () => {
  const { network, alice, bob } = twoAgents();
  await establish({ network, alice, bob });
  alice.session.request({ method: "INFO" });
  alice.session.offer(sdp("a2"));
  await network.run(20);
  bob.session.end();
  await network.run(20);
  const ladder = network.ladder(WHO);
  assert.ok(ladder.includes("B>A 487 INFO") && ladder.includes("B>A 487 INVITE"));
  await network.run(70_000);
  assert.equal(network.clock.pending, 0);
});

Deno.test("a session is found by Call-ID and both tags, as Replaces names it, and not after its end", async () => {
  const { network, alice, bob } = twoAgents();
  await establish({ network, alice, bob });
  const { callId, localTag, remoteTag = "" } = bob.session;
  assert.equal(bob.endpoint.findSession(callId, localTag, remoteTag), bob.session);
  assert.equal(bob.endpoint.findSession(callId, remoteTag, localTag), undefined);
  assert.equal(bob.endpoint.findSession("x", localTag, remoteTag), undefined);
  assert.equal(bob.endpoint.findSession(callId, localTag, "x"), undefined);
  bob.session.end();
  assert.equal(bob.endpoint.findSession(callId, localTag, remoteTag), undefined);
});

Deno.test("a second body travels beside the session description and the callee finds the SDP in it", async () => {
  const { network, alice, bob } = twoAgents();
  const body = { contentType: "application/x-note", bytes: sdp("note") };
  bob.onSession = (session) => {
    const { invite } = session;
    assert.match(invite.headers.get("Content-Type") ?? "", /^multipart\/mixed;/);
    assert.deepEqual(bodyOfType(invite, "application/sdp"), sdp("a1"));
    assert.deepEqual(bodyOfType(invite, "application/x-note"), sdp("note"));
    session.answer({ sdp: sdp("b1") });
  };
  await establish({ network, alice, bob }, { body });
  assert.equal(alice.session.state, "confirmed");
});

Deno.test("the sequence grows through every challenge of an INVITE", async () => {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  const puppet = challenger(network, [[407, NONCE], [401, NONCE.replace("n1", "n5")]]);
  const challenge = puppet.onRequest;
  puppet.onRequest = (request) => request.method === "INVITE" && challenge?.(request);
  alice.invite(BOB, { sdp: sdp("a1"), credentials });
  await network.run(200);
  const invites = puppet.received.filter((message) =>
    message.kind === "request" && message.method === "INVITE"
  );
  assert.deepEqual(invites.map((message) => message.headers.get("CSeq")), [
    "1 INVITE",
    "2 INVITE",
    "3 INVITE",
  ]);
  alice.session.end();
  await network.run(50);
  assert.equal(puppet.request("BYE").headers.get("CSeq"), "4 BYE");
});
