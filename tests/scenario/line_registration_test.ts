/** Lines register and stay registered, whatever the carrier does (RFC 3261 §10, RFC 3608, RFC 5626 §4.5). */

import assert from "node:assert/strict";
import { callId, cseq, printUri, type SipRequest } from "../../src/sip/mod.ts";
import { Carrier, LineOffice, registerLine, udp } from "../support/carrier.ts";
import { VirtualNetwork } from "../support/virtual_network.ts";

const ACCOUNTS = { "4930123": "line-secret" };

function office(lines: readonly object[] = [registerLine()]) {
  const network = new VirtualNetwork();
  network.names.set("carrier.example", [udp("10.0.0.9")]);
  const carrier = new Carrier(network, { address: "10.0.0.9", accounts: ACCOUNTS });
  return { network, carrier, office: new LineOffice(network, lines) };
}

function hasCredentials(request: SipRequest): boolean {
  return request.headers.has("Authorization");
}

Deno.test("a line registers with digest and says so", async () => {
  const { carrier, office: here } = office();
  await here.start();
  const registers = carrier.asked("REGISTER");
  assert.deepEqual(registers.map(hasCredentials), [false, false, true]);
  const last = registers.at(-1)!;
  assert.equal(printUri(last.requestUri), "sip:carrier.example");
  assert.match(last.headers.get("Contact")!, /<sip:4930123@10\.0\.0\.1/);
  assert.match(last.headers.get("To")!, /<sip:4930123@carrier\.example>/);
  assert.deepEqual(here.events, ["carrier registering", "carrier registered"]);
  const { state, isUp, registeredUntil } = here.status("carrier");
  assert.deepEqual([state, isUp], ["registered", true]);
  assert.ok(registeredUntil! > 1_000_000);
  await here.stop();
});

Deno.test("refreshes come between 50 and 90 % of what was granted and keep Call-ID and count", async () => {
  const { network, carrier, office: here } = office();
  await here.start();
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const seen = carrier.asked("REGISTER").length;
    const begun = network.clock.now();
    while (carrier.asked("REGISTER").length === seen) await network.run(1000);
    times.push((network.clock.now() - begun) / 1000);
    await network.run(500);
  }
  assert.ok(times.every((time) => time >= 299 && time <= 542), times.join(" "));
  const registers = carrier.asked("REGISTER");
  assert.equal(new Set(registers.map(callId)).size, 1);
  const counts = registers.map((request) => cseq(request).sequence);
  assert.deepEqual(counts, counts.toSorted((a, b) => a - b));
  assert.equal(new Set(counts).size, counts.length);
  await here.stop();
});

Deno.test("after a failure the next try waits longer each time and has a fresh Call-ID", async () => {
  const { network, carrier, office: here } = office();
  carrier.refusals.push(...[500, 500, 500, 500].map((statusCode) => ({ statusCode })));
  await here.start();
  const starts = () =>
    network.sent.filter(({ name, from }) => name === "REGISTER" && from.host === "10.0.0.1").map(({ atMs }) =>
      atMs
    );
  await network.run(200_000);
  const first = starts().slice(0, 5);
  const waits = first.slice(1).map((time, index) => time - first[index]!);
  waits.forEach((wait, index) => {
    const whole = 10_000 * 2 ** index;
    assert.ok(wait >= whole / 2 && wait <= whole + 50, `${waits}`);
  });
  const ids = carrier.asked("REGISTER").slice(0, 5).map(callId);
  assert.equal(new Set(ids).size, 5);
  assert.equal(here.status("carrier").state, "registered");
  assert.deepEqual(here.events, [
    "carrier registering",
    "carrier retrying (500 Server Internal Error)",
    "carrier registered",
  ]);
  await here.stop();
});

Deno.test("423 is met with the lifetime that the registrar wants", async () => {
  const { carrier, office: here } = office();
  carrier.refusals.push({ statusCode: 423, headers: [["Min-Expires", "1800"]] });
  await here.start();
  assert.equal(carrier.last("REGISTER").headers.get("Expires"), "1800");
  assert.equal(here.status("carrier").state, "registered");
  await here.stop();
});

Deno.test("403 and a wrong password are left alone for a long time", async () => {
  for (const lines of [[registerLine({ password: "wrong" })], [registerLine()]]) {
    const { network, carrier, office: here } = office(lines);
    if (lines[0]!.password !== "wrong") carrier.refusals.push({ statusCode: 403 });
    await here.start();
    const seen = carrier.asked("REGISTER").length;
    await network.run(890_000);
    assert.equal(carrier.asked("REGISTER").length, seen);
    assert.deepEqual([here.status("carrier").state, here.status("carrier").isUp], ["refused", false]);
    assert.equal(here.target({ line: "carrier", number: "123" }), "503 The line is down");
    await network.run(1_000_000);
    assert.ok(carrier.asked("REGISTER").length > seen);
    await here.stop();
  }
});

Deno.test("the first of two places dies: the line moves to the second, and calls follow it", async () => {
  const { network, carrier, office: here } = office([registerLine({ optionsSeconds: 20 })]);
  network.names.set("carrier.example", [udp("10.0.0.9"), udp("10.0.0.10")]);
  const second = new Carrier(network, { address: "10.0.0.10", accounts: ACCOUNTS });
  await here.start();
  assert.equal(carrier.asked("REGISTER").length, 3);
  assert.equal(second.asked("REGISTER").length, 0);
  network.remove(carrier.agent.host);
  const begun = network.clock.now();
  const call = here.call({ line: "carrier", number: "123" });
  assert.ok(typeof call !== "string");
  await network.run(5000);
  assert.equal(call.session.state, "confirmed");
  const answeredAt = network.sent.find(({ name }) => name === "200 INVITE")!.atMs;
  assert.ok(answeredAt - begun < 5000, `${answeredAt - begun} ms`);
  await network.run(40_000);
  assert.ok(second.asked("REGISTER").length > 0, "the registration has moved too");
  const next = here.call({ line: "carrier", number: "123" });
  const calledAt = network.clock.now();
  await network.run(1000);
  const answer = network.sent.findLast(({ name }) => name === "200 INVITE")!;
  assert.ok(
    typeof next !== "string" && answer.atMs - calledAt < 500,
    "nobody waits for the dead place again",
  );
  await here.stop();
});

Deno.test("a carrier that goes and comes back is noticed both ways", async () => {
  const { network, carrier, office: here } = office();
  await here.start();
  network.remove(carrier.agent.host);
  await network.run(60_000);
  assert.equal(here.status("carrier").state, "retrying");
  assert.equal(here.status("carrier").isUp, false);
  const again = new Carrier(network, { address: "10.0.0.9", accounts: ACCOUNTS });
  await network.run(400_000);
  assert.equal(here.status("carrier").state, "registered");
  assert.ok(again.asked("REGISTER").length > 0);
  await here.stop();
});

Deno.test("a registrar that answers no OPTIONS stays usable and is not asked to register again and again", async () => {
  const { network, carrier, office: here } = office([registerLine({ registerSeconds: 3600 })]);
  carrier.answersOptions = false;
  await here.start();
  await network.run(1_500_000);
  assert.ok(carrier.asked("REGISTER").length <= 3 + 2 * 2, `${carrier.asked("REGISTER").length}`);
  assert.equal(here.status("carrier").isUp, true);
  await here.stop();
});

Deno.test("a connection that closes is made and registered anew within seconds", async () => {
  const { network, carrier, office: here } = office([registerLine({ transport: "tcp" })]);
  network.names.set("carrier.example", [{ transport: "tcp", address: { host: "10.0.0.9", port: 5060 } }]);
  await here.start();
  assert.equal(here.status("carrier").state, "registered");
  await network.run(60_000);
  const seen = carrier.asked("REGISTER").length;
  carrier.agent.host.closeAll();
  await network.run(3000);
  assert.ok(carrier.asked("REGISTER").length > seen);
  assert.equal(here.status("carrier").state, "registered");
  await here.stop();
});

Deno.test("Service-Route is the route of every call while the registration stands", async () => {
  const { carrier, network, office: here } = office();
  carrier.grants = [["Service-Route", "<sip:10.0.0.9;lr>, <sip:core.carrier.example;lr>"], [
    "Path",
    "<sip:edge.carrier.example;lr>",
  ]];
  await here.start();
  here.call({ line: "carrier", number: "123" });
  await network.run(200);
  const invite = carrier.last("INVITE");
  assert.deepEqual(invite.headers.all("Route"), ["<sip:10.0.0.9;lr>", "<sip:core.carrier.example;lr>"]);
  assert.equal(printUri(invite.requestUri), "sip:123@carrier.example");
  await here.stop();
});

Deno.test("parameters of the Request-URI stand on REGISTER, INVITE and OPTIONS", async () => {
  const { network, carrier, office: here } = office([
    registerLine({ requestUriParameters: "user=phone", optionsSeconds: 20 }),
  ]);
  await here.start();
  here.call({ line: "carrier", number: "123" });
  await network.run(30_000);
  const uris = ["REGISTER", "INVITE", "OPTIONS"].map((method) => printUri(carrier.last(method).requestUri));
  assert.deepEqual(uris, [
    "sip:carrier.example;user=phone",
    "sip:123@carrier.example;user=phone",
    "sip:carrier.example;user=phone",
  ]);
  await here.stop();
});

Deno.test("a change of the directory leaves alone what it does not concern", async () => {
  const { network, carrier, office: here } = office();
  await here.start();
  const seen = carrier.asked("REGISTER").length;
  here.change([registerLine({ incoming: [{ number: "1", to: "101" }], outgoing: { maxCalls: 1 } })]);
  await network.run(1000);
  assert.equal(carrier.asked("REGISTER").length, seen);
  assert.ok(here.lines.enter("office.example", "carrier", "outgoing"));
  assert.equal(here.lines.enter("office.example", "carrier", "outgoing"), undefined, "the new limit holds");
  here.change([registerLine({ registerSeconds: 900 })]);
  await network.run(1000);
  assert.ok(carrier.asked("REGISTER").length > seen);
  assert.deepEqual(
    carrier.asked("REGISTER").slice(seen).map(({ headers }) => headers.get("Expires")),
    ["900", "900", "900"],
    "the same binding is renewed, not taken away",
  );
  here.change([]);
  await network.run(1000);
  assert.equal(carrier.last("REGISTER").headers.get("Expires"), "0");
  await here.stop();
});

Deno.test("after the stop no timer is left, and the registration is taken back", async () => {
  const { network, carrier, office: here } = office([
    registerLine(),
    registerLine({ name: "dead", server: "sip:10.0.0.77", username: "x" }),
    { name: "peer", kind: "peer", server: "sip:10.0.0.9", addresses: ["10.0.0.9"] },
  ]);
  await here.start();
  await network.run(100_000);
  await here.stop();
  assert.equal(carrier.last("REGISTER").headers.get("Expires"), "0");
  await network.run(60_000);
  const { clientTransactions } = here.endpoint.counts();
  const seen = network.sent.length;
  await network.run(4_000_000);
  assert.equal(clientTransactions, 0);
  assert.equal(network.sent.length, seen, "nothing is sent any more");
  assert.equal(network.clock.pending, 0);
});
