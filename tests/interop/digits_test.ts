/** Digits between phones that send them in different ways: as events (RFC 4733), by INFO (RFC 6086), as tones. */

import assert from "node:assert/strict";
import { DtmfDetector, dtmfFrequencies } from "../../src/media/codec/mod.ts";
import { Baresip, type BaresipOptions, hasBaresip } from "../support/baresip.ts";
import { TestServer } from "../support/server.ts";
import { samplesWav, type Wav } from "../support/wav.ts";

const AVAILABLE = await hasBaresip();
if (!AVAILABLE) console.log("skipped: baresip is not installed (apt-get install baresip-core)");

const SERVER = "127.0.0.190";
const RATE = 8000;
/** Numbers are given their way by the configuration; baresip itself sends events and takes INFO. */
const WAYS = { "100": "rfc4733", "101": "info", "102": "inband" } as const;

function phone(number: keyof typeof WAYS, more: Partial<BaresipOptions> = {}): Promise<Baresip> {
  return Baresip.start({
    user: number,
    password: `secret-${number}`,
    domain: "office.example",
    server: `${SERVER}:5060`,
    transport: "udp",
    encryption: "none",
    codec: "PCMU",
    tone: 440,
    amplitude: 500,
    address: `127.0.0.19${Number(number.at(-1)) + 1}`,
    ...more,
  });
}

/** Silence, and `digit` as a tone of 120 ms every second. */
function tones(digit: string, seconds: number): Uint8Array<ArrayBuffer> {
  const [low, high] = dtmfFrequencies(digit)!;
  const samples = Int16Array.from({ length: RATE * seconds }, (_, i) => {
    const at = i % RATE;
    if (at > 0.12 * RATE) return 0;
    return 6000 * (Math.sin(2 * Math.PI * low * i / RATE) + Math.sin(2 * Math.PI * high * i / RATE));
  });
  return samplesWav(samples, RATE);
}

function digitsIn(wav: Wav): string {
  let heard = "";
  const detector = new DtmfDetector({ sampleRate: RATE, onDigit: ({ digit }) => heard += digit });
  const pcm = Int16Array.from(wav.samples, (sample) => sample * 32_767);
  for (let at = 0; at < pcm.length; at += 160) detector.receive(pcm.subarray(at, at + 160));
  return heard;
}

async function call(from: Baresip, to: Baresip, number: string): Promise<void> {
  await from.dial(number);
  await Promise.all([from.waitFor("CALL_ESTABLISHED"), to.waitFor("CALL_ESTABLISHED")]);
  await new Promise((resolve) => setTimeout(resolve, 400));
}

Deno.test({
  name: "digits arrive in the way the other phone takes them",
  ignore: !AVAILABLE,
  async fn(test) {
    await using server = await TestServer.start({
      address: SERVER,
      mediaPorts: "42000-42099",
      flags: ["--trace"],
      extensions: Object.entries(WAYS).map(([number, dtmf]) => ({
        number,
        name: `P${number}`,
        password: `secret-${number}`,
        dtmf,
      })),
    });
    const step = (name: string, run: () => Promise<void>) =>
      test.step(name, () =>
        run().catch((error) => {
          throw new Error(`${error.message}\n--- server\n${server.log.slice(-2000)}`, { cause: error });
        }));

    await step("events become INFO", async () => {
      await using alice = await phone("100");
      await using bob = await phone("101");
      await call(alice, bob, "101");
      await alice.command("sndcode", "5");
      await bob.waitForLog(/^INFO sip:[\s\S]*Signal=\s?5/m);
      await bob.waitForLog(/received DTMF: '5'/);
    });

    await step("events become tones, and tones become events", async () => {
      await using alice = await phone("100");
      await using carol = await phone("102", { speech: tones("7", 20) });
      await call(alice, carol, "102");
      await alice.command("sndcode", "9");
      await alice.waitForLog(/received (DTMF )?event: '7' \(end=1\)/i);
      await new Promise((resolve) => setTimeout(resolve, 600));
      await alice.command("hangup");
      await carol.waitFor("CALL_CLOSED");
      await Promise.all([alice.stop(), carol.stop()]);
      const [heard] = await carol.heard();
      assert.equal(digitsIn(heard!), "9");
    });

    await test.step("--trace shows the messages, without what would open a door", () => {
      const messages = server.log.split("\n").filter((line) => line.includes('"event":"sip"'));
      const told = (pattern: RegExp) => messages.filter((line) => pattern.test(line)).length;
      assert.ok(told(/"message":"INVITE sip:101@/) >= 1 && told(/"message":"SIP\/2\.0 200 OK/) >= 4);
      assert.ok(told(/Authorization: Digest username=/) >= 4);
      assert.equal(told(/response=\\"[0-9a-f]/), 0, "answers to challenges");
      assert.ok(told(/application\/dtmf-relay/) >= 1);
      assert.equal(told(/Signal=\s?5/), 0, "digits");
    });

    await step("tones become INFO", async () => {
      await using carol = await phone("102", { speech: tones("3", 20) });
      await using bob = await phone("101");
      await call(carol, bob, "101");
      await bob.waitForLog(/received DTMF: '3'/);
    });
  },
});
