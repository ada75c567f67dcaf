import assert from "node:assert/strict";
import { type LogFields, ManualClock, ok, seededRandom, SILENT_LOG } from "../../base/mod.ts";
import { FakeStreamNetwork } from "../../../tests/support/fake_streams.ts";
import { createResponse, parseMessage, type SipMessage, type SipRequest } from "../message/mod.ts";
import type { DatagramNetwork, DatagramTaker } from "./ports.ts";
import { Transports, type TransportsOptions } from "./transports.ts";
import type { Destination, Flow, SendFault, Target } from "./types.ts";

const REQUEST = [
  "OPTIONS sip:a@b SIP/2.0",
  "Via: SIP/2.0/UDP 203.0.113.1;rport;branch=z9hG4bK1",
  "From: <sip:a@b>;tag=1",
  "To: <sip:a@b>",
  "Call-ID: 1",
  "CSeq: 1 OPTIONS",
  "Max-Forwards: 70",
  "Content-Length: 0",
  "",
  "",
].join("\r\n");

const encode = (text: string) => new TextEncoder().encode(text);

function parsed(text: string): SipRequest {
  const message = parseMessage(encode(text));
  assert.ok(message.ok && message.value.kind === "request");
  return message.value;
}

async function setUp(changes: Partial<TransportsOptions> = {}) {
  const clock = new ManualClock(), tcp = new FakeStreamNetwork(), tls = new FakeStreamNetwork();
  const datagrams: { text: string; to: string; from: string | undefined }[] = [];
  let taker: DatagramTaker | undefined;
  const network: DatagramNetwork = {
    bind(local, taking) {
      taker = taking;
      return ok({
        local,
        send: (bytes, { remote, localHost }) =>
          void datagrams.push({
            text: new TextDecoder().decode(bytes),
            to: `${remote.host}:${remote.port}`,
            from: localHost,
          }),
        close() {},
      });
    },
  };
  const errors: LogFields[] = [];
  const transports = new Transports({
    listen: [{ transport: "udp", host: "0.0.0.0", port: 5060 }, {
      transport: "tcp",
      host: "0.0.0.0",
      port: 5060,
    }],
    datagrams: network,
    tcp,
    tls,
    dns: { query: () => Promise.resolve({ kind: "none", ttlSec: 60 }) },
    routes: { localAddressFor: () => "192.0.2.1" },
    clock,
    random: seededRandom(1),
    log: { ...SILENT_LOG, error: (_, fields) => void errors.push(fields ?? {}) },
    ...changes,
  });
  const messages: { message: SipMessage; flow: Flow }[] = [], closed: Flow[] = [];
  const listener = {
    message: (message: SipMessage, flow: Flow) => void messages.push({ message, flow }),
    flowClosed: (flow: Flow) => void closed.push(flow),
  };
  assert.ok((await transports.start(listener)).ok);
  return {
    clock,
    tcp,
    tls,
    datagrams,
    errors,
    transports,
    messages,
    closed,
    listener,
    arrive: (text: string, { port = 6000 } = {}) =>
      taker!(encode(text), { host: "203.0.113.1", port, localHost: "192.0.2.9" }),
  };
}

Deno.test("a datagram's answer leaves from the address it was sent to", async () => {
  const { arrive, messages, transports, datagrams } = await setUp();
  arrive(REQUEST);
  const { message, flow } = messages[0]!;
  assert.equal(flow.id, "udp:192.0.2.9:5060-203.0.113.1:6000");
  assert.ok(message.kind === "request");
  transports.send(createResponse(message, 200), { kind: "flow", flow }, assert.fail);
  assert.deepEqual([datagrams[0]?.to, datagrams[0]?.from], ["203.0.113.1:6000", "192.0.2.9"]);
  transports.send(parsed(REQUEST), { kind: "flow", flow }, assert.fail);
  assert.match(datagrams[1]!.text, /Via: SIP\/2\.0\/UDP 192\.0\.2\.9:5060/);
});

Deno.test("a handler that throws is logged and the next message comes through", async () => {
  const { arrive, messages, listener, errors } = await setUp();
  const { message } = listener;
  listener.message = () => {
    throw new Error("bug");
  };
  arrive(REQUEST);
  assert.equal(errors[0]?.reason, "Error: bug");
  listener.message = message;
  arrive(REQUEST);
  assert.equal(messages.length, 1);
});

Deno.test("nothing is told after the stop", async () => {
  const { transports, tcp, arrive, messages, closed } = await setUp();
  const socket = tcp.accept("203.0.113.5")!;
  socket.receive(REQUEST);
  assert.equal(messages.length, 1);
  transports.send(parsed(REQUEST), { kind: "flow", flow: messages[0]!.flow }, assert.fail);
  transports.stop();
  arrive(REQUEST);
  await Promise.resolve();
  assert.ok(socket.isClosed);
  assert.equal(messages.length, 1);
  assert.equal(closed.length, 0);
  assert.equal(tcp.accept("203.0.113.5"), undefined);
});

Deno.test("a stream we do not listen on shows the connection itself as the place to reach us", async () => {
  const { transports, tls } = await setUp();
  const target: Target = {
    transport: "tls",
    address: { host: "203.0.113.7", port: 5061 },
    serverName: "b.test",
  };
  const destination = { kind: "target", target } as const;
  assert.deepEqual(transports.localContact(destination), { host: "192.0.2.1", port: 5061, transport: "tls" });
  transports.send(parsed(REQUEST), destination, assert.fail);
  assert.equal(tls.connects[0]?.options.serverName, "b.test");
  const socket = tls.succeed();
  const contact = transports.localContact(destination);
  assert.deepEqual(contact, { host: "192.0.2.1", port: socket.local.port, transport: "tls" });
});

Deno.test("over a connection of ours the peer is shown where we listen, whatever address it leaves from", async () => {
  const { transports, tcp, messages } = await setUp({
    listen: [{ transport: "tcp", host: "192.0.2.9", port: 5060 }],
  });
  const target: Target = { transport: "tcp", address: { host: "203.0.113.7", port: 5060 } };
  transports.send(parsed(REQUEST), { kind: "target", target }, assert.fail);
  const socket = tcp.succeed();
  socket.receive(REQUEST);
  const { flow } = messages[0]!;
  assert.equal(flow.local.host, "192.0.2.1");
  const contact = transports.localContact({ kind: "flow", flow });
  assert.deepEqual(contact, { host: "192.0.2.9", port: 5060, transport: "tcp" });
});

Deno.test("what cannot go out is told once and later, never within the call", async () => {
  const { transports } = await setUp({ listen: [{ transport: "tcp", host: "0.0.0.0", port: 5060 }] });
  const faults: SendFault[] = [];
  const target: Target = { transport: "udp", address: { host: "203.0.113.7", port: 5060 } };
  transports.send(parsed(REQUEST), { kind: "target", target }, (fault) => faults.push(fault));
  assert.deepEqual(faults, []);
  await Promise.resolve();
  assert.deepEqual(faults, ["no such transport"]);
});

Deno.test("a large request waits for TCP a few seconds at most and then goes by UDP", async () => {
  const { transports, tcp, datagrams } = await setUp();
  const target: Target = { transport: "udp", address: { host: "203.0.113.7", port: 5060 } };
  const large = parsed(REQUEST);
  large.headers.append("X-Filler", "x".repeat(1300));
  transports.send(large, { kind: "target", target }, assert.fail);
  assert.equal(datagrams.length, 0);
  assert.ok(tcp.connects[0]!.options.deadlineMs <= 4000);
  tcp.fail();
  assert.match(datagrams[0]!.text, /^OPTIONS [^]*Via: SIP\/2\.0\/UDP/);
  transports.send(large, { kind: "target", target }, assert.fail);
  assert.equal(datagrams.length, 2, "no second wait");
});

function largeInvite(): SipRequest {
  const invite = parsed(REQUEST.replaceAll("OPTIONS", "INVITE"));
  invite.headers.append("X-Filler", "x".repeat(1300));
  return invite;
}

/** ACK or CANCEL with the Via that the INVITE was given. */
function follower(invite: SipRequest, method: "ACK" | "CANCEL"): SipRequest {
  const request = parsed(REQUEST.replaceAll("OPTIONS", method));
  request.headers.removeFirst("Via");
  request.headers.prepend("Via", invite.headers.get("Via")!);
  return request;
}

/** A phone has registered from 203.0.113.1:6000. */
async function setUpPhone(named = { host: "203.0.113.1", port: 6000 }) {
  const parts = await setUp();
  parts.arrive(REQUEST);
  const { flow } = parts.messages[0]!;
  return { ...parts, phone: { kind: "flow", flow, named } satisfies Destination };
}

Deno.test("a large request to a UDP phone waits for TCP half a second at most, then goes over its flow", async () => {
  const { transports, tcp, datagrams, phone } = await setUpPhone();
  const invite = largeInvite();
  transports.send(invite, phone, assert.fail);
  assert.equal(datagrams.length, 0);
  assert.deepEqual(tcp.connects[0]!.options, { remote: phone.flow.remote, deadlineMs: 500 });
  tcp.fail();
  assert.match(datagrams[0]!.text, /^INVITE [^]*Via: SIP\/2\.0\/UDP 192\.0\.2\.9:5060/);
  assert.deepEqual([datagrams[0]!.to, datagrams[0]!.from], ["203.0.113.1:6000", "192.0.2.9"]);
  transports.send(follower(invite, "CANCEL"), phone, assert.fail);
  assert.match(datagrams[1]!.text, /^CANCEL [^]*Via: SIP\/2\.0\/UDP/);
  transports.send(invite, phone, assert.fail);
  assert.equal(datagrams.length, 3, "no second wait");
});

Deno.test("CANCEL and ACK go to a UDP phone by TCP where their INVITE went so, all else by UDP", async () => {
  const { transports, tcp, datagrams, phone } = await setUpPhone();
  const invite = largeInvite();
  transports.send(invite, phone, assert.fail);
  const socket = tcp.succeed();
  for (const method of ["CANCEL", "ACK"] as const) {
    transports.send(follower(invite, method), phone, assert.fail);
  }
  assert.deepEqual(socket.text.match(/^[A-Z]+ sip:\S+|^Via: \S+/gm), [
    "INVITE sip:a@b",
    "Via: SIP/2.0/TCP",
    "CANCEL sip:a@b",
    "Via: SIP/2.0/TCP",
    "ACK sip:a@b",
    "Via: SIP/2.0/TCP",
  ]);
  transports.send(parsed(REQUEST), phone, assert.fail);
  assert.match(datagrams[0]!.text, /^OPTIONS [^]*Via: SIP\/2\.0\/UDP/);
});

Deno.test("a large request to a phone behind NAT goes by UDP at once", async () => {
  for (const named of [{ host: "192.168.1.5", port: 6000 }, { host: "203.0.113.1", port: 5060 }]) {
    const { transports, tcp, datagrams, phone } = await setUpPhone(named);
    transports.send(largeInvite(), phone, assert.fail);
    assert.equal(tcp.connects.length, 0);
    assert.equal(datagrams.length, 1);
  }
});

Deno.test("a UDP phone that closes the connection without a word gets the request by UDP after all", async () => {
  const { transports, tcp, datagrams, phone } = await setUpPhone();
  transports.send(largeInvite(), phone, assert.fail);
  const socket = tcp.succeed();
  assert.equal(datagrams.length, 0);
  socket.destroy();
  await Promise.resolve();
  assert.match(datagrams[0]!.text, /^INVITE /);
});

Deno.test("a UDP phone that took a connection and never answered over it gets the next request by UDP", async () => {
  const { transports, tcp, datagrams, phone } = await setUpPhone();
  transports.send(largeInvite(), phone, assert.fail);
  tcp.succeed();
  transports.markFailed(phone);
  transports.send(largeInvite(), phone, assert.fail);
  assert.match(datagrams[0]!.text, /^INVITE /);
});

Deno.test("connections that UDP phones can do without leave half of the room to those that need one", async () => {
  const { transports, tcp, datagrams, arrive, messages } = await setUp({ limits: { maxOutgoing: 2 } });
  for (const port of [6001, 6002]) {
    arrive(REQUEST, { port });
    const { flow } = messages.at(-1)!;
    transports.send(largeInvite(), { kind: "flow", flow, named: flow.remote }, assert.fail);
  }
  await Promise.resolve();
  assert.equal(tcp.connects.length, 1);
  assert.equal(datagrams[0]?.to, "203.0.113.1:6002");
  const target: Target = { transport: "tcp", address: { host: "203.0.113.7", port: 5060 } };
  transports.send(parsed(REQUEST), { kind: "target", target }, assert.fail);
  assert.equal(tcp.connects.length, 2);
});

Deno.test("failed handshakes and turned-away connections are told and counted, logged once a minute", async () => {
  const lines: LogFields[] = [], told: string[] = [];
  const { tcp, transports, clock } = await setUp({
    log: { ...SILENT_LOG, warn: (_, fields) => void lines.push(fields ?? {}) },
    hooks: { refused: (remote, transport, reason) => told.push(`${remote.host} ${transport} ${reason}`) },
  });
  const fail = () => {
    tcp.door!.admit({ host: "203.0.113.5", port: 1 });
    tcp.door!.failed({ host: "203.0.113.5", port: 1 }, "does not speak TLS on this port");
  };
  for (let i = 0; i < 10; i++) fail();
  assert.equal(told.length, 10);
  assert.equal(transports.counts().refused, 10);
  assert.equal(lines.length, 1);
  clock.advance(60_000);
  fail();
  assert.equal(lines.length, 2);
});
