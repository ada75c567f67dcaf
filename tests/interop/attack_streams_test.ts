/**
 * Connections as weapons, on the real server: too many, silent, slow, never finished, stalled handshakes, smuggled
 * messages, floods of line breaks, abrupt ends. A phone that is registered goes on. See tests/attacks/README.md.
 */

import assert from "node:assert/strict";
import { rawSdp, RawSip, statusOf } from "../support/raw_sip.ts";
import { TestServer } from "../support/server.ts";

const SERVER = "127.0.0.159";
const ALICE = "127.0.0.160";
const ENCODER = new TextEncoder(), DECODER = new TextDecoder();

async function withServer(test: (server: TestServer) => Promise<void>): Promise<void> {
  await using server = await TestServer.start({
    address: SERVER,
    mediaPorts: "42700-42799",
    extensions: ["100", "101"].map((number) => ({ number, password: `secret-${number}` })),
  });
  using phone = new RawSip({ from: ALICE, server: SERVER });
  assert.equal(statusOf(await phone.prove("REGISTER", "secret-100", { user: "100" })), 200);
  await test(server);
  assert.equal(
    statusOf(await phone.prove("REGISTER", "secret-100", { user: "100" })),
    200,
    "the phone goes on",
  );
  const fresh = await connect();
  await fresh.write(ENCODER.encode(request("OPTIONS", "fresh")));
  assert.match(await read(fresh), /^SIP\/2\.0 200/, "new connections are taken");
  close(fresh);
  assert.doesNotMatch(server.log, /uncaught|panicked/i);
}

const connect = (port = 5060) => Deno.connect({ hostname: SERVER, port });

function request(
  method: string,
  id: string,
  more: readonly string[] = ["Content-Length: 0"],
  body = "",
): string {
  return [
    `${method} sip:101@office.example SIP/2.0`,
    `Via: SIP/2.0/TCP ${ALICE}:5060;branch=z9hG4bK${id}`,
    "Max-Forwards: 70",
    "From: <sip:999@office.example>;tag=s",
    "To: <sip:101@office.example>",
    `Call-ID: ${id}`,
    `CSeq: 1 ${method}`,
    ...more,
    "",
    body,
  ].join("\r\n");
}

/** What comes within a moment, or until the end. */
async function read(connection: Deno.TcpConn, ms = 1500): Promise<string> {
  const buffer = new Uint8Array(65_536);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => timer = setTimeout(() => resolve(null), ms));
  const length = await Promise.race([connection.read(buffer).catch(() => null), late]);
  clearTimeout(timer);
  return length === null ? "" : DECODER.decode(buffer.subarray(0, length));
}

/** True when the server ends the connection in time. */
async function ends(connection: Deno.TcpConn, ms: number): Promise<boolean> {
  const buffer = new Uint8Array(65_536);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => timer = setTimeout(() => resolve(false), ms));
  const until = async () => {
    while (await connection.read(buffer).catch(() => null) !== null);
    return true;
  };
  const isOver = await Promise.race([until(), late]);
  clearTimeout(timer);
  return isOver;
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // Ended by the server.
  }
}

const options = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "connections without end from one address: the flood is capped, others come in",
  options,
  async () => {
    await withServer(async (server) => {
      const flood: Deno.TcpConn[] = [];
      for (let count = 0; count < 300; count++) flood.push(await connect(count % 2 ? 5060 : 5061));
      await new Promise((resolve) => setTimeout(resolve, 500));
      const alive = (await Promise.all(flood.map((one) =>
        ends(one, 300)
      ))).filter((isOver) => !isOver).length;
      assert.ok(alive <= 60, `${alive} of 300 silent connections were kept`);
      for (const one of flood) close(one);
      assert.match(server.log, /too many from this address/);
    });
  },
);

Deno.test(
  "silence, a slow message, a stalled handshake and a head without end are ended in time",
  options,
  async () => {
    await withServer(async () => {
      const [silent, stalled, slow, endless] = await Promise.all([
        connect(),
        connect(5061),
        connect(),
        connect(),
      ]);
      await stalled.write(Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01));
      const text = ENCODER.encode(request("OPTIONS", "slow"));
      let at = 0;
      const drip = setInterval(() => void slow.write(text.subarray(at, ++at)).catch(() => undefined), 200);
      await endless.write(ENCODER.encode(`OPTIONS sip:a SIP/2.0\r\nX: ${"a".repeat(200_000)}`)).catch(() =>
        0
      );
      assert.ok(await ends(endless, 3000), "a head without end");
      const isOver = await Promise.all([silent, stalled, slow].map((one) => ends(one, 20_000)));
      clearInterval(drip);
      assert.deepEqual(isOver, [true, true, true], "silent, stalled, slow");
      for (const one of [silent, stalled, slow, endless]) close(one);
    });
  },
);

Deno.test(
  "nothing is smuggled: two lengths, a length that lies, fragments at every byte, one message behind another",
  options,
  async () => {
    await withServer(async () => {
      const inner = request("OPTIONS", "smuggled");
      const cases: [what: string, sent: string, answers: RegExp][] = [
        [
          "two lengths",
          request("OPTIONS", "a", ["Content-Length: 0", `Content-Length: ${inner.length}`], inner),
          /^SIP\/2\.0 400/,
        ],
        [
          "two lengths, short form",
          request("OPTIONS", "b", ["l: 0", `Content-Length: ${inner.length}`], inner),
          /^SIP\/2\.0 400/,
        ],
        ["a negative length", request("OPTIONS", "c", ["Content-Length: -1"], inner), /^SIP\/2\.0 400/],
        ["a huge length", request("OPTIONS", "d", ["Content-Length: 99999999999999999999"]), /^SIP\/2\.0 4/],
        ["no length", request("OPTIONS", "e", [], inner), /^SIP\/2\.0 4/],
      ];
      for (const [what, sent, wanted] of cases) {
        const one = await connect();
        await one.write(ENCODER.encode(sent));
        const answer = await read(one);
        assert.match(answer, wanted, what);
        assert.ok(!answer.includes("smuggled"), `${what}: the inner message was answered`);
        assert.ok(await ends(one, 3000), `${what}: what is out of step is closed`);
        close(one);
      }
      // What is a body is no message, however it looks.
      const body = await connect();
      await body.write(
        ENCODER.encode(request("OPTIONS", "outer", [`Content-Length: ${inner.length}`], inner)),
      );
      const heard = await read(body);
      assert.ok(heard.includes("outer") && !heard.includes("smuggled"));
      close(body);
      const pieces = await connect();
      for (const byte of ENCODER.encode(request("OPTIONS", "pieces"))) {
        await pieces.write(Uint8Array.of(byte));
      }
      assert.match(await read(pieces), /^SIP\/2\.0 200[\s\S]*pieces/);
      await pieces.write(ENCODER.encode(request("OPTIONS", "one") + request("OPTIONS", "two")));
      let both = await read(pieces);
      if (!both.includes("two")) both += await read(pieces);
      assert.ok(both.includes("one") && both.includes("two"));
      close(pieces);
    });
  },
);

Deno.test("floods of line breaks and of keep-alives are read and forgotten", options, async () => {
  await withServer(async () => {
    const one = await connect();
    const flood = ENCODER.encode("\r\n".repeat(30_000));
    for (let times = 0; times < 10; times++) await one.write(flood);
    await one.write(ENCODER.encode(request("OPTIONS", "after")));
    let heard = "";
    for (let tries = 0; tries < 100 && !heard.includes("after"); tries++) heard += await read(one);
    assert.ok(heard.includes("after"));
    const pongs = heard.length - heard.trimStart().length;
    assert.ok(pongs < 10_000, `${pongs} bytes of pongs for 600,000 of pings`);
    close(one);
  });
});

Deno.test(
  "calls begun over connections that break off, and challenges whose answer never comes, leave nothing",
  options,
  async () => {
    await withServer(async (server) => {
      const body = rawSdp(ALICE, 40_000);
      for (let count = 0; count < 60; count++) {
        const one = await connect();
        const more = ["Content-Type: application/sdp", `Content-Length: ${body.length}`];
        await one.write(ENCODER.encode(request("INVITE", `gone-${count}`, more, body)));
        if (count % 2) await read(one);
        close(one);
      }
      const { live } = JSON.parse((await server.command("status", "--json")).stdout).calls;
      assert.equal(live, 0);
    });
  },
);
