/** The page and the API as an attacker meets them, over real sockets: first start, guessing, foreign pages, secrets. */

import assert from "node:assert/strict";
import { createHa1 } from "../../src/sip/auth/mod.ts";
import { ADMIN_PASSWORD, Administrator, setupToken, Visitor } from "../support/administrator.ts";
import { rawSdp, RawSip, statusOf } from "../support/raw_sip.ts";
import { TestServer } from "../support/server.ts";

const SERVER = "127.0.0.144";
const DESK = "127.0.0.145";
const GUESSER = "127.0.0.146";
const PHONE = "127.0.0.147";
const URL_OF_PAGE = `http://${SERVER}:8080`;
const SECRETS = ["alice-knows-this", "bob-knows-this", "carrier-knows-this", "471147"];

function startServer(settings: Record<string, unknown> = {}): Promise<TestServer> {
  return TestServer.start({
    address: SERVER,
    mediaPorts: "42100-42199",
    extensions: [
      { number: "100", name: "Alice", password: SECRETS[0] },
      { number: "101", name: "Bob", password: SECRETS[1] },
    ],
    office: {
      rooms: [{ number: "800", pin: SECRETS[3] }],
      lines: [{
        name: "carrier",
        kind: "register",
        server: `sip:${SERVER}:5999;transport=tcp`,
        username: "4930123",
        password: SECRETS[2],
      }],
    },
    settings,
  });
}

async function totp(secret: string, stepsAhead = 0): Promise<string> {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret].map((sign) => alphabet.indexOf(sign).toString(2).padStart(5, "0")).join("");
  const bytes = Uint8Array.from(bits.match(/.{8}/g)!, (byte) => parseInt(byte, 2));
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-1" }, false, ["sign"]);
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(Math.floor(Date.now() / 30_000) + stepsAhead));
  const digest = new DataView(await crypto.subtle.sign("HMAC", key, counter.buffer));
  const value = digest.getUint32(digest.getUint8(19) & 15) & 0x7fffffff;
  return String(value % 1_000_000).padStart(6, "0");
}

Deno.test("first start: no password opens, the link of the log does once, and then there is an administrator", async () => {
  await using server = await startServer();
  const token = await setupToken(server);
  using guesser = new Visitor(URL_OF_PAGE, GUESSER);
  for (const [name, password] of [["admin", "admin"], ["root", ""]]) {
    assert.equal((await guesser.ask("/session", { method: "POST", body: { name, password } })).status, 401);
  }
  assert.equal(JSON.parse((await guesser.ask("/session")).text).needsSetup, true);
  using desk = await Administrator.setUp(server, DESK);
  assert.equal(JSON.parse((await desk.ask("/session")).text).account, "admin");
  const again = await guesser.ask("/setup", {
    method: "POST",
    body: { token, password: "another long one" },
  });
  assert.equal(again.status, 401);
  const log = (await desk.ask("/log?limit=1000")).text;
  assert.match(log, /set the administrator's password/);
  assert.ok(!log.includes(token), "who may read the log on the page does not learn the link");
});

Deno.test("guessing: slower with each try, then silence on page and SIP alike; the owner elsewhere comes in", async () => {
  await using server = await startServer();
  using desk = await Administrator.setUp(server, DESK);
  using guesser = new Administrator(URL_OF_PAGE, GUESSER);
  using phone = new RawSip({ from: GUESSER, server: SERVER });
  assert.equal(statusOf(await phone.ask("OPTIONS")), 200);
  const seen: number[] = [];
  const waits: number[] = [];
  for (let tries = 0; tries < 40 && seen.at(-1) !== 403; tries++) {
    const { status, headers } = await guesser.signIn("wrong");
    seen.push(status);
    if (status !== 429) continue;
    waits.push(Number(headers.get("retry-after")));
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  assert.deepEqual(seen.filter((status) => status !== 429), [401, 401, 401, 401, 401, 403], seen.join(" "));
  assert.ok(waits.length > 0 && waits.every((seconds) => seconds >= 1 && seconds <= 2), waits.join(" "));
  assert.equal((await guesser.ask("//")).status, 403);
  assert.equal(await phone.ask("OPTIONS", {}, 300), undefined, "no answer while banned");
  assert.equal((await desk.signIn()).status, 200);
  const { items } = await desk.json<{ items: { address: string; reason: string }[] }>("/bans");
  assert.deepEqual(items.map(({ address, reason }) => [address, reason]), [[GUESSER, "page"]]);
  await desk.json(`/bans/${GUESSER}`, { method: "DELETE" });
  assert.equal(statusOf(await phone.ask("OPTIONS")), 200);
  const audit = await desk.json<{ items: { action: string; host: string }[] }>("/audit");
  assert.equal(
    audit.items.filter(({ action, host }) => action === "sign-in refused" && host === GUESSER).length,
    5,
  );
  assert.ok(audit.items.some(({ action }) => action === "remove bans"));
});

Deno.test("guessing through a proxy on this machine: slower with each try, but nobody's telephone falls silent", async () => {
  await using server = await startServer();
  using desk = await Administrator.setUp(server, DESK);
  using proxy = new Administrator(URL_OF_PAGE, "127.0.0.1");
  using phone = new RawSip({ from: "127.0.0.1", server: SERVER });
  const seen: number[] = [];
  for (let tries = 0; seen.filter((status) => status === 401).length < 5 && tries < 40; tries++) {
    const { status } = await proxy.signIn("wrong");
    seen.push(status);
    if (status === 429) await new Promise((resolve) => setTimeout(resolve, 500));
  }
  assert.ok(seen.includes(429) && seen.every((status) => status === 401 || status === 429), seen.join(" "));
  assert.equal(statusOf(await phone.ask("OPTIONS")), 200);
  assert.deepEqual((await desk.json<{ items: unknown[] }>("/bans")).items, []);
});

Deno.test("sessions: HttpOnly and SameSite, new with each sign-in, refused to foreign pages, over when signed out", async () => {
  await using server = await startServer();
  using desk = await Administrator.setUp(server, DESK);
  const planted = `sipedge=${"ab".repeat(32)}`;
  const signIn = { method: "POST", body: { password: ADMIN_PASSWORD }, headers: { cookie: planted } };
  const { headers } = await desk.ask("/session", signIn);
  assert.match(
    headers.get("set-cookie")!,
    /^sipedge=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=604800$/,
  );
  assert.notEqual(headers.get("set-cookie")!.split(";")[0], planted);
  assert.equal((await desk.ask("/overview", { headers: { cookie: planted } })).status, 401);
  const foreign = [
    { origin: "https://evil.example" },
    { "sec-fetch-site": "cross-site" },
    { "x-csrf-token": "0".repeat(64) },
  ];
  for (const headers of foreign as Record<string, string>[]) {
    const change = { method: "POST", body: { name: "evil.example" }, headers };
    assert.equal((await desk.ask("/domains", change)).status, 403, JSON.stringify(headers));
  }
  const form = { method: "POST", raw: new URLSearchParams({ name: "evil.example" }) };
  assert.equal((await desk.ask("/domains", form)).status, 415);
  for (const headers of [{ origin: "https://evil.example" }, { host: "rebound.example" }]) {
    assert.equal((await desk.ask("/events", { headers: headers as Record<string, string> })).status, 403);
  }
  assert.equal((await desk.json<{ total: number }>("/domains")).total, 1, "nothing was made");
  const before = desk.cookie;
  assert.equal((await desk.ask("/session", { method: "DELETE" })).status, 204);
  assert.equal((await desk.ask("/overview", { headers: { cookie: before } })).status, 401);
});

Deno.test("the event stream: own pages hear, foreign ones and WebSockets do not, and a session that ends hears no more", async () => {
  await using server = await startServer();
  using desk = await Administrator.setUp(server, DESK);
  const own = await desk.open("/events?kinds=ban", { headers: { origin: URL_OF_PAGE } });
  assert.equal(own.headers.get("content-type"), "text/event-stream");
  const reader = own.body!.pipeThrough(new TextDecoderStream()).getReader();
  let heard = "";
  const readUntil = async (word: string) => {
    while (!heard.includes(word)) {
      const { value, done } = await reader.read();
      if (done) return false;
      heard += value;
    }
    return true;
  };
  await desk.json("/bans", { method: "POST", body: { address: "192.0.2.66" } });
  assert.ok(await readUntil("192.0.2.66"));
  for (const origin of [URL_OF_PAGE, "https://evil.example"]) {
    const connection = await Deno.connect({ hostname: SERVER, port: 8080 });
    const upgrade = [
      "GET /api/v1/events HTTP/1.1",
      `Host: ${SERVER}:8080`,
      `Origin: ${origin}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "",
      "",
    ];
    await connection.write(new TextEncoder().encode(upgrade.join("\r\n")));
    const answer = new Uint8Array(100);
    await connection.read(answer);
    connection.close();
    assert.match(new TextDecoder().decode(answer), /^HTTP\/1\.1 401 /);
  }
  const script = await desk.script(DESK, ["system:write"]);
  await desk.ask("/session", { method: "DELETE" });
  await script.ask("/bans", { method: "POST", body: { address: "192.0.2.77" } });
  script[Symbol.dispose]();
  assert.equal(await readUntil("192.0.2.77"), false, "the stream ends with the session");
});

Deno.test("second factor: an authenticator's code is asked for, good once, and needed to take it away", async () => {
  await using server = await startServer();
  using desk = await Administrator.setUp(server, DESK);
  const { uri } = await desk.json<{ uri: string }>("/account/totp", { method: "POST" });
  const secret = new URL(uri).searchParams.get("secret")!;
  await desk.json("/account/totp", { method: "PUT", body: { code: await totp(secret) } });
  const needed = await desk.signIn();
  assert.equal(needed.status, 401);
  assert.match(needed.text, /code-needed/);
  assert.equal((await desk.signIn(ADMIN_PASSWORD, await totp(secret))).status, 401, "the code was used");
  const next = await totp(secret, 1);
  assert.equal((await desk.signIn(ADMIN_PASSWORD, next)).status, 200);
  assert.equal(
    (await desk.ask("/account/totp", { method: "POST" })).status,
    409,
    "not replaced without a code",
  );
  assert.equal((await desk.ask("/account/totp", { method: "DELETE", body: { code: next } })).status, 409);
  const listed = JSON.stringify([
    await desk.json("/session"),
    await desk.json("/audit"),
    await desk.json("/log"),
  ]);
  assert.ok(!listed.includes(secret));
});

Deno.test("over TLS: the certificate of the box, a cookie that never leaves TLS, and no way back to plain", async () => {
  await using server = await startServer({
    listen: {
      sip: [`udp://${SERVER}:5060`, `tls://${SERVER}:5061`],
      web: `https://${SERVER}:8443`,
    },
  });
  const token = await setupToken(server);
  assert.match(server.log, new RegExp(`https://${SERVER}:8443/setup#`));
  const caCerts = [await Deno.readTextFile(`${server.data}/tls/ca.pem`)];
  using client = Deno.createHttpClient({ caCerts });
  const response = await fetch(`https://${SERVER}:8443/api/v1/setup`, {
    client,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token, password: ADMIN_PASSWORD }),
  });
  assert.equal(response.status, 200, await response.text());
  assert.match(
    response.headers.get("set-cookie")!,
    /^__Host-sipedge=.*; Path=\/; HttpOnly; SameSite=Strict; .*; Secure$/,
  );
  assert.match(response.headers.get("strict-transport-security")!, /max-age/);
  const plain = await Deno.connect({ hostname: SERVER, port: 8443 });
  await plain.write(new TextEncoder().encode(`GET /healthz HTTP/1.1\r\nHost: ${SERVER}\r\n\r\n`));
  const answer = new Uint8Array(100);
  const length = await plain.read(answer).catch(() => null) ?? 0;
  plain.close();
  assert.doesNotMatch(new TextDecoder().decode(answer.subarray(0, length)), /200 OK/);
});

Deno.test("uploads: too large, no JSON, no certificate, a key that is not its own: refused, and the page goes on", async () => {
  await using server = await startServer();
  using desk = await Administrator.setUp(server, DESK);
  const put = (body: unknown) => desk.ask("/certificates", { method: "PUT", body });
  const before = (await desk.ask("/certificates")).text;
  assert.equal((await put({ certificate: "x".repeat(600_000), key: "k" })).status, 413);
  assert.equal((await put({ certificate: "x", key: "k" })).status, 409);
  const own = await Deno.readTextFile(`${server.data}/tls/ca.pem`);
  const foreign = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign"]);
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", foreign.privateKey)).toBase64();
  const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`;
  const mismatch = await put({ certificate: own, key });
  assert.equal(mismatch.status, 409);
  assert.ok(!mismatch.text.includes(pkcs8.slice(0, 40)));
  assert.equal((await desk.ask("/certificates")).text, before);
  for (const path of ["/../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/assets/..%2f..%2fdeno.json"]) {
    const answer = await desk.ask(`/${path}`);
    assert.doesNotMatch(answer.text, /root:|"imports"/, path);
  }
});

Deno.test("names that come by SIP do no harm in page, log and tables, and no answer anywhere holds a secret", async () => {
  await using server = await startServer();
  using desk = await Administrator.setUp(server, DESK);
  using phone = new RawSip({ from: PHONE, server: SERVER });
  const agent = `User-Agent: =cmd|'/c calc'!A1 <script>alert(1)</script>`;
  assert.equal(statusOf(await phone.prove("REGISTER", SECRETS[0]!, { headers: [agent] })), 200);
  const evil = '=HYPERLINK("http://evil.example")<img src=x onerror=alert(1)>\u202e\u001b[31m';
  const headers = [`Subject: ${evil}`, agent];
  await phone.prove("INVITE", SECRETS[0]!, {
    to: "%3Dcmd%7C1",
    headers,
    body: rawSdp(PHONE, 40_000),
  });
  await phone.ask("REGISTER", { user: "\u001b[2J<b>" });
  const records = await untilRecord(desk);
  const id = encodeURIComponent(records[0]!.id);
  const paths = [
    "/overview",
    "/domains/office.example/extensions",
    "/domains/office.example/extensions/100",
    "/domains/office.example/lines",
    "/domains/office.example/rooms",
    "/records",
    "/records/export?format=json",
    "/records/export",
    `/calls/${id}`,
    `/calls/${id}/ladder`,
    `/calls/${id}/pcap`,
    "/settings",
    "/log?limit=1000",
    "/audit",
    "/tokens",
    "/sessions",
    "/certificates",
    "/certificates/authority",
    "//metrics",
    "//",
  ];
  const secrets = [
    ...SECRETS,
    ADMIN_PASSWORD,
    desk.cookie.split("=")[1]!,
    ...Object.values(createHa1("100", "office.example", SECRETS[0]!)),
  ];
  const answers = await Promise.all(paths.map(async (path) => [path, await desk.ask(path)] as const));
  for (const [path, { status, headers, text }] of answers) {
    assert.equal(status, 200, path);
    for (const secret of secrets) assert.ok(!text.includes(secret), `${path} holds "${secret}"`);
    assert.doesNotMatch(text, /PRIVATE KEY|response="[0-9a-f]{32}"|cnonce="c"/, path);
    assert.match(headers.get("content-security-policy")!, /script-src 'self'/, path);
    if (headers.get("content-type")!.startsWith("text/html")) assert.doesNotMatch(text, /alert/);
    // What reaches a terminal or an editor has no control characters.
    const plain = path.endsWith("/pcap") ? "" : text.replaceAll(/[\r\n\t]/g, "");
    assert.ok([...plain].every((sign) => sign >= " "), path);
  }
  const csv = answers.find(([path]) => path === "/records/export")![1].text;
  for (const cell of csv.split(/[,\r\n]+/)) assert.doesNotMatch(cell, /^"?[=+@-]\D/, cell);
  assert.ok(!server.log.includes("\u001b[2J"));
  for (const secret of secrets) assert.ok(!server.log.includes(secret), `the log holds "${secret}"`);
});

async function untilRecord(desk: Administrator): Promise<{ id: string }[]> {
  for (let tries = 0; tries < 60; tries++) {
    const { items } = await desk.json<{ items: { id: string }[] }>("/records");
    if (items.length > 0) return items;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("There is no record of the call");
}

Deno.test("without signing in: recordings, provisioning, traces, metrics, records, log and settings are 401", async () => {
  await using server = await startServer();
  await setupToken(server);
  using stranger = new Visitor(URL_OF_PAGE, GUESSER);
  const paths = [
    "/records",
    "/records/export",
    "/calls",
    "/calls/x/pcap",
    "/calls/x/ladder",
    "/log",
    "/settings",
    "/events",
    "/domains",
    "/domains/office.example/extensions",
    "/domains/office.example/lines",
    "/certificates",
    "/bans",
    "/audit",
    "//metrics",
  ];
  for (const path of paths) {
    const answer = await stranger.ask(path);
    assert.equal(answer.status, 401, path);
    assert.match(answer.headers.get("content-type")!, /^application\/problem\+json/);
  }
  const password = "/domains/office.example/extensions/100/password";
  assert.equal((await stranger.ask(password, { method: "POST", body: {} })).status, 401);
  assert.equal(
    (await stranger.ask("/backup", { method: "POST", body: { passphrase: "long enough" } })).status,
    401,
  );
  for (const path of ["//recordings/", "//recordings/1.wav", "//sipedge.db", "//data/tls/ca.pem", "//.env"]) {
    assert.equal((await stranger.ask(path)).status, 404, path);
  }
});
