import assert from "node:assert/strict";
import { ManualClock } from "../../src/base/mod.ts";
import { createResponse, topVia } from "../../src/sip/message/mod.ts";
import type { Target } from "../../src/sip/transport/mod.ts";
import { Queue } from "../support/queue.ts";
import { optionsRequest, RealTransports } from "../support/real_transports.ts";

const encoder = new TextEncoder(), decoder = new TextDecoder();

function tcpTarget(port: number): { kind: "target"; target: Target } {
  return { kind: "target", target: { transport: "tcp", address: { host: "127.0.0.1", port } } };
}

/** A peer that speaks bytes. */
class RawPeer implements Disposable {
  constructor(readonly connection: Deno.TcpConn) {
    connection.setNoDelay(true);
  }

  static async connect(port: number, hostname = "127.0.0.1"): Promise<RawPeer> {
    return new RawPeer(await Deno.connect({ hostname, port }));
  }

  async write(text: string | Uint8Array): Promise<void> {
    let bytes = typeof text === "string" ? encoder.encode(text) : text;
    while (bytes.length > 0) bytes = bytes.subarray(await this.connection.write(bytes));
  }

  /** The next piece; undefined when the other side has closed. */
  async read(): Promise<string | undefined> {
    const buffer = new Uint8Array(65_536);
    const count = await this.connection.read(buffer).catch(() => null);
    return count === null ? undefined : decoder.decode(buffer.subarray(0, count));
  }

  [Symbol.dispose](): void {
    this.connection.close();
  }
}

function rawRequest(options: { port?: number; body?: string; callId?: string } = {}): string {
  const { port = 5060, body = "", callId = "raw" } = options;
  return [
    "OPTIONS sip:a@b SIP/2.0",
    `Via: SIP/2.0/TCP 127.0.0.1:${port};branch=z9hG4bKraw${callId}`,
    "From: <sip:a@b>;tag=1",
    "To: <sip:a@b>",
    `Call-ID: ${callId}`,
    "CSeq: 1 OPTIONS",
    "Max-Forwards: 70",
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

/** Peers here end without answering, which is rightly told as a fault once the test is over. */
const IGNORE = () => {};

Deno.test("a message sent byte by byte over a real connection arrives whole, and so does its neighbour", async () => {
  await using server = await RealTransports.open({ listen: ["tcp://127.0.0.1:0"] });
  using peer = await RawPeer.connect(server.port("tcp"));
  const bytes = encoder.encode(rawRequest({ body: "first", callId: "1" }) + rawRequest({ callId: "2" }));
  for (const byte of bytes) await peer.write(Uint8Array.of(byte));
  const first = await server.received.next(), second = await server.received.next();
  assert.equal(decoder.decode(first.message.body), "first");
  assert.equal(second.message.headers.get("Call-ID"), "2");
  assert.equal(first.flow.id, second.flow.id);
});

Deno.test("bodies stay untouched while later bytes of the connection arrive", async () => {
  await using server = await RealTransports.open({ listen: ["tcp://127.0.0.1:0"] });
  using peer = await RawPeer.connect(server.port("tcp"));
  const bodies = [];
  for (let i = 0; i < 50; i++) {
    await peer.write(rawRequest({ body: `body ${i}`, callId: String(i) }));
    bodies.push((await server.received.next()).message.body);
  }
  assert.deepEqual(
    bodies.map((body) => decoder.decode(body)),
    Array.from({ length: 50 }, (_, i) => `body ${i}`),
  );
});

Deno.test("requests to one target share a connection; the way back is its flow", async () => {
  await using server = await RealTransports.open({ listen: ["tcp://127.0.0.1:0"] });
  await using client = await RealTransports.open({ listen: ["tcp://127.0.0.1:0"] });
  for (let i = 0; i < 3; i++) {
    client.transports.send(optionsRequest(), tcpTarget(server.port("tcp")), IGNORE);
  }
  const flows = [];
  for (let i = 0; i < 3; i++) flows.push((await server.received.next()).flow);
  assert.equal(new Set(flows.map(({ id }) => id)).size, 1);
  server.transports.send(optionsRequest(), { kind: "flow", flow: flows[0]! }, IGNORE);
  const back = await client.received.next();
  assert.equal(topVia(back.message).port, server.port("tcp"), "sent-by is where we listen");
  assert.equal(client.transports.counts().outgoingConnections, 1);
  assert.equal(client.transports.counts().acceptedConnections, 0);
});

Deno.test("a ping over a real connection is answered, and a malformed message with 400", async () => {
  const faults = new Queue<string>();
  await using server = await RealTransports.open({
    listen: ["tcp://127.0.0.1:0"],
    hooks: { malformed: (fault) => faults.put(fault.where) },
  });
  using peer = await RawPeer.connect(server.port("tcp"));
  await peer.write("\r\n\r\n");
  assert.equal(await peer.read(), "\r\n");
  await peer.write(rawRequest().replace("Max-Forwards: 70", "Content-Length: 0\r\nContent-Length: 7"));
  const answer = await peer.read();
  assert.match(answer ?? "", /^SIP\/2\.0 400 [^]*received=127\.0\.0\.1/);
  assert.equal(await peer.read(), undefined, "framing is lost, so the connection closes");
  assert.equal(await faults.next(), "Content-Length");
  assert.equal(server.transports.counts().malformed, 1);
});

Deno.test("slow bytes, silence and too many connections are met on real sockets", async () => {
  const clock = new ManualClock();
  await using server = await RealTransports.open({
    listen: ["tcp://127.0.0.1:0"],
    clock,
    limits: { maxUnprovenPerAddress: 2 },
  });
  using silent = await RawPeer.connect(server.port("tcp"));
  using slow = await RawPeer.connect(server.port("tcp"));
  await slow.write(rawRequest() + "OPTIONS sip:");
  await server.received.next();
  using second = await RawPeer.connect(server.port("tcp"));
  await second.write("\r\n\r\n");
  assert.equal(await second.read(), "\r\n");
  using third = await RawPeer.connect(server.port("tcp"));
  assert.equal(await third.read(), undefined, "two have said nothing yet");
  assert.equal(server.transports.counts().refused, 1);
  clock.advance(11_000);
  assert.equal(await slow.read(), undefined);
  clock.advance(5000);
  assert.equal(await silent.read(), undefined);
  assert.equal(await second.read(), undefined);
});

Deno.test("a response whose connection is gone goes to where the peer listens", async () => {
  await using server = await RealTransports.open({ listen: ["tcp://127.0.0.1:0"] });
  await using phone = await RealTransports.open({ listen: ["tcp://127.0.0.1:0"] });
  const peer = await RawPeer.connect(server.port("tcp"));
  await peer.write(rawRequest({ port: phone.port("tcp") }));
  const { message, flow } = await server.received.next();
  peer.connection.close();
  assert.equal((await server.closed.next()).id, flow.id);
  assert.equal(flow.isOpen, false);
  assert.ok(message.kind === "request");
  server.transports.send(createResponse(message, 200), { kind: "flow", flow }, assert.fail);
  assert.equal((await phone.received.next()).message.kind, "response");
});

Deno.test("a request over a connection that is gone fails at once", async () => {
  await using server = await RealTransports.open({ listen: ["tcp://127.0.0.1:0"] });
  const peer = await RawPeer.connect(server.port("tcp"));
  await peer.write(rawRequest());
  const { flow } = await server.received.next();
  peer.connection.close();
  await server.closed.next();
  assert.equal(server.transports.localContact({ kind: "flow", flow }), undefined);
  assert.equal(await server.send(optionsRequest(), { kind: "flow", flow }), "flow closed");
});

Deno.test("a target that nobody listens on fails, and is tried after the others from then on", async () => {
  await using live = await RealTransports.open({ listen: ["tcp://127.0.0.1:0"] });
  const dead = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const deadPort = dead.addr.port;
  dead.close();
  const srv = { type: "SRV", weight: 0, target: "host.test", ttlSec: 60 } as const;
  await using client = await RealTransports.open({
    listen: [],
    dns: {
      query: (name, type) => {
        const records = type === "SRV" && name === "_sip._tcp.pbx.test"
          ? [{ ...srv, priority: 1, port: deadPort }, { ...srv, priority: 2, port: live.port("tcp") }]
          : type === "A" && name === "host.test"
          ? [{ type, address: "127.0.0.1", ttlSec: 60 } as const]
          : [];
        return Promise.resolve(
          records.length > 0 ? { kind: "records", records } : { kind: "none", ttlSec: 60 },
        );
      },
    },
  });
  const uri = {
    scheme: "sip",
    host: "pbx.test",
    params: new Map([["transport", "tcp"]]),
    headers: new Map(),
  } as const;
  const before = await client.transports.resolve(uri);
  assert.deepEqual(before.map(({ address }) => address.port), [deadPort, live.port("tcp")]);
  assert.equal(
    await client.send(optionsRequest(), { kind: "target", target: before[0]! }),
    "connection failed",
  );
  const after = await client.transports.resolve(uri);
  assert.deepEqual(after.map(({ address }) => address.port), [live.port("tcp"), deadPort]);
  client.transports.send(optionsRequest(), { kind: "target", target: after[0]! }, IGNORE);
  await live.received.next();
});

Deno.test("a port in use stops the start and leaves nothing open", async () => {
  await using first = await RealTransports.open({ listen: ["tcp://127.0.0.1:0", "udp://127.0.0.1:0"] });
  for (const transport of ["tcp", "udp"] as const) {
    const url = `${transport}://127.0.0.1:${first.port(transport)}`;
    await using second = new RealTransports({ listen: ["udp://127.0.0.1:0", url] });
    assert.deepEqual(await second.start(), { ok: false, error: `Cannot listen on "${url}": port is in use` });
    assert.deepEqual(second.transports.listening, []);
  }
  await using third = new RealTransports({ listen: ["udp://192.0.2.200:5060"] });
  assert.deepEqual(await third.start(), {
    ok: false,
    error: 'Cannot listen on "udp://192.0.2.200:5060": this machine has no such address',
  });
});
