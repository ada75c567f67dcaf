/** Digits between phones that send them in different ways: as events (RFC 4733), by INFO (RFC 6086), as tones. */

import assert from "node:assert/strict";
import { decodePcma, DtmfDetector, dtmfFrequencies } from "../../src/media/codec/mod.ts";
import { digitOfEvent, readTelephoneEvent } from "../../src/media/rtp/mod.ts";
import { Baresip, type BaresipOptions, hasBaresip } from "../support/baresip.ts";
import { EVENTS, type HeardPacket, PCMA } from "../support/rtp_peer.ts";
import { TestServer } from "../support/server.ts";
import { VoicePhone } from "../support/voice_phone.ts";
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
  return digitsInSound(Int16Array.from(wav.samples, (sample) => sample * 32_767));
}

function digitsInSound(pcm: Int16Array): string {
  let heard = "";
  const detector = new DtmfDetector({ sampleRate: RATE, onDigit: ({ digit }) => heard += digit });
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

const RAW_SERVER = "127.0.0.200";
/** A digit by INFO for so long, which in telephone-events is counted in units of 8 kHz. */
const PRESSED_MS = 240;

function ofFormat(heard: readonly HeardPacket[], { payloadType }: { payloadType: number }): HeardPacket[] {
  return heard.filter((packet) => packet.payloadType === payloadType);
}

function eventsIn(heard: readonly HeardPacket[]) {
  return ofFormat(heard, EVENTS).map(({ payload, timestamp, marker }) => {
    const event = readTelephoneEvent(payload, { at: 0, end: payload.length });
    assert.ok(event);
    return { digit: digitOfEvent(event.event), end: event.end, duration: event.duration, timestamp, marker };
  });
}

function soundIn(heard: readonly HeardPacket[]): Int16Array {
  const packets = ofFormat(heard, PCMA);
  const pcm = new Int16Array(packets.length * 160);
  for (const [at, { payload }] of packets.entries()) decodePcma(payload, pcm.subarray(at * 160));
  return pcm;
}

Deno.test("a digit by INFO reaches the other phone in its RTP: as an event where it names them, else as a tone", async (test) => {
  await using _server = await TestServer.start({
    address: RAW_SERVER,
    mediaPorts: "42820-42839",
    extensions: ["100", "101", "102"].map((number) => ({ number, password: `secret-${number}` })),
  });
  await using alice = new VoicePhone({ user: "100", address: "127.0.0.201", server: RAW_SERVER });
  const press = (digit: string) =>
    alice.phone.inform("application/dtmf-relay", `Signal=${digit}\r\nDuration=${PRESSED_MS}\r\n`);

  await test.step("INFO becomes an event of RFC 4733, as long as the key was pressed", async () => {
    await using bob = new VoicePhone({
      user: "101",
      address: "127.0.0.202",
      server: RAW_SERVER,
      takesEvents: true,
    });
    await bob.phone.register();
    await alice.phone.dial("101");
    await press("5");
    const ends = () => eventsIn(bob.rtp.heard).filter(({ end }) => end);
    await bob.until(() => ends().length === 3, "end of the event, said three times");
    const events = eventsIn(bob.rtp.heard);
    assert.deepEqual(new Set(events.map(({ digit }) => digit)), new Set(["5"]));
    assert.equal(new Set(events.map(({ timestamp }) => timestamp)).size, 1, "one event");
    assert.deepEqual(events.map(({ marker }) => marker), events.map((_, at) => at === 0));
    assert.deepEqual(ends().map(({ duration }) => duration), Array(3).fill(PRESSED_MS * RATE / 1000));
    assert.equal(digitsInSound(soundIn(bob.rtp.heard)), "", "no tone beside the event");
    await alice.phone.hangUp();
  });

  await test.step("INFO becomes a tone for a phone that named no events", async () => {
    await using carol = new VoicePhone({ user: "102", address: "127.0.0.203", server: RAW_SERVER });
    await carol.phone.register();
    await alice.phone.dial("102");
    await press("7");
    await carol.until(() => digitsInSound(soundIn(carol.rtp.heard)) !== "", "tone");
    assert.equal(digitsInSound(soundIn(carol.rtp.heard)), "7");
    assert.deepEqual(eventsIn(carol.rtp.heard), []);
    await alice.phone.hangUp();
  });
});
