import assert from "node:assert/strict";
import { createResponse, topVia } from "../../src/sip/message/mod.ts";
import { udpFlow } from "../../src/sip/transport/mod.ts";
import { optionsRequest, RealTransports } from "../support/real_transports.ts";

Deno.test("a request and its response cross by UDP, and the Via tells both paths", async () => {
  await using server = await RealTransports.open();
  await using client = await RealTransports.open();
  const port = server.port("udp");
  const target = { transport: "udp", address: { host: "127.0.0.1", port } } as const;
  client.transports.send(optionsRequest(), { kind: "target", target }, assert.fail);
  const { message, flow } = await server.received.next();
  assert.ok(message.kind === "request");
  const via = topVia(message);
  assert.equal(via.host, "127.0.0.1");
  assert.equal(via.port, client.port("udp"));
  assert.equal(via.params.get("received"), "127.0.0.1");
  assert.equal(via.params.get("rport"), String(client.port("udp")));
  assert.deepEqual(
    flow,
    udpFlow({ host: "127.0.0.1", port }, { host: "127.0.0.1", port: client.port("udp") }),
  );
  server.transports.send(createResponse(message, 200), { kind: "flow", flow }, assert.fail);
  const answer = await client.received.next();
  assert.ok(answer.message.kind === "response");
  assert.equal(answer.message.statusCode, 200);
});

function udpTarget(port: number, host = "127.0.0.1") {
  return { kind: "target", target: { transport: "udp", address: { host, port } } } as const;
}

/** A peer that speaks datagrams. */
class RawUdp implements Disposable {
  readonly socket: Deno.DatagramConn;

  constructor(hostname = "127.0.0.1") {
    this.socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
  }

  get port(): number {
    return this.socket.addr.transport === "udp" ? this.socket.addr.port : 0;
  }

  async send(bytes: string | Uint8Array<ArrayBuffer>, port: number, hostname = "127.0.0.1"): Promise<void> {
    const data = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    await this.socket.send(data, { transport: "udp", hostname, port });
  }

  async receive(): Promise<string> {
    const [bytes] = await this.socket.receive();
    return new TextDecoder().decode(bytes);
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }
}

function rawRequest(via: string, extra = ""): string {
  return [
    "OPTIONS sip:a@b SIP/2.0",
    `Via: SIP/2.0/UDP ${via}`,
    "From: <sip:a@b>;tag=1",
    "To: <sip:a@b>",
    "Call-ID: raw",
    "CSeq: 1 OPTIONS",
    "Max-Forwards: 70",
    `User-Agent: ${"x".repeat(200)}`,
    `${extra}Content-Length: 0`,
    "",
    "",
  ].join("\r\n");
}

Deno.test("a response goes to the source port with rport, to the sent-by port without", async () => {
  await using server = await RealTransports.open();
  using asking = new RawUdp(), listening = new RawUdp();
  const rows: [string, string, RawUdp][] = [
    ["rport asked for", `127.0.0.1:${listening.port};rport;branch=z9hG4bK1`, asking],
    ["no rport: where it says it listens", `127.0.0.1:${listening.port};branch=z9hG4bK2`, listening],
    ["no rport, behind a NAT", `192.168.1.5:${listening.port};branch=z9hG4bK3`, asking],
    ["maddr is not followed", `127.0.0.1:${listening.port};rport;maddr=192.0.2.1;branch=z9hG4bK4`, asking],
  ];
  for (const [name, via, heard] of rows) {
    await asking.send(rawRequest(via), server.port("udp"));
    const { message, flow } = await server.received.next();
    assert.ok(message.kind === "request");
    server.transports.send(createResponse(message, 200), { kind: "flow", flow }, assert.fail);
    assert.match(await heard.receive(), /^SIP\/2\.0 200 /, name);
  }
});

Deno.test("a malformed datagram is answered with no more bytes than it had, keep-alives not at all", async () => {
  await using server = await RealTransports.open();
  using peer = new RawUdp();
  const via = `127.0.0.1:${peer.port};rport;branch=z9hG4bK`;
  const silent = [
    "\r\n\r\n",
    "\0\0\0\0",
    "",
    "nonsense",
    rawRequest(via).replace("OPTIONS", "ACK").replace(
      "70",
      "-1",
    ),
  ];
  for (const text of silent) await peer.send(text, server.port("udp"));
  const small = rawRequest(via).replace(/User-Agent: x+\r\n/, "").replace("Max-Forwards: 70\r\n", "");
  await peer.send(small.replace("1 OPTIONS", "1 INVITE"), server.port("udp"));
  const request = rawRequest(via).replace("1 OPTIONS", "1 INVITE");
  await peer.send(request, server.port("udp"));
  const answer = await peer.receive();
  assert.match(answer, /^SIP\/2\.0 400 /);
  assert.ok(answer.length <= request.length);
});

Deno.test("a banned sender is not even parsed", async () => {
  const asked: string[] = [];
  await using server = await RealTransports.open({
    hooks: { admit: (host) => asked.push(host) > 1, malformed: () => assert.fail("parsed") },
  });
  using peer = new RawUdp();
  await peer.send("garbage", server.port("udp"));
  await peer.send(rawRequest(`127.0.0.1:${peer.port};rport;branch=z9hG4bK1`), server.port("udp"));
  await server.received.next();
  assert.equal(server.transports.counts().refused, 1);
});

Deno.test("every byte in and out is shown to the trace", async () => {
  const seen: string[] = [];
  await using server = await RealTransports.open({
    hooks: {
      trace: (direction, bytes, flow) => seen.push(`${direction} ${bytes.length} ${flow.remote.port}`),
    },
  });
  using peer = new RawUdp();
  const request = rawRequest(`127.0.0.1:${peer.port};rport;branch=z9hG4bK1`);
  await peer.send(request, server.port("udp"));
  const { message, flow } = await server.received.next();
  assert.ok(message.kind === "request");
  server.transports.send(createResponse(message, 200), { kind: "flow", flow }, assert.fail);
  const answer = await peer.receive();
  assert.deepEqual(seen, [`in ${request.length} ${peer.port}`, `out ${answer.length} ${peer.port}`]);
});

Deno.test("a request over 1300 bytes goes by TCP where the peer can", async () => {
  await using server = await RealTransports.open({ listen: ["udp://127.0.0.1:0"] });
  const port = server.port("udp");
  await using stream = await RealTransports.open({ listen: [`tcp://127.0.0.1:${port}`] });
  await using client = await RealTransports.open({ listen: ["udp://127.0.0.1:0", "tcp://127.0.0.1:0"] });
  const body = new Uint8Array(1400);
  client.transports.send(optionsRequest(), udpTarget(port), assert.fail);
  assert.equal(topVia((await server.received.next()).message).transport, "UDP");
  client.transports.send(optionsRequest({ body }), udpTarget(port), assert.fail);
  const large = await stream.received.next();
  assert.equal(topVia(large.message).transport, "TCP");
  assert.equal(topVia(large.message).port, client.port("tcp"));
});

Deno.test("a request over 1300 bytes goes by UDP when there is no TCP, the second time without trying", async () => {
  await using server = await RealTransports.open();
  await using client = await RealTransports.open();
  const body = new Uint8Array(1400), destination = udpTarget(server.port("udp"));
  for (let i = 0; i < 2; i++) {
    client.transports.send(optionsRequest({ body }), destination, assert.fail);
    const { message } = await server.received.next();
    assert.equal(topVia(message).transport, "UDP");
    assert.equal(message.body.length, 1400);
  }
});

Deno.test("a binding kept over a restart finds its UDP path again", async () => {
  await using phone = await RealTransports.open();
  let port: number;
  {
    await using first = await RealTransports.open();
    port = first.port("udp");
  }
  await using second = await RealTransports.open({ listen: [`udp://127.0.0.1:${port}`] });
  const flow = udpFlow({ host: "127.0.0.1", port }, { host: "127.0.0.1", port: phone.port("udp") });
  assert.deepEqual(second.transports.localContact({ kind: "flow", flow }), {
    host: "127.0.0.1",
    port,
    transport: "udp",
  });
  second.transports.send(optionsRequest(), { kind: "flow", flow }, assert.fail);
  assert.equal((await phone.received.next()).flow.remote.port, port);
  const gone = udpFlow({ host: "127.0.0.1", port: port + 1 }, flow.remote);
  assert.equal(await second.send(optionsRequest(), { kind: "flow", flow: gone }), "flow closed");
});

Deno.test("a wildcard listener shows peers the address that faces them", async () => {
  await using server = await RealTransports.open({ listen: ["udp://0.0.0.0:0", "tcp://0.0.0.0:0"] });
  using peer = new RawUdp();
  await peer.send(rawRequest(`127.0.0.1:${peer.port};rport;branch=z9hG4bK1`), server.port("udp"));
  const { flow } = await server.received.next();
  assert.deepEqual(flow.local, { host: "127.0.0.1", port: server.port("udp") });
  for (const transport of ["udp", "tcp"] as const) {
    const target = { transport, address: { host: "127.0.0.1", port: 9 } };
    assert.deepEqual(server.transports.localContact({ kind: "target", target }), {
      host: "127.0.0.1",
      port: server.port(transport),
      transport,
    });
  }
});

Deno.test("behind a NAT the outside address is shown where it should be", async () => {
  await using server = await RealTransports.open({
    publicHost: (_, remote) => remote.startsWith("127.") ? "203.0.113.5" : undefined,
  });
  const contact = server.transports.localContact(udpTarget(5060));
  assert.deepEqual(contact, { host: "203.0.113.5", port: server.port("udp"), transport: "udp" });
});

Deno.test("IPv6 alone and both families on one socket", { ignore: !hasIpv6() }, async () => {
  await using server = await RealTransports.open({ listen: ["udp://[::1]:0"] });
  using peer = new RawUdp("::1");
  await peer.send(rawRequest(`[::1]:${peer.port};rport;branch=z9hG4bK1`), server.port("udp"), "::1");
  const { message, flow } = await server.received.next();
  assert.ok(message.kind === "request");
  assert.equal(topVia(message).params.get("received"), "::1");
  server.transports.send(createResponse(message, 200), { kind: "flow", flow }, assert.fail);
  assert.match(await peer.receive(), /^SIP\/2\.0 200 /);
  assert.equal(
    server.transports.localContact(udpTarget(5060)),
    undefined,
    "an IPv6 listener has nothing for IPv4",
  );

  const port = freePort();
  const both = [`udp://0.0.0.0:${port}`, `udp://[::]:${port}`, `tcp://0.0.0.0:${port}`, `tcp://[::]:${port}`];
  await using dual = await RealTransports.open({ listen: both });
  using old = new RawUdp();
  await old.send(rawRequest(`127.0.0.1:${old.port};rport;branch=z9hG4bK1`), port);
  await peer.send(rawRequest(`[::1]:${peer.port};rport;branch=z9hG4bK1`), port, "::1");
  for (const host of ["127.0.0.1", "::1"]) {
    const arrived = await dual.received.next();
    assert.equal(arrived.flow.remote.host, host);
    assert.equal(arrived.flow.local.host, host);
    assert.ok(arrived.message.kind === "request");
    dual.transports.send(
      createResponse(arrived.message, 200),
      { kind: "flow", flow: arrived.flow },
      assert.fail,
    );
  }
  await old.receive();
  await peer.receive();
});

function freePort(): number {
  using probe = new RawUdp();
  return probe.port;
}

function hasIpv6(): boolean {
  return Deno.networkInterfaces().some(({ address }) => address === "::1");
}
