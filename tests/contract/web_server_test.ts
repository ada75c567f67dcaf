/** The listener of the page over real sockets: who asks, limits of connections, deadlines, a new certificate. */

import assert from "node:assert/strict";
import { serveHttp } from "../../src/platform/web_server.ts";
import { WEB_LIMITS, type WebFrontLimits } from "../../src/platform/web_front.ts";
import type { ServeOptions } from "../../src/http/mod.ts";
import { TestAuthority, TestCertificates } from "../support/tls_peer.ts";

const HOST = "127.0.0.1";
const ENCODER = new TextEncoder();

type Serving = { readonly port: number; readonly seen: string[] };

async function withServer(
  limits: Partial<WebFrontLimits>,
  test: (serving: Serving) => Promise<void>,
  more: Partial<ServeOptions> = {},
): Promise<void> {
  const seen: string[] = [];
  const handle: ServeOptions["handle"] = (request, { host }) => {
    seen.push(`${host} ${new URL(request.url).pathname}`);
    return new Response("here");
  };
  const serving = await serveHttp({ host: HOST, port: 0, handle, ...more }, { ...WEB_LIMITS, ...limits });
  assert.ok(serving.ok);
  try {
    await test({ port: serving.value.port, seen });
  } finally {
    await serving.value.stop();
  }
}

const connect = (port: number) => Deno.connect({ hostname: HOST, port });

/** What comes until the server closes. */
async function untilClosed(connection: Deno.TcpConn): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const bytes of connection.readable) text += decoder.decode(bytes);
  } catch {
    // Reset is closed, too.
  }
  return text;
}

async function get(port: number, client?: Deno.HttpClient, scheme = "http"): Promise<string> {
  return await (await fetch(`${scheme}://${HOST}:${port}/x`, client && { client })).text();
}

Deno.test("a visitor is known by its own address, over several requests", async () => {
  await withServer({}, async ({ port, seen }) => {
    using client = Deno.createHttpClient({ localAddress: "127.0.0.77" });
    assert.equal(await get(port, client), "here");
    assert.equal(await get(port, client), "here");
    assert.equal(await get(port), "here");
    assert.deepEqual(seen, ["127.0.0.77 /x", "127.0.0.77 /x", "127.0.0.1 /x"]);
  });
});

Deno.test("connections of one address are capped; others come in", async () => {
  await withServer({ maxPerAddress: 3 }, async ({ port }) => {
    const held = await Promise.all([1, 2, 3].map(() => connect(port)));
    assert.equal(await untilClosed(await connect(port)), "");
    using client = Deno.createHttpClient({ localAddress: "127.0.0.77" });
    assert.equal(await get(port, client), "here");
    for (const connection of held) connection.close();
  });
});

Deno.test("a flood from everywhere pushes out its own, not who is being answered", async () => {
  await withServer({ maxConnections: 3 }, async ({ port }) => {
    using client = Deno.createHttpClient({ localAddress: "127.0.0.77" });
    assert.equal(await get(port, client), "here");
    const flood = await Promise.all([1, 2, 3, 4, 5, 6].map(() => connect(port)));
    const ends = flood.map(untilClosed);
    await Promise.race(ends);
    assert.equal(await get(port, client), "here");
    await withTimeout(Promise.all(ends.slice(0, 2)));
    flood.slice(2).forEach((connection) => tryClose(connection));
    await Promise.all(ends);
  });
});

Deno.test("silence, a head that never ends and a body that never comes are ended", async () => {
  await withServer({ firstAnswerMs: 300, answerMs: 300 }, async ({ port }) => {
    const silent = await connect(port), half = await connect(port), slow = await connect(port);
    await half.write(ENCODER.encode("GET / HTTP/1.1\r\nHost: x\r\nX-A: "));
    const drip = setInterval(() => void slow.write(ENCODER.encode("G")).catch(() => undefined), 50);
    await withTimeout(Promise.all([silent, half, slow].map(untilClosed)));
    clearInterval(drip);
    assert.equal(await get(port), "here");
  });
});

Deno.test("a stalled handshake is ended; a new certificate takes over on the same port", async () => {
  const authority = await TestAuthority.create();
  const certificates = new TestCertificates(await authority.issue("127.0.0.1"));
  await withServer({ firstAnswerMs: 300 }, async ({ port, seen }) => {
    await withTimeout(untilClosed(await connect(port)));
    const read = async () => {
      using client = Deno.createHttpClient({ caCerts: [authority.certificate] });
      return await get(port, client, "https");
    };
    assert.equal(await read(), "here");
    certificates.exchange(await authority.issue("127.0.0.1"));
    assert.equal(await read(), "here");
    assert.equal(seen.length, 2);
  }, { certificate: certificates });
});

Deno.test("a port in use is told", async () => {
  await withServer({}, async ({ port }) => {
    const second = await serveHttp({ host: HOST, port, handle: () => new Response() });
    assert.deepEqual(second, { ok: false, error: "port is in use" });
  });
});

for (const [version, http2] of [["HTTP/1.1", false], ["HTTP/2", true]] as const) {
  Deno.test(`over ${version} a request says in its address which host it is for, and keeps its body`, async () => {
    const authority = await TestAuthority.create();
    const certificate = new TestCertificates(await authority.issue(HOST));
    const handle: ServeOptions["handle"] = async (request) =>
      new Response(`${new URL(request.url).host} ${await request.text()}`);
    await withServer({}, async ({ port }) => {
      using client = Deno.createHttpClient({ caCerts: [authority.certificate], http1: !http2, http2 });
      const answer = await fetch(`https://${HOST}:${port}/`, { method: "POST", body: "a body", client });
      assert.equal(await answer.text(), `${HOST}:${port} a body`);
    }, { certificate, handle });
  });
}

async function withTimeout<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) =>
    timer = setTimeout(() => reject(new Error("not ended")), 5000)
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function tryClose(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // The stream has closed it.
  }
}
