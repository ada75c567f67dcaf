/**
 * Floods on the real server while a registered phone talks over TLS and SRTP: each method from one and from many sources,
 * calls never finished, ports used up, circles, more bytes out than in. Counted, never timed. See tests/attacks/README.md.
 */

import assert from "node:assert/strict";
import { Headless } from "../support/headless.ts";
import { rawSdp, RawSip, statusOf } from "../support/raw_sip.ts";
import { TestServer } from "../support/server.ts";

const SERVER = "127.0.0.154";
const ALICE = "127.0.0.155";
const STRANGER = "127.0.0.156";
/** Many sources: 127.1.X.Y. */
const CROWD = 120;
/** What a stranger is answered beyond what it sent, once (`answerCredit` of `guard/limits.ts`). */
const CREDIT = 512;
const METHODS = [
  "REGISTER",
  "INVITE",
  "OPTIONS",
  "SUBSCRIBE",
  "MESSAGE",
  "PUBLISH",
  "BYE",
  "CANCEL",
  "ACK",
  "INFO",
  "REFER",
];

function startServer(mediaPorts = "42400-42599"): Promise<TestServer> {
  return TestServer.start({
    address: SERVER,
    mediaPorts,
    extensions: [
      { number: "100", name: "Alice", password: "secret-100", maxCalls: 50 },
      { number: "101", name: "Bob", password: "secret-101", forward: { always: { to: "102" } } },
      { number: "102", name: "Carol", password: "secret-102", forward: { always: { to: "101" } } },
      { number: "103", name: "Dave", password: "secret-103", maxCalls: 50 },
    ],
  });
}

async function residentMegabytes(server: TestServer): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${server.pid}/status`);
  return Number(/VmRSS:\s+([0-9]+)/.exec(status)![1]) / 1024;
}

async function livesOf(server: TestServer): Promise<{ live: number }> {
  return JSON.parse((await server.command("status", "--json")).stdout).calls;
}

/** Somebody talks to the echo test, over TLS and SRTP, while `attack` runs. */
async function whileTalking(server: TestServer, attack: () => Promise<void>): Promise<void> {
  await using headless = new Headless({ ports: { first: 42_600, last: 42_699 } });
  const authority = await Deno.readTextFile(`${server.data}/tls/ca.pem`);
  const account = await headless.account({
    user: "100",
    domain: "office.example",
    password: "secret-100",
    server: `${SERVER}:5061`,
    transport: "tls",
    srtp: "required",
    trust: { authorities: [authority] },
    register: true,
    localHost: ALICE,
  });
  const call = await headless.dial(account, "*43");
  await attack();
  assert.equal(call.state, "active", "the call goes on");
  const second = await headless.dial(account, "*43");
  second.hangUp();
  assert.equal((await second.ended).outcome, "answered", "new calls of registered phones come through");
  call.hangUp();
  const { quality, agreement } = await call.ended;
  assert.ok(agreement?.encryption);
  assert.ok(quality!.packetsReceived > 20, "voice came back");
  assert.equal(quality!.lost, 0, "and none of it was lost");
}

/** Datagrams sent as fast as the socket takes them; answers are counted by `one`. */
async function flood(one: RawSip, count: number, text: (index: number) => string): Promise<void> {
  for (let index = 0; index < count; index++) await one.raw(text(index));
}

function strange(one: RawSip, method: string, index: number): string {
  const body = method === "INVITE" ? rawSdp(one.address, 40_000) : "";
  return one.write(method, {
    user: `u${index}`,
    to: method === "REGISTER" ? `u${index}` : "100",
    body,
    fromTag: `t${index}`,
  });
}

const options = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "floods of each method, from one source and from many: the call of a registered phone goes on, memory stays",
  options,
  async () => {
    await using server = await startServer();
    await whileTalking(server, async () => {
      using one = new RawSip({ from: STRANGER, server: SERVER });
      const crowd = Array.from(
        { length: CROWD },
        (_, index) => new RawSip({ from: `127.1.${index % 8}.${index + 1}`, server: SERVER }),
      );
      const round = async () => {
        for (const method of METHODS) {
          await flood(one, 400, (index) => strange(one, method, index));
          for (const source of crowd) await flood(source, 5, (index) => strange(source, method, index));
        }
      };
      await round();
      const before = await residentMegabytes(server);
      for (let rounds = 0; rounds < 3; rounds++) await round();
      const after = await residentMegabytes(server);
      assert.ok(after - before < 60, `${before} MB grew to ${after} MB`);
      for (const source of crowd) source[Symbol.dispose]();
    });
    assert.doesNotMatch(server.log, /uncaught|panicked/i);
  },
);

Deno.test("never more bytes out than in, but for one challenge, towards whoever has not proved to be there", async () => {
  await using _server = await startServer();
  for (const [place, method] of [...METHODS, "NONSENSE"].entries()) {
    // Each from an address that the server has not heard of.
    using source = new RawSip({ from: `127.1.9.${place + 1}`, server: SERVER });
    await flood(source, 30, (index) => strange(source, method, index));
    // Also what is sent again because nobody acknowledges it.
    await new Promise((resolve) => setTimeout(resolve, method === "INVITE" ? 4500 : 100));
    const { bytesIn, bytesOut } = source;
    assert.ok(bytesIn <= bytesOut + CREDIT, `${method}: ${bytesOut} in, ${bytesIn} out`);
  }
  using source = new RawSip({ from: STRANGER, server: SERVER });
  for (
    const text of ["\r\n\r\n", "\r\n", "x", "INVITE\r\n\r\n", "OPTIONS sip:a SIP/2.0\r\n\r\n", "\0\0\0\0"]
  ) {
    for (let times = 0; times < 20; times++) await source.raw(text);
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.ok(source.bytesIn <= source.bytesOut, `${source.bytesOut} in, ${source.bytesIn} out`);
});

Deno.test("calls never finished: capped per stranger, refused with Retry-After when ports are used up, which come back", async () => {
  await using server = await startServer("42400-42439");
  using dave = new RawSip({ from: ALICE, server: SERVER });
  // Rings and says nothing more.
  dave.onRequest = (request) => request.startsWith("INVITE ") ? ringing(request) : ok(request);
  assert.equal(statusOf(await dave.prove("REGISTER", "secret-103", { user: "103" })), 200);
  using caller = new RawSip({ from: "127.0.0.157", server: SERVER });
  const open: { callId: string; sequence: number }[] = [];
  let refusal = "";
  for (let tries = 0; tries < 30 && refusal === ""; tries++) {
    const callId = `open-${tries}`;
    const since = caller.received.length;
    const wish = { user: "100", to: "103", callId, body: rawSdp(caller.address, 40_000 + tries) };
    void caller.prove("INVITE", "secret-100", wish);
    const answer = await caller.next(
      (text) => text.includes(callId) && /^SIP\/2\.0 (180|[45]0[03])/.test(text),
      {
        since,
      },
    );
    if (statusOf(answer) === 180) {
      open.push({ callId, sequence: Number(/^CSeq: ([0-9]+)/m.exec(answer!)![1]) });
    } else refusal = answer ?? "silence";
  }
  assert.match(refusal, /^SIP\/2\.0 503 [\s\S]*^Retry-After: [0-9]+/m);
  assert.ok(open.length >= 3 && open.length <= 10, `${open.length} calls in 20 pairs of ports`);
  using stranger = new RawSip({ from: STRANGER, server: SERVER });
  assert.equal(statusOf(await stranger.ask("OPTIONS")), 200, "what needs no ports is served");
  for (const { callId, sequence } of open) {
    const invite = caller.received.find((text) => text.includes(callId) && text.startsWith("SIP/2.0 180"))!;
    const via = /^Via: (.*)$/m.exec(invite)![1]!;
    await caller.raw([
      "CANCEL sip:103@office.example SIP/2.0",
      `Via: ${via}`,
      "Max-Forwards: 70",
      /^From:.*$/m.exec(invite)![0].trim(),
      "To: <sip:103@office.example>",
      `Call-ID: ${callId}`,
      `CSeq: ${sequence} CANCEL`,
      "Content-Length: 0",
      "",
      "",
    ].join("\r\n"));
  }
  for (let tries = 0; tries < 40 && (await livesOf(server)).live > 0; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal((await livesOf(server)).live, 0);
  // Ports rest for five seconds, so that nobody hears what was meant for the call before.
  await new Promise((resolve) => setTimeout(resolve, 5500));
  const again = { user: "100", to: "103", callId: "again", body: rawSdp(caller.address, 41_000) };
  void caller.prove("INVITE", "secret-100", again);
  const isRinging = (text: string) => text.startsWith("SIP/2.0 180") && text.includes("again");
  assert.ok(await caller.next(isRinging, { ms: 4000 }), "ports came back");
});

Deno.test("circles end: forwards to one another, too many hops, a contact at the server, media at the server's own ports", async () => {
  await using server = await startServer();
  using alice = new RawSip({ from: ALICE, server: SERVER });
  const body = rawSdp(ALICE, 40_000);
  const forwarded = await alice.prove("INVITE", "secret-100", { user: "100", to: "101", body });
  assert.equal(statusOf(forwarded), 482);
  const text = alice.write("INVITE", { to: "101", body }).replace("Max-Forwards: 70", "Max-Forwards: 0");
  await alice.raw(text);
  assert.ok(await alice.next((one) => one.startsWith("SIP/2.0 483")));
  const contact = [`Contact: <sip:103@${SERVER}:5060>`];
  const own = statusOf(await alice.prove("REGISTER", "secret-103", { user: "103", headers: contact }));
  assert.ok(own >= 400, `a contact at the server: ${own}`);
  // Whoever names a port of ours as his own would have us talk to ourselves.
  const echo = await alice.prove("INVITE", "secret-100", {
    user: "100",
    to: "*43",
    body: rawSdp(SERVER, 42_401),
  });
  const before = await residentMegabytes(server);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(statusOf(await alice.ask("OPTIONS")), 200);
  assert.ok(await residentMegabytes(server) - before < 30);
  assert.ok(statusOf(echo) > 0);
});

Deno.test("a loop through another server that sends everything back ends by itself", async () => {
  const back = new RawSip({ from: "127.0.0.158", port: 5060, server: SERVER });
  try {
    await using _server = await TestServer.start({
      address: SERVER,
      mediaPorts: "42400-42599",
      extensions: [{ number: "100", password: "secret-100" }],
      office: {
        lines: [{
          name: "mirror",
          kind: "peer",
          server: "sip:127.0.0.158",
          addresses: ["127.0.0.158"],
          optionsSeconds: 0,
          incoming: [{ number: "*", to: "9555" }],
        }],
        rules: [{ match: "9*", strip: 1, via: ["mirror"] }],
      },
    });
    let passed = 0;
    const seen = new Set<string>();
    // A → B → A: a new call each time, as a back-to-back server does it, hops counted down by none.
    back.onRequest = (request) => {
      if (!request.startsWith("INVITE ")) return ok(request);
      const [callId] = /^Call-ID:.*$/m.exec(request)!;
      if (seen.has(callId) || ++passed > 500) return undefined;
      seen.add(callId);
      const hops = Number(/^Max-Forwards: ([0-9]+)/m.exec(request)![1]) - 1;
      if (hops <= 0) return undefined;
      return back.write("INVITE", {
        user: "555",
        to: "555",
        body: rawSdp("127.0.0.158", 40_000),
        fromTag: `m${passed}`,
      })
        .replace("Max-Forwards: 70", `Max-Forwards: ${hops}`);
    };
    using alice = new RawSip({ from: ALICE, server: SERVER });
    void alice.prove("INVITE", "secret-100", { user: "100", to: "9555", body: rawSdp(ALICE, 40_000) });
    for (let tries = 0; passed === 0 && tries < 50; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    let last = -1;
    while (last !== passed) {
      last = passed;
      await new Promise((resolve) => setTimeout(resolve, 700));
    }
    assert.ok(passed > 0 && passed <= 71, `${passed} times round`);
    assert.equal(statusOf(await alice.ask("OPTIONS")), 200);
  } finally {
    await back.stop();
  }
});

function reply(request: string, status: string, more: readonly string[] = []): string {
  const kept = request.split("\r\n").filter((line) => /^(Via|From|Call-ID|CSeq):/i.test(line));
  const to = /^To:.*$/m.exec(request)![0].trim();
  const tagged = to.includes(";tag=") ? to : `${to};tag=raw`;
  return [`SIP/2.0 ${status}`, ...kept, tagged, ...more, "Content-Length: 0", "", ""].join("\r\n");
}

const ringing = (request: string) => reply(request, "180 Ringing", ["Contact: <sip:103@127.0.0.155>"]);
const ok = (request: string) => reply(request, "200 OK");
