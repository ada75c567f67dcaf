/** What two people do with their phones, done by real phones: digits, hold, giving up, refusing, a second device. */

import assert from "node:assert/strict";
import { Baresip, type BaresipOptions, hasBaresip } from "../support/baresip.ts";
import { TestServer } from "../support/server.ts";
import { hearing } from "../support/wav.ts";
import { pause } from "../support/waiting.ts";

const AVAILABLE = await hasBaresip();
if (!AVAILABLE) console.log("skipped: baresip is not installed (apt-get install baresip-core)");

const SERVER = "127.0.0.11";
const DOMAIN = "office.example";

function phone(user: string, address: string, rest: Partial<BaresipOptions> = {}): Promise<Baresip> {
  const transport = rest.transport ?? "tls";
  return Baresip.start({
    user,
    password: `secret-${user}`,
    domain: DOMAIN,
    server: `${SERVER}:${transport === "tls" ? 5061 : 5060}`,
    transport,
    encryption: "srtp-mand",
    codec: "PCMA",
    tone: 440,
    address,
    seconds: 60,
    ...rest,
  });
}

function scenario(name: string, run: (server: TestServer, test: Deno.TestContext) => Promise<void>): void {
  Deno.test({
    name,
    ignore: !AVAILABLE,
    async fn(test) {
      await using server = await TestServer.start({
        address: SERVER,
        mediaPorts: "30400-30799",
        extensions: ["100", "101", "102"].map((number) => ({
          number,
          name: `P${number}`,
          password: `secret-${number}`,
        })),
      });
      await run(server, test).catch((error) => {
        throw new Error(`${error.message}\n--- server\n${server.log.slice(-3000)}`, { cause: error });
      });
    },
  });
}

scenario("digits arrive on the other phone, both ways", async () => {
  await using alice = await phone("100", "127.0.0.31");
  await using bob = await phone("101", "127.0.0.32", { encryption: "none", transport: "udp" });
  await alice.dial("101");
  await Promise.all([alice.waitFor("CALL_ESTABLISHED"), bob.waitFor("CALL_ESTABLISHED")]);
  await pause(300);
  await alice.command("sndcode", "5");
  await bob.waitForLog(/received (DTMF )?event: '5' \(end=1\)/i);
  await bob.command("sndcode", "#");
  await alice.waitForLog(/received (DTMF )?event: '#' \(end=1\)/i);
});

scenario("hold silences both ways and resume brings both back, encrypted", async () => {
  await using alice = await phone("100", "127.0.0.31");
  await using bob = await phone("101", "127.0.0.32", { tone: 1000 });
  const speaking = /audio=[67]\d{4}\/[67]\d{4} \(bit\/s\)/;
  const silent = /audio=0\/0 \(bit\/s\)/;
  await alice.dial("101");
  await bob.waitFor("CALL_ESTABLISHED");
  // Its recorder ends with the first hold, so what it receives is read from the rates it prints; what does not
  // decrypt is not counted there.
  for (const phone of [alice, bob]) await phone.waitForNewLog(speaking);
  await alice.command("hold");
  for (const phone of [alice, bob]) await phone.waitForNewLog(silent);
  await alice.command("resume");
  for (const phone of [alice, bob]) await phone.waitForNewLog(speaking);
  await bob.command("hold");
  for (const phone of [alice, bob]) await phone.waitForNewLog(silent);
  await bob.command("resume");
  for (const phone of [alice, bob]) await phone.waitForNewLog(speaking);
  await alice.command("hangup");
  await bob.waitFor("CALL_CLOSED");
});

scenario("the caller gives up and the phone stops ringing", async () => {
  await using alice = await phone("100", "127.0.0.31");
  await using bob = await phone("101", "127.0.0.32", { answer: "manual" });
  await alice.dial("101");
  await bob.waitFor("CALL_INCOMING");
  await alice.waitFor("CALL_RINGING");
  await alice.command("hangup");
  await bob.waitFor("CALL_CLOSED", 2000);
});

scenario("the callee refuses and the caller hears why", async () => {
  await using alice = await phone("100", "127.0.0.31");
  await using bob = await phone("101", "127.0.0.32", { answer: "manual" });
  await alice.dial("101");
  await bob.waitFor("CALL_INCOMING");
  await bob.command("hangup");
  await alice.waitFor("CALL_CLOSED", 3000);
  assert.match(alice.log, /486|603/);
});

scenario("the second device answers and the first stops ringing", async () => {
  await using alice = await phone("100", "127.0.0.31");
  await using desk = await phone("101", "127.0.0.32", { answer: "manual" });
  await using mobile = await phone("101", "127.0.0.33", {
    answer: "manual",
    transport: "tcp",
    encryption: "none",
    tone: 1300,
  });
  await alice.dial("101");
  await Promise.all([desk.waitFor("CALL_INCOMING"), mobile.waitFor("CALL_INCOMING")]);
  await mobile.command("accept");
  await alice.waitFor("CALL_ESTABLISHED");
  await desk.waitFor("CALL_CLOSED", 2000);
  await pause(1500);
  await alice.command("hangup");
  await mobile.waitFor("CALL_CLOSED");
  await Promise.all([alice.stop(), mobile.stop()]);
  const [heard] = await alice.heard();
  assert.ok(hearing(heard!, 1300).heardSeconds > 1, "alice hears the second device");
});

scenario("the echo test sends back what is said, the tone number sends 440 Hz", async (_server, test) => {
  for (const [number, tone, own] of [["*43", 700, 700], ["*44", 440, 1000]] as const) {
    await test.step(number, async () => {
      await using alice = await phone("100", "127.0.0.31", { tone: own, codec: "PCMU" });
      await alice.dial(number);
      await alice.waitFor("CALL_ESTABLISHED");
      await pause(1500);
      await alice.command("hangup");
      await pause(200);
      await alice.stop();
      const [heard] = await alice.heard();
      const { heardSeconds } = hearing(heard!, tone);
      assert.ok(heardSeconds > 1, `${tone} Hz heard for ${heardSeconds} s`);
    });
  }
});
