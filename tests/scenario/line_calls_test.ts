/** Calls over lines: whom they belong to, who may have our credentials, how many there may be. */

import assert from "node:assert/strict";
import { Carrier, LineOffice, registerLine, udp } from "../support/carrier.ts";
import { Puppet } from "../support/puppet.ts";
import { sdp } from "../support/sip_office.ts";
import { VirtualNetwork } from "../support/virtual_network.ts";

const ACCOUNTS = { "4930123": "line-secret" };
const WAY = { line: "carrier", number: "123" };

function peerLine(more: Record<string, unknown> = {}) {
  return {
    name: "carrier",
    kind: "peer",
    server: "sip:10.0.0.9",
    addresses: ["10.0.0.9"],
    optionsSeconds: 0,
    incoming: [{ number: "*", to: "100" }],
    ...more,
  };
}

async function office(lines: readonly object[], accounts: Record<string, string> | undefined = ACCOUNTS) {
  const network = new VirtualNetwork();
  network.names.set("carrier.example", [udp("10.0.0.9")]);
  const carrier = new Carrier(network, { address: "10.0.0.9", ...(accounts && { accounts }) });
  const here = new LineOffice(network, lines);
  await here.start();
  return { network, carrier, here };
}

Deno.test("a call goes out with digest over the place where the line is registered", async () => {
  const { network, carrier, here } = await office([registerLine()]);
  const call = here.call(WAY);
  await network.run(200);
  assert.ok(typeof call !== "string");
  assert.equal(call.session.state, "confirmed");
  assert.deepEqual(
    carrier.asked("INVITE").map(({ headers }) => headers.has("Authorization")),
    [false, true],
  );
  call.session.end();
  await network.run(200);
  assert.match(call.heard.events.at(-1)!, /^ended us bye/);
  await here.stop();
});

Deno.test("a foreign realm gets no credentials, neither for INVITE nor for BYE; the line's own does", async () => {
  for (const [realm, isAnswered] of [["carrier.example", true], ["evil.example", false]] as const) {
    const network = new VirtualNetwork();
    network.names.set("carrier.example", [udp("10.0.0.9")]);
    const puppet = new Puppet(network, { address: "10.0.0.9", peer: "10.0.0.1" });
    const challenge: [string, string] = [
      "WWW-Authenticate",
      `Digest realm="${realm}", nonce="n", algorithm=MD5, qop="auth"`,
    ];
    const seen: string[] = [];
    puppet.onRequest = (request) => {
      const { method, headers } = request;
      if (method === "ACK") return;
      const shows = headers.has("Authorization");
      seen.push(`${method}${shows ? " with digest" : ""}`);
      if (method === "BYE" && !shows) return puppet.reply(request, 401, { headers: [challenge] });
      if (method === "INVITE") return puppet.reply(request, 200, { body: sdp("p") });
      puppet.reply(request, 200, { headers: [["Contact", `${headers.get("Contact")};expires=600`]] });
    };
    const here = new LineOffice(network, [registerLine({ optionsSeconds: 0, realms: ["carrier.example"] })]);
    await here.start();
    const call = here.call(WAY);
    await network.run(200);
    assert.ok(typeof call !== "string");
    call.session.end();
    await network.run(200);
    assert.deepEqual(
      seen.filter((line) => line.startsWith("BYE")),
      isAnswered ? ["BYE", "BYE with digest"] : ["BYE"],
      realm,
    );
    await here.stop();
  }
});

Deno.test("a server that changes its realm between REGISTER and INVITE harvests nothing", async () => {
  const { network, carrier, here } = await office([registerLine({ optionsSeconds: 0 })]);
  carrier.agent.onRequest = (incoming) =>
    incoming.reply({
      statusCode: 407,
      headers: [["Proxy-Authenticate", 'Digest realm="evil.example", nonce="n", algorithm=MD5, qop="auth"']],
    });
  const call = here.call(WAY);
  await network.run(200);
  assert.ok(typeof call !== "string");
  assert.match(call.heard.events.at(-1)!, /^ended peer rejected 407/);
  assert.ok(carrier.asked("INVITE").every(({ headers }) => !headers.has("Proxy-Authorization")));
  await here.stop();
});

Deno.test("a peer with a password shows it to the realm that bears its server's name, or that it asked OPTIONS for", async () => {
  const named = { server: "sip:carrier.example", username: "4930123", password: "line-secret" };
  const { network, here } = await office([peerLine(named)]);
  const call = here.call(WAY);
  await network.run(200);
  assert.ok(typeof call !== "string");
  assert.equal(call.session.state, "confirmed");
  await here.stop();
});

Deno.test("an INVITE belongs to the peer at its address; from the address beside it, to nobody", async () => {
  const { network, here } = await office([peerLine()]);
  const puppet = new Puppet(network, { address: "10.0.0.10", peer: "10.0.0.1" });
  puppet.send("INVITE", { requestUri: "sip:123@10.0.0.1", body: sdp("x"), callId: "stranger" });
  await network.run(50);
  assert.equal(here.lines.identify(here.incoming.at(-1)!), undefined);
  network.remove(network.find("10.0.0.9")!);
  const peer = new Puppet(network, { address: "10.0.0.9", peer: "10.0.0.1" });
  peer.send("INVITE", { requestUri: "sip:123@10.0.0.1", body: sdp("x"), callId: "peer" });
  await network.run(50);
  const call = here.lines.identify(here.incoming.at(-1)!);
  assert.equal(call?.party.line, "carrier");
  assert.equal(call?.called, "123");
  assert.equal(call?.to, "100");
  await here.stop();
});

Deno.test("a registered line knows its calls by Contact, and only from its server", async () => {
  const { network, carrier, here } = await office([registerLine()]);
  carrier.agent.invite("sip:4930123@10.0.0.1", { sdp: sdp("x") });
  await network.run(50);
  const call = here.lines.identify(here.incoming.at(-1)!);
  assert.equal(call?.party.line, "carrier");
  assert.equal(call?.called, "4930123");
  const stranger = new Puppet(network, { address: "10.0.0.66", peer: "10.0.0.1" });
  stranger.send("INVITE", { requestUri: "sip:4930123@10.0.0.1", body: sdp("x") });
  await network.run(50);
  assert.equal(here.lines.identify(here.incoming.at(-1)!), undefined);
  await here.stop();
});

Deno.test("calls are counted per direction, and 0 blocks", async () => {
  const { here } = await office([
    peerLine({ incomingMaxCalls: 0, outgoing: { maxCalls: 2, noAnswerSeconds: 30 } }),
  ], undefined);
  const { lines } = here;
  const enter = (direction: "incoming" | "outgoing") => lines.enter("office.example", "carrier", direction);
  assert.equal(enter("incoming"), undefined);
  const leave = enter("outgoing");
  assert.ok(leave && enter("outgoing"));
  assert.equal(enter("outgoing"), undefined);
  assert.deepEqual(lines.state("office.example", "carrier"), { isUp: true, calls: 2 });
  leave();
  leave();
  assert.equal(lines.state("office.example", "carrier")?.calls, 1, "leaving twice counts once");
  assert.ok(enter("outgoing"));
  assert.equal(lines.noAnswerMs("office.example", "carrier"), 30_000);
  assert.equal(lines.enter("other.example", "carrier", "outgoing"), undefined, "another domain's line");
  assert.equal(here.target({ line: "nothing", number: "1" }), "503 No such line");
  await here.stop();
});

Deno.test("a peer that answers no OPTIONS is down within seconds, and emergency calls are tried all the same", async () => {
  const { network, carrier, here } = await office([peerLine({ optionsSeconds: 10 })], undefined);
  assert.deepEqual(here.events, ["carrier up"]);
  network.remove(carrier.agent.host);
  await network.run(30_000);
  assert.deepEqual(here.events, ["carrier up", "carrier down (does not answer OPTIONS)"]);
  assert.equal(here.target(WAY), "503 The line is down");
  assert.equal(typeof here.target({ line: "carrier", number: "112" }), "object");
  new Carrier(network, { address: "10.0.0.9" });
  await network.run(30_000);
  assert.equal(here.events.at(-1), "carrier up");
  await here.stop();
});

Deno.test("keys are not sent where they could be read: required encryption needs TLS", async () => {
  const secure = { server: "sip:10.0.0.9;transport=tls", srtp: "required" };
  const { here } = await office([
    peerLine({ srtp: "required" }),
    peerLine({ name: "secure", ...secure }),
  ], undefined);
  assert.match(here.target(WAY) as string, /^488/);
  const target = here.target({ line: "secure", number: "1" });
  assert.ok(typeof target !== "string" && target.isSecurePath && target.policy === "required");
  await here.stop();
});
