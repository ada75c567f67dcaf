import assert from "node:assert/strict";
import { ManualClock } from "../../base/mod.ts";
import { FakeStreamNetwork } from "../../../tests/support/fake_streams.ts";
import type { Framed } from "../message/mod.ts";
import { Connections } from "./connections.ts";
import { DEFAULT_LIMITS, type TransportLimits } from "./limits.ts";
import type { SendFault, Target } from "./types.ts";

const MESSAGE = [
  "OPTIONS sip:a@b SIP/2.0",
  "Via: SIP/2.0/TCP h;branch=z9hG4bK1",
  "From: <sip:a@b>;tag=1",
  "To: <sip:a@b>",
  "Call-ID: 1",
  "CSeq: 1 OPTIONS",
  "Max-Forwards: 70",
  "Content-Length: 4",
  "",
  "body",
].join("\r\n");

const TARGET: Target = { transport: "tcp", address: { host: "198.51.100.1", port: 5060 } };

async function setUp(limits: Partial<TransportLimits> = {}) {
  const clock = new ManualClock(), network = new FakeStreamNetwork();
  const framed: Exclude<Framed, "ping" | "pong">[] = [], closed: string[] = [], refused: string[] = [];
  let isAdmitted = true;
  const connections = new Connections({
    networks: { tcp: network, tls: undefined },
    limits: { ...DEFAULT_LIMITS, ...limits },
    clock,
    events: {
      admit: () => isAdmitted,
      framed: (one) => void framed.push(one),
      flowClosed: (_, reason) => void closed.push(reason),
      refused: (_, __, reason) => void refused.push(reason),
      connectFailed: () => {},
    },
  });
  assert.ok((await connections.listen({ transport: "tcp", host: "192.0.2.1", port: 5060 })).ok);
  const faults: SendFault[] = [];
  const send = (text = "x") =>
    connections.sendTo(TARGET, {
      bytes: new TextEncoder().encode(text),
      isRequest: true,
      onFault: (fault) => void faults.push(fault),
    });
  return {
    clock,
    network,
    connections,
    framed,
    closed,
    refused,
    faults,
    send,
    ban: () => isAdmitted = false,
    /** Lets microtasks run. */
    settle: () => new Promise<void>((resolve) => queueMicrotask(() => queueMicrotask(resolve))),
  };
}

Deno.test("a message is whole however the stream is cut", async () => {
  const { network, framed } = await setUp();
  const bytes = new TextEncoder().encode(MESSAGE);
  const socket = network.accept("203.0.113.1")!;
  for (let cut = 1; cut < bytes.length; cut++) {
    framed.length = 0;
    // A chunk's memory may be used again by the network once it was handed over.
    for (const part of [bytes.slice(0, cut), bytes.slice(cut)]) {
      socket.receive(part);
      part.fill(0);
    }
    assert.equal(framed.length, 1, `cut at ${cut}`);
  }
  framed.length = 0;
  for (const byte of bytes) socket.receive(Uint8Array.of(byte));
  assert.equal(framed.length, 1);
});

Deno.test("a ping is answered with a pong", async () => {
  const { network } = await setUp();
  const socket = network.accept("203.0.113.1")!;
  socket.receive("\r\n\r\n");
  assert.equal(socket.text, "\r\n");
});

Deno.test("what says nothing, stalls within a message, or is silent too long is closed", async () => {
  const rows: [string, (socket: { receive(text: string): void }) => void, number, string][] = [
    ["no byte", () => {}, 15_000, "sends no message"],
    ["pings alone", (socket) => socket.receive("\r\n\r\n"), 15_000, "sends no message"],
    [
      "half a message",
      (socket) => socket.receive(MESSAGE.slice(0, 50)),
      10_000,
      "does not finish its message",
    ],
    ["silence", (socket) => socket.receive(MESSAGE), 3_900_000, "silent for too long"],
  ];
  for (const [name, act, ms, reason] of rows) {
    const { network, clock, closed, connections, settle } = await setUp();
    act(network.accept("203.0.113.1")!);
    clock.advance(ms - 1000);
    await settle();
    assert.deepEqual(closed, [], name);
    clock.advance(2000);
    await settle();
    assert.deepEqual(closed, [reason], name);
    assert.equal(connections.open.accepted, 0);
    clock.advance(2000);
    assert.equal(clock.pending, 0, "no timer without connections");
  }
});

Deno.test("a byte now and then does not keep a message open", async () => {
  const { network, clock, closed, settle } = await setUp();
  const socket = network.accept("203.0.113.1")!;
  socket.receive(MESSAGE);
  for (let i = 0; i < 12 && closed.length === 0; i++) {
    socket.receive(MESSAGE.slice(i, i + 1));
    clock.advance(1000);
    await settle();
  }
  assert.deepEqual(closed, ["does not finish its message"]);
});

Deno.test("one address gets so many connections, and fewer before it has said anything", async () => {
  const { network, refused, connections } = await setUp({
    maxConnectionsPerAddress: 4,
    maxUnprovenPerAddress: 2,
  });
  assert.ok(network.accept("203.0.113.1") && network.accept("203.0.113.1"));
  assert.equal(network.accept("203.0.113.1"), undefined);
  assert.ok(network.accept("203.0.113.2"));
  assert.deepEqual(refused, ["too many from this address connections"]);
  assert.equal(connections.open.accepted, 3);
});

Deno.test("proven connections count against the larger cap alone", async () => {
  const { network } = await setUp({ maxConnectionsPerAddress: 4, maxUnprovenPerAddress: 1 });
  for (let i = 0; i < 4; i++) network.accept("203.0.113.1")!.receive(MESSAGE);
  assert.equal(network.accept("203.0.113.1"), undefined);
});

Deno.test("an IPv6 sender is capped by its /64", async () => {
  const { network } = await setUp({ maxUnprovenPerAddress: 2 });
  assert.ok(network.accept("2001:db8::1") && network.accept("2001:db8::2"));
  assert.equal(network.accept("2001:db8::3"), undefined);
  assert.ok(network.accept("2001:db8:0:1::1"));
});

Deno.test("a flood of silent connections pushes out its own and not the phones", async () => {
  const { network, connections, settle } = await setUp({ maxUnproven: 3 });
  const phone = network.accept("203.0.113.200")!;
  phone.receive(MESSAGE);
  const flood = [];
  for (let i = 1; i <= 20; i++) {
    const socket = network.accept(`203.0.113.${i}`);
    assert.ok(socket, "there is always room for the next one");
    flood.push(socket);
    await settle();
  }
  assert.equal(phone.isClosed, false);
  assert.equal(flood.filter((socket) => !socket.isClosed).length, 3);
  assert.equal(connections.open.accepted, 4);
});

Deno.test("a full house takes no more", async () => {
  const { network } = await setUp({ maxConnections: 2 });
  network.accept("203.0.113.1")!.receive(MESSAGE);
  network.accept("203.0.113.2")!.receive(MESSAGE);
  assert.equal(network.accept("203.0.113.3"), undefined);
});

Deno.test("counts return to zero whatever way connections end", async () => {
  const { network, connections, clock, settle } = await setUp();
  network.accept("203.0.113.1")!.receive(MESSAGE);
  network.accept("203.0.113.1")!.receive("garbage\r\n\r\n");
  network.accept("203.0.113.1")!.destroy();
  assert.ok(network.door!.admit({ host: "203.0.113.1", port: 1 }));
  network.door!.failed({ host: "203.0.113.1", port: 1 }, "handshake");
  await settle();
  assert.equal(connections.open.accepted, 1);
  connections.closeFrom((host) => host === "203.0.113.1", "banned");
  await settle();
  assert.equal(connections.open.accepted, 0);
  clock.advance(2000);
  assert.equal(clock.pending, 0);
});

Deno.test("a sender banned in the middle is cut off before its next byte is read", async () => {
  const { network, framed, ban, settle } = await setUp();
  const socket = network.accept("203.0.113.1")!;
  ban();
  socket.receive(MESSAGE);
  await settle();
  assert.ok(socket.isClosed);
  assert.equal(framed.length, 0);
  assert.equal(network.accept("203.0.113.1"), undefined);
});

Deno.test("messages to one target share one connection, also while it opens", async () => {
  const { network, send } = await setUp();
  send("1");
  send("2");
  assert.equal(network.connects.length, 1);
  const socket = network.succeed();
  send("3");
  assert.equal(network.connects.length, 0);
  assert.equal(socket.text, "123");
});

Deno.test("a connection that does not come about fails every message that waits, once", async () => {
  const { network, send, faults } = await setUp({ maxQueuedMessages: 3 });
  for (let i = 0; i < 5; i++) send();
  await Promise.resolve();
  assert.deepEqual(faults, ["connection failed", "connection failed"], "the queue is bounded");
  network.fail("certificate refused");
  assert.deepEqual(faults.slice(2), Array(3).fill("certificate refused"));
  send();
  assert.equal(network.connects.length, 1, "the next message tries anew");
});

Deno.test("a request written to a connection that ends unheard is told as failed", async () => {
  const { network, send, faults, settle } = await setUp();
  send();
  const socket = network.succeed();
  socket.receive("\r\n");
  send();
  socket.destroy();
  await settle();
  assert.deepEqual(faults, ["connection failed"], "the first was followed by a sign of life");
  send();
  assert.equal(network.connects.length, 1, "the pool has forgotten the dead connection");
});

Deno.test("an accepted connection is never used for a target at the same address", async () => {
  const { network, connections, send } = await setUp();
  network.accept(TARGET.address.host)!.receive(MESSAGE);
  send();
  assert.equal(network.connects.length, 1);
  assert.equal(connections.open.accepted, 1);
});

Deno.test("a peer that does not read costs a bounded queue, then its connection", async () => {
  const { network, send, faults, settle } = await setUp({ maxQueuedBytes: 100 });
  send();
  const socket = network.succeed();
  socket.queuedBytes = 95;
  send("12345");
  assert.equal(socket.isClosed, false);
  send("123456");
  await settle();
  assert.ok(socket.isClosed);
  assert.ok(faults.length >= 2);
  assert.equal(network.connects.length, 1, "the message that did not fit tries a new connection");
});

Deno.test("bytes that never leave end the connection", async () => {
  const { network, send, clock, closed, settle } = await setUp();
  send();
  const socket = network.succeed();
  socket.queuedBytes = 1;
  clock.advance(19_000);
  assert.equal(socket.isClosed, false);
  clock.advance(3000);
  await settle();
  assert.deepEqual(closed, ["does not read what it is sent"]);
});

Deno.test("a quiet outgoing connection is pinged; only a peer known to answer is dropped for silence", async () => {
  const { network, send, clock, settle, closed } = await setUp();
  send("");
  const socket = network.succeed();
  clock.advance(60_000);
  assert.ok(socket.text.startsWith("\r\n\r\n"));
  assert.equal(socket.isClosed, false);
  socket.receive("\r\n");
  clock.advance(40_000);
  await settle();
  assert.deepEqual(closed, ["no longer answers pings"]);
});

Deno.test("broken framing ends the connection after what was read", async () => {
  const { network, framed, closed, settle } = await setUp();
  const socket = network.accept("203.0.113.1")!;
  socket.receive(MESSAGE.replace("Content-Length: 4", "Content-Length: -4"));
  await settle();
  assert.equal(framed.length, 1);
  assert.match(closed[0] ?? "", /^framing broken/);
});

Deno.test("connections of ours are capped", async () => {
  const { connections, network, settle } = await setUp({ maxOutgoing: 2 });
  const faults: SendFault[] = [];
  for (let i = 1; i <= 3; i++) {
    connections.sendTo({ transport: "tcp", address: { host: `198.51.100.${i}`, port: 5060 } }, {
      bytes: new Uint8Array(1),
      isRequest: true,
      onFault: (fault) => void faults.push(fault),
    });
  }
  await settle();
  assert.equal(network.connects.length, 2);
  assert.deepEqual(faults, ["connection failed"]);
  network.fail();
  network.fail();
  connections.close();
});

Deno.test("stopping gives up connections that are still opening", async () => {
  const { connections, network, send } = await setUp();
  send();
  const [attempt] = network.connects;
  connections.close();
  assert.ok(attempt!.isGivenUp);
});
