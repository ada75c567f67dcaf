import assert from "node:assert/strict";
import tls from "node:tls";
import type { LogFields } from "../../src/base/mod.ts";
import { SILENT_LOG } from "../../src/base/mod.ts";
import { createResponse, printMessage } from "../../src/sip/message/mod.ts";
import type { Target } from "../../src/sip/transport/mod.ts";
import { Queue } from "../support/queue.ts";
import { optionsRequest, RealTransports } from "../support/real_transports.ts";
import { TestAuthority, TestCertificates, tlsNetwork } from "../support/tls_peer.ts";

const authority = await TestAuthority.create();
const pair = await authority.issue("pbx.test", "127.0.0.1");
const LISTEN = ["tls://127.0.0.1:0"];

function target(port: number, serverName?: string): Target {
  return {
    transport: "tls",
    address: { host: "127.0.0.1", port },
    ...serverName === undefined ? {} : { serverName },
  };
}

/** Peers here end without answering, which is rightly told as a fault once the test is over. */
const IGNORE = () => {};

Deno.test("request and response cross by TLS, then a request the other way over the same connection", async () => {
  await using server = await RealTransports.open({
    listen: LISTEN,
    tls: tlsNetwork(authority, { certificates: new TestCertificates(pair) }),
  });
  await using phone = await RealTransports.open({ listen: [], tls: tlsNetwork(authority) });
  const destination = { kind: "target", target: target(server.port("tls"), "pbx.test") } as const;
  phone.transports.send(optionsRequest(), destination, IGNORE);
  const { message, flow } = await server.received.next();
  assert.ok(message.kind === "request");
  server.transports.send(createResponse(message, 200), { kind: "flow", flow }, assert.fail);
  const response = await phone.received.next();
  assert.equal(response.message.kind, "response");
  assert.deepEqual([flow.tlsVersion, response.flow.tlsVersion], ["TLSv1.3", "TLSv1.3"]);
  server.transports.send(optionsRequest(), { kind: "flow", flow }, IGNORE);
  assert.equal((await phone.received.next()).message.kind, "request");
  assert.equal(server.transports.counts().acceptedConnections, 1);
  assert.equal(phone.transports.counts().outgoingConnections, 1);
});

for (const version of ["TLSv1.2", "TLSv1.3"]) {
  Deno.test({
    name: `a phone that speaks ${version} and nothing else has its OPTIONS answered`,
    ignore: !hasOpenssl(),
    async fn() {
      await using server = await RealTransports.open({
        listen: LISTEN,
        tls: tlsNetwork(authority, { certificates: new TestCertificates(pair) }),
      });
      const phone = new Deno.Command("openssl", {
        args: [
          "s_client",
          "-quiet",
          "-connect",
          `127.0.0.1:${server.port("tls")}`,
          version.replace("TLSv1.", "-tls1_"),
        ],
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
      }).spawn();
      const writer = phone.stdin.getWriter();
      await writer.write(printMessage(optionsRequest()));
      const { message, flow } = await server.received.next();
      assert.ok(message.kind === "request" && message.method === "OPTIONS");
      assert.equal(flow.tlsVersion, version);
      server.transports.send(createResponse(message, 200), { kind: "flow", flow }, assert.fail);
      const reader = phone.stdout.getReader();
      assert.match(new TextDecoder().decode((await reader.read()).value), /^SIP\/2\.0 200 OK\r\n/);
      phone.kill();
      await phone.status;
      await Promise.allSettled([reader.cancel(), writer.close()]);
    },
  });
}

Deno.test("a server is believed only with the right name and a known authority", async () => {
  await using server = await RealTransports.open({
    listen: LISTEN,
    tls: tlsNetwork(authority, { certificates: new TestCertificates(pair) }),
  });
  const stranger = await TestAuthority.create("stranger");
  const rows: [string, TestAuthority, string | undefined, string | undefined][] = [
    ["right name", authority, "pbx.test", undefined],
    ["right address", authority, undefined, undefined],
    ["another name", authority, "bank.test", "certificate refused"],
    ["unknown authority", stranger, "pbx.test", "certificate refused"],
  ];
  for (const [name, believed, serverName, want] of rows) {
    await using client = await RealTransports.open({ listen: [], tls: tlsNetwork(believed) });
    const place = { kind: "target", target: target(server.port("tls"), serverName) } as const;
    const arrival = want === undefined ? server.received.next() : new Promise(() => {});
    assert.equal(await client.send(optionsRequest(), place, arrival), want, name);
  }
});

Deno.test("names of a client certificate count only when its authority is known", async () => {
  const stranger = await TestAuthority.create("stranger");
  const rows: [string, TestAuthority | undefined, string[]][] = [
    ["none", undefined, []],
    ["known", authority, ["carrier.test", "192.0.2.7"]],
    ["stranger's", stranger, []],
  ];
  await using server = await RealTransports.open({
    listen: LISTEN,
    tls: tlsNetwork(authority, {
      certificates: new TestCertificates(pair),
      clientCertificates: "optional",
    }),
  });
  for (const [name, issuer, want] of rows) {
    const own = issuer &&
      { certificates: new TestCertificates(await issuer.issue(...["carrier.test", "192.0.2.7"])) };
    await using client = await RealTransports.open({ listen: [], tls: tlsNetwork(authority, own) });
    const place = { kind: "target", target: target(server.port("tls"), "pbx.test") } as const;
    client.transports.send(optionsRequest(), place, () => {});
    assert.deepEqual((await server.received.next()).flow.peerNames, want, name);
  }
});

Deno.test("required client certificates keep out who has none, and the log says it in words", async () => {
  const refusals = new Queue<string>();
  await using server = await RealTransports.open({
    listen: LISTEN,
    tls: tlsNetwork(authority, {
      certificates: new TestCertificates(pair),
      clientCertificates: "required",
    }),
    hooks: { refused: (_, __, reason) => refusals.put(reason) },
  });
  await using client = await RealTransports.open({ listen: [], tls: tlsNetwork(authority) });
  const place = { kind: "target", target: target(server.port("tls"), "pbx.test") } as const;
  assert.equal(await client.send(optionsRequest(), place), "connection failed");
  assert.match(await refusals.next(), /no client certificate/);
  assert.equal(server.received.length, 0);
});

/** Names and authority of the certificate shown for `serverName`. */
function shown(port: number, serverName?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      host: "127.0.0.1",
      port,
      rejectUnauthorized: false,
      ...serverName === undefined ? {} : { servername: serverName },
    }, () => {
      resolve(socket.getPeerCertificate().subjectaltname ?? "");
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

Deno.test("the certificate is chosen by the name asked for", async () => {
  const other = await authority.issue("other.test");
  await using server = await RealTransports.open({
    listen: LISTEN,
    tls: tlsNetwork(authority, { certificates: new TestCertificates(pair, { "other.test": other }) }),
  });
  const port = server.port("tls");
  assert.match(await shown(port, "other.test"), /DNS:other\.test/);
  assert.match(await shown(port, "pbx.test"), /DNS:pbx\.test/);
  assert.match(await shown(port, "unknown.test"), /DNS:pbx\.test/);
  assert.match(await shown(port), /DNS:pbx\.test/);
});

Deno.test("an exchanged certificate serves new connections while old ones live on", async () => {
  const certificates = new TestCertificates(pair);
  await using server = await RealTransports.open({
    listen: LISTEN,
    tls: tlsNetwork(authority, { certificates }),
  });
  await using phone = await RealTransports.open({ listen: [], tls: tlsNetwork(authority) });
  const destination = { kind: "target", target: target(server.port("tls"), "pbx.test") } as const;
  phone.transports.send(optionsRequest(), destination, IGNORE);
  const { flow } = await server.received.next();
  certificates.exchange(await authority.issue("pbx.test", "renewed.test"));
  assert.match(await shown(server.port("tls")), /DNS:renewed\.test/);
  assert.match(await shown(server.port("tls"), "pbx.test"), /DNS:renewed\.test/);
  assert.ok(flow.isOpen);
  server.transports.send(optionsRequest(), { kind: "flow", flow }, IGNORE);
  await phone.received.next();
});

Deno.test("a handshake that does not go on is ended and its place given back", async () => {
  const refusals = new Queue<string>();
  await using server = await RealTransports.open({
    listen: LISTEN,
    tls: tlsNetwork(authority, { certificates: new TestCertificates(pair), handshakeMs: 30 }),
    hooks: { refused: (_, __, reason) => refusals.put(reason) },
  });
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port("tls") });
  assert.equal(await connection.read(new Uint8Array(1)).catch(() => null), null);
  connection.close();
  assert.match(await refusals.next(), /in time/);
  assert.equal(server.transports.counts().acceptedConnections, 0);
});

Deno.test("plain SIP on the TLS port is refused in words", async () => {
  const lines = new Queue<LogFields>();
  await using server = await RealTransports.open({
    listen: LISTEN,
    tls: tlsNetwork(authority, { certificates: new TestCertificates(pair) }),
    log: { ...SILENT_LOG, warn: (_, fields) => lines.put(fields ?? {}) },
  });
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port("tls") });
  await connection.write(new TextEncoder().encode("OPTIONS sip:a@b SIP/2.0\r\n\r\n"));
  while (await connection.read(new Uint8Array(100)).catch(() => null) !== null) { /* alerts */ }
  connection.close();
  assert.deepEqual(await lines.next(), {
    transport: "tls",
    remote: "127.0.0.1",
    reason: "does not speak TLS on this port",
  });
});

Deno.test(
  "an old phone without a common cipher is told so in the log",
  { ignore: !hasOpenssl() },
  async () => {
    const refusals = new Queue<string>();
    await using server = await RealTransports.open({
      listen: LISTEN,
      tls: tlsNetwork(authority, { certificates: new TestCertificates(pair) }),
      hooks: { refused: (_, __, reason) => refusals.put(reason) },
    });
    for (const flags of [["-tls1_1"], ["-tls1_2", "-cipher", "AES128-SHA"]]) {
      const args = ["s_client", "-connect", `127.0.0.1:${server.port("tls")}`, ...flags];
      await new Deno.Command("openssl", { args, stdin: "null", stdout: "null", stderr: "null" }).output();
      assert.match(
        await refusals.next(),
        /no TLS version or cipher in common.*update the phone/,
        flags.join(" "),
      );
    }
  },
);

function hasOpenssl(): boolean {
  try {
    return new Deno.Command("openssl", { args: ["version"], stdout: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

Deno.test("without a certificate the TLS listener says so at start", async () => {
  await using server = new RealTransports({ listen: ["tls://127.0.0.1:0"] });
  const started = await server.start();
  assert.deepEqual(started, {
    ok: false,
    error: 'Cannot listen on "tls://127.0.0.1:0": there is no certificate for TLS',
  });
});
