/** Transfers by real phones: blind and attended, plain and encrypted mixed; who remains hears each other. */

import assert from "node:assert/strict";
import { Baresip, type BaresipOptions, hasBaresip } from "../support/baresip.ts";
import { TestServer } from "../support/server.ts";
import { hearing } from "../support/wav.ts";

const AVAILABLE = await hasBaresip();
if (!AVAILABLE) console.log("skipped: baresip is not installed (apt-get install baresip-core)");

const SERVER = "127.0.0.12";

type Encryption = BaresipOptions["encryption"];
const MIXTURES: readonly (readonly [Encryption, Encryption, Encryption])[] = [
  ["none", "none", "none"],
  ["srtp-mand", "srtp-mand", "srtp-mand"],
  ["srtp-mand", "none", "srtp-mand"],
  ["none", "srtp-mand", "none"],
  ["none", "srtp-mand", "srtp-mand"],
  ["srtp-mand", "srtp-mand", "none"],
];

function phone(user: string, tone: number, encryption: Encryption): Promise<Baresip> {
  return Baresip.start({
    user,
    password: `secret-${user}`,
    domain: "office.example",
    server: `${SERVER}:5061`,
    transport: "tls",
    encryption,
    codec: "PCMA",
    tone,
    address: `127.0.0.5${user.at(-1)}`,
    seconds: 40,
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The last recording of `listener` holds `tone` for at least a second and a half. */
async function assertHears(listener: Baresip, tone: number, who: string): Promise<void> {
  const best = Math.max(0, ...(await listener.heard()).map((wav) => hearing(wav, tone).heardSeconds));
  assert.ok(best >= 1.5, `${who} heard ${tone} Hz for ${best} s`);
}

Deno.test({
  name: "after a transfer the two who remain hear each other, whatever mixture of encryption",
  ignore: !AVAILABLE,
  async fn(test) {
    await using server = await TestServer.start({
      address: SERVER,
      mediaPorts: "30800-31199",
      extensions: ["100", "101", "102"].map((number) => ({
        number,
        name: `P${number}`,
        password: `secret-${number}`,
      })),
    });
    for (const [a, b, c] of MIXTURES) {
      await test.step(`blind: ${a} called ${b}, who sends it to ${c}`, async () => {
        await using alice = await phone("100", 440, a);
        await using bob = await phone("101", 1000, b);
        await using carol = await phone("102", 1500, c);
        await alice.dial("101");
        await Promise.all([alice.waitFor("CALL_ESTABLISHED"), bob.waitFor("CALL_ESTABLISHED")]);
        await pause(300);
        await bob.command("transfer", `sip:102@${server.domain}`);
        await carol.waitFor("CALL_ESTABLISHED");
        await bob.waitFor("CALL_CLOSED");
        await pause(2200);
        await alice.command("hangup");
        await carol.waitFor("CALL_CLOSED");
        await Promise.all([alice.stop(), bob.stop(), carol.stop()]);
        await assertHears(carol, 440, "the one it was sent to");
        await assertHears(alice, 1500, "the one who was sent");
      }).catch((error) => {
        throw new Error(`${error.message}\n--- server\n${server.log.slice(-2500)}`, { cause: error });
      });
    }
    for (const [a, b, c] of MIXTURES) {
      await test.step(`attended: ${a} called ${b}, who asks ${c} and joins them`, async () => {
        await using alice = await phone("100", 440, a);
        await using bob = await phone("101", 1000, b);
        await using carol = await phone("102", 1500, c);
        await alice.dial("101");
        await Promise.all([alice.waitFor("CALL_ESTABLISHED"), bob.waitFor("CALL_ESTABLISHED")]);
        await bob.command("hold");
        await pause(300);
        await bob.dial("102");
        await carol.waitFor("CALL_ESTABLISHED");
        await pause(300);
        await bob.transferFirstCall(server.domain);
        await bob.waitFor("CALL_CLOSED", 8000, 2);
        await pause(2200);
        await carol.command("hangup");
        await alice.waitFor("CALL_CLOSED");
        await Promise.all([alice.stop(), bob.stop(), carol.stop()]);
        await assertHears(carol, 440, "the one who was asked");
      }).catch((error) => {
        throw new Error(`${error.message}\n--- server\n${server.log.slice(-2500)}`, { cause: error });
      });
    }
  },
});
