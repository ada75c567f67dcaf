/** The server stops, or dies, while phones are registered over UDP: they can call at once and nothing is forgotten. */

import assert from "node:assert/strict";
import { Baresip, hasBaresip } from "../support/baresip.ts";
import { TestServer } from "../support/server.ts";

const AVAILABLE = await hasBaresip();
if (!AVAILABLE) console.log("skipped: baresip is not installed (apt-get install baresip-core)");

const SERVER = "127.0.0.103";

/** From the start of the new process until both phones are in a call. */
const CALL_AFTER_START_MS = 5000;
/** What the server may forget when it is killed: the last moment before (bindings are written every 200 ms). */
const WRITTEN_MS = 300;

function startServer(data: string): Promise<TestServer> {
  return TestServer.start({
    address: SERVER,
    mediaPorts: "39240-39299",
    data,
    extensions: ["100", "101"].map((number) => ({
      number,
      name: `P${number}`,
      password: `secret-${number}`,
    })),
  });
}

function phone(user: string, address: string): Promise<Baresip> {
  return Baresip.start({
    user,
    password: `secret-${user}`,
    domain: "office.example",
    server: `${SERVER}:5060`,
    transport: "udp",
    encryption: "none",
    codec: "PCMA",
    tone: 440,
    address,
    seconds: 60,
  });
}

/** The `times`th call of the two is up on both sides by `deadlineMs`. */
async function talkBriefly(alice: Baresip, bob: Baresip, times: number, deadlineMs: number): Promise<void> {
  await alice.dial("101");
  const leftMs = deadlineMs - Date.now();
  await Promise.all([alice, bob].map((one) => one.waitFor("CALL_ESTABLISHED", leftMs, times)));
  await alice.command("hangup");
  await bob.waitFor("CALL_CLOSED", 5000, times);
}

interface Device {
  readonly contact: string;
}

async function devicesOf(server: TestServer): Promise<string[]> {
  const { stdout } = await server.command("status", "--json");
  const [domain] = JSON.parse(stdout).domains as { extensions: { devices: Device[] }[] }[];
  return domain!.extensions.flatMap(({ devices }) => devices.map(({ contact }) => contact)).toSorted();
}

async function recordsOf(server: TestServer): Promise<{ id: string }[]> {
  const { stdout } = await server.command("calls", "--past", "--json");
  return JSON.parse(stdout);
}

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  Deno.test({
    name: `after ${signal} and a new start, registered phones call each other at once`,
    ignore: !AVAILABLE,
    async fn() {
      const data = await Deno.makeTempDir({ prefix: "sipedge-restart-" });
      const before = await startServer(data);
      try {
        await using alice = await phone("100", "127.0.0.105");
        await using bob = await phone("101", "127.0.0.106");
        await talkBriefly(alice, bob, 1, Date.now() + 8000);
        await new Promise((resolve) => setTimeout(resolve, WRITTEN_MS));
        const devices = await devicesOf(before);
        const records = await recordsOf(before);
        assert.equal(devices.length, 2);
        assert.equal(records.length, 1);

        await before.stop(signal);
        const deadlineMs = Date.now() + CALL_AFTER_START_MS;
        await using after = await startServer(data);
        await talkBriefly(alice, bob, 2, deadlineMs);
        assert.deepEqual(await devicesOf(after), devices);
        assert.ok((await recordsOf(after)).some(({ id }) => id === records[0]!.id));
        for (const { log } of [alice, bob]) {
          assert.equal(log.match(/\[\d+ bindings?\]/g)?.length, 1, "nobody registered again");
        }
      } finally {
        await before.stop();
        await Deno.remove(data, { recursive: true });
      }
    },
  });
}
