import assert from "node:assert/strict";
import fc from "fast-check";
import { ManualClock, ok, seededRandom, SILENT_LOG } from "../../src/base/mod.ts";
import { type DatagramTaker, Transports } from "../../src/sip/transport/mod.ts";
import { FakeStreamNetwork } from "../support/fake_streams.ts";

const MESSAGE = [
  "INVITE sip:a@b;x=y SIP/2.0",
  "v: SIP/2.0/UDP 203.0.113.1:5060;rport;branch=z9hG4bK1,SIP/2.0/TCP h",
  'f: "A \\" B" <sip:a@b>;tag=1',
  "t: <sip:a@b>",
  "i: 1",
  "CSeq: 1 INVITE",
  "Max-Forwards: 70",
  "Contact: <sip:a@203.0.113.1>",
  "l: 4",
  "",
  "body",
].join("\r\n");

/** The message with a few bytes replaced, left out or doubled. */
const broken = fc.array(
  fc.record({ at: fc.nat(MESSAGE.length - 1), length: fc.nat(6), by: fc.uint8Array({ maxLength: 6 }) }),
  { maxLength: 5 },
).map((changes) => {
  const bytes = [...new TextEncoder().encode(MESSAGE)];
  for (const { at, length, by } of changes) bytes.splice(at, length, ...by);
  return Uint8Array.from(bytes);
});

async function setUp() {
  const tcp = new FakeStreamNetwork(), sent: number[] = [];
  let taker: DatagramTaker | undefined, traced = 0;
  const transports = new Transports({
    listen: [{ transport: "udp", host: "0.0.0.0", port: 5060 }, {
      transport: "tcp",
      host: "0.0.0.0",
      port: 5060,
    }],
    datagrams: {
      bind(local, taking) {
        taker = taking;
        return ok({ local, send: (bytes) => void sent.push(bytes.length), close() {} });
      },
    },
    tcp,
    dns: { query: () => Promise.resolve({ kind: "none", ttlSec: 1 }) },
    routes: { localAddressFor: () => "192.0.2.1" },
    clock: new ManualClock(),
    random: seededRandom(1),
    log: { ...SILENT_LOG, error: (_, fields) => assert.fail(String(fields?.stack)) },
    hooks: { trace: () => void traced++ },
  });
  assert.ok((await transports.start({ message() {}, flowClosed() {} })).ok);
  return { tcp, sent, transports, taker: taker! };
}

Deno.test("no datagram makes the transports throw or send more than came", async () => {
  const { taker, sent } = await setUp();
  fc.assert(
    fc.property(fc.oneof(broken, fc.uint8Array({ maxLength: 200 })), (bytes) => {
      sent.length = 0;
      taker(new Uint8Array(bytes), { host: "203.0.113.1", port: 6000 });
      assert.ok(sent.length <= 1 && (sent[0] ?? 0) <= bytes.length);
    }),
    { numRuns: 3000 },
  );
});

Deno.test("no stream of bytes, however cut, makes the transports throw or keep what has ended", async () => {
  const { tcp, transports } = await setUp();
  await fc.assert(
    fc.asyncProperty(
      fc.array(broken, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(400)),
      async (parts, cuts) => {
        const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
        const socket = tcp.accept("203.0.113.1");
        assert.ok(socket);
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          socket.receive(bytes.slice(at, at + cut));
          at = Math.min(bytes.length, at + cut);
        }
        socket.destroy();
        await new Promise<void>((resolve) => queueMicrotask(resolve));
        assert.equal(transports.counts().acceptedConnections, 0);
      },
    ),
    { numRuns: 1500 },
  );
});
