/** Torture messages on a connection: what has a sure end is answered, what has none ends the connection (RFC 3261 §18.3). */
import assert from "node:assert/strict";
import { fail, ManualClock, seededRandom, SILENT_LOG } from "../../src/base/mod.ts";
import { SipEndpoint } from "../../src/sip/mod.ts";
import { Transports } from "../../src/sip/transport/mod.ts";
import { type FakeStream, FakeStreamNetwork } from "../support/fake_streams.ts";
import {
  faultOf,
  readOwnTorture,
  readTortureSet,
  TORTURE_SETS,
  type TortureCase,
} from "../support/torture_sets.ts";

const PROBE = [
  "OPTIONS sip:office.example SIP/2.0",
  "Via: SIP/2.0/TCP 203.0.113.1;branch=z9hG4bKprobe",
  "Max-Forwards: 70",
  "From: <sip:probe@lab.example>;tag=probe",
  "To: <sip:office.example>",
  "Call-ID: probe",
  "CSeq: 1 OPTIONS",
  "Content-Length: 0",
  "",
  "",
].join("\r\n");
const PROBE_STATUS = 404;

/** What became of a connection after one message. */
interface Fate {
  /** Final statuses that the message brought about. */
  readonly statuses: readonly number[];
  /** `goes on`: the next message was answered; `waits`: it waited for the rest and gave up in time. */
  readonly connection: "goes on" | "closes" | "waits";
}

/** Endpoint and transports as in the server; the business knows nobody. */
async function setUp() {
  const tcp = new FakeStreamNetwork(), clock = new ManualClock(), random = seededRandom(1);
  const log = {
    ...SILENT_LOG,
    error: (event: string, fields?: object) => assert.fail(event + JSON.stringify(fields)),
  };
  const transports = new Transports({
    listen: [{ transport: "tcp", host: "0.0.0.0", port: 5060 }],
    datagrams: { bind: () => fail("none here") },
    tcp,
    dns: { query: () => Promise.resolve({ kind: "none", ttlSec: 1 }) },
    routes: { localAddressFor: () => "192.0.2.1" },
    clock,
    random,
    log,
  });
  const endpoint = new SipEndpoint({ transport: transports, clock, random, log, userAgent: "torture" });
  endpoint.handle({ request: (incoming) => incoming.reply({ statusCode: PROBE_STATUS }), flowClosed() {} });
  assert.ok((await transports.start(endpoint)).ok);
  return { tcp, clock, transports, endpoint };
}

async function fateOf(bytes: Uint8Array, isWhole: boolean): Promise<Fate> {
  const { tcp, clock, transports, endpoint } = await setUp();
  const socket = tcp.accept("203.0.113.1")!;
  if (isWhole) socket.receive(bytes.slice());
  else for (const byte of bytes) socket.receive(Uint8Array.of(byte));
  const statuses = finalStatuses(socket);
  const connection = await outcome(socket, statuses, clock);
  clock.advance(5_000_000);
  await settle();
  assert.equal(transports.counts().acceptedConnections, 0);
  assert.deepEqual(endpoint.counts(), { sessions: 0, clientTransactions: 0, serverTransactions: 0 });
  clock.advance(5000);
  assert.equal(clock.pending, 0);
  transports.stop();
  return { statuses, connection };
}

async function outcome(
  socket: FakeStream,
  statuses: readonly number[],
  clock: ManualClock,
): Promise<Fate["connection"]> {
  if (socket.isClosed) return "closes";
  clock.advance(9000);
  await settle();
  assert.ok(!socket.isClosed, "a message has ten seconds to come whole");
  assert.deepEqual(finalStatuses(socket), statuses);
  clock.advance(3000);
  await settle();
  if (socket.isClosed) return "waits";
  socket.receive(PROBE);
  assert.deepEqual(finalStatuses(socket), [...statuses, PROBE_STATUS]);
  return "goes on";
}

function settle(): Promise<void> {
  return new Promise((resolve) => queueMicrotask(() => queueMicrotask(resolve)));
}

function finalStatuses({ text }: FakeStream): number[] {
  return [...text.matchAll(/^SIP\/2\.0 ([2-6]\d\d) /gm)].map(([, status]) => Number(status));
}

function checkFate(fate: Fate, { bytes, verdict, onConnection }: TortureCase): void {
  const { statuses, connection } = fate;
  if (onConnection === undefined) {
    const hasEnd = new TextDecoder("latin1").decode(bytes).includes("\r\n\r\n");
    assert.equal(connection === "waits", !hasEnd);
    // What has not come whole is nobody's to answer.
    assert.equal(hasEnd ? faultOf(statuses, verdict) : statuses[0], undefined);
  } else if (/second real message/.test(onConnection)) {
    assert.deepEqual(statuses, [PROBE_STATUS, PROBE_STATUS]);
  } else if (/^Wait for more; close/.test(onConnection)) {
    assert.deepEqual(fate, { statuses: [], connection: "waits" });
  } else {
    assert.match(onConnection, /close/, "the rule is one that this test knows");
    assert.equal(connection, "closes");
    assert.equal(faultOf(statuses, verdict), undefined);
  }
}

const SETS = TORTURE_SETS.map((set) => ({ set, cases: readTortureSet(set) }));

for (const isWhole of [true, false]) {
  const how = isWhole ? "in one piece" : "byte by byte";

  for (const folder of ["valid", "invalid"] as const) {
    Deno.test(`own: every ${folder} torture message ${how} on a connection goes on or ends it as it should`, async (test) => {
      for (const { name, bytes, expected } of readOwnTorture(folder)) {
        await test.step(`${expected.promise} (${name})`, async () => {
          const { connection } = await fateOf(bytes, isWhole);
          assert.equal(connection, expected.onConnection ?? "goes on");
        });
      }
    });
  }

  for (const { set, cases } of SETS) {
    Deno.test({
      name:
        `${set}: every torture message ${how} on a connection is answered as its verdict allows, or ends it`,
      ignore: cases.length === 0,
      async fn(test) {
        for (const each of cases) {
          await test.step(each.name, async () => checkFate(await fateOf(each.bytes, isWhole), each));
        }
      },
    });
  }
}
