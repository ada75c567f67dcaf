/** What the server itself says and hears: tones, files, digits, recordings. */
import assert from "node:assert/strict";
import { MediaBench } from "../../../tests/support/media_bench.ts";
import { EVENTS, PCMA, PCMU, type RtpPeer, srtpKey } from "../../../tests/support/rtp_peer.ts";
import {
  decodePcma,
  decodePcmu,
  DtmfDetector,
  DtmfGenerator,
  encodePcmu,
  G722Decoder,
  Goertzel,
} from "../codec/mod.ts";
import { parseWav, writeWavHeader } from "../mix/mod.ts";
import { sequenceDelta, TelephoneEventDecoder } from "../rtp/mod.ts";
import type { PlaySource, StreamSettings } from "../plane.ts";

const A440: PlaySource = { kind: "tone", frequencies: [440], level: 0.25 };
const G722 = { payloadType: 9, encoding: "g722", clockRate: 8000 };

/** All that a phone heard, as PCM of its codec. */
function heardPcm(phone: RtpPeer, from = 0): Int16Array {
  const samples: number[] = [];
  const wide = new G722Decoder();
  for (const { payload, payloadType } of phone.heard.slice(from)) {
    const pcm = new Int16Array(payload.length * 2);
    const count = payloadType === 0
      ? decodePcmu(payload, pcm)
      : payloadType === 8
      ? decodePcma(payload, pcm)
      : payloadType === 9
      ? wide.decode(payload, pcm)
      : 0;
    samples.push(...pcm.subarray(0, count));
  }
  return Int16Array.from(samples);
}

/** Amplitude of one frequency, as a share of full scale. */
function amplitude(pcm: Int16Array, frequency: number, sampleRate = 8000): number {
  const filter = new Goertzel({ frequency, sampleRate });
  filter.take(pcm, { from: 0, to: pcm.length });
  return Math.sqrt(filter.finish()) * 2 / pcm.length / 32768;
}

function callers(settings: Partial<StreamSettings> = {}) {
  const bench = new MediaBench();
  const alice = bench.phone("198.51.100.1", 0xa11ce), bob = bench.phone("198.51.100.2", 0xb0b);
  const a = bench.open(alice), b = bench.open(bob, settings);
  return { bench, alice, bob, a, b };
}

const quiet = new Uint8Array(160).fill(0xff);

function digitsIn(phone: RtpPeer, from = 0): string {
  let digits = "";
  const decoder = new TelephoneEventDecoder({ clockRate: 8000, onDigit: ({ digit }) => digits += digit });
  phone.heard.slice(from).forEach(({ packet, payloadType }, i) => {
    if (payloadType === 101) decoder.receive(packet, { length: packet.length, nowMs: i * 20 });
  });
  decoder.advance(1e9);
  return digits;
}

function tonesIn(pcm: Int16Array): string {
  let digits = "";
  new DtmfDetector({ sampleRate: 8000, onDigit: ({ digit }) => digits += digit }).receive(pcm);
  return digits;
}

for (const format of [PCMU, PCMA, G722]) {
  Deno.test(`a tone is heard in ${format.encoding}, one packet a beat, without a gap`, async () => {
    const bench = new MediaBench();
    const alice = bench.phone("198.51.100.1", 1);
    const a = bench.open(alice, { sendFormats: [format, EVENTS] });
    bench.tell({ kind: "play", leg: a, source: A440, options: { loop: true } });
    await Promise.resolve();
    bench.advance(1000, () => alice.send(quiet));
    assert.ok(Math.abs(alice.heard.length - 50) <= 1);
    assert.deepEqual(alice.heard.map((packet) => packet.marker).indexOf(true), 0);
    alice.heard.reduce((last, next) => {
      assert.equal(sequenceDelta(last.sequenceNumber, next.sequenceNumber), 1);
      assert.equal((next.timestamp - last.timestamp) >>> 0, 160);
      return next;
    });
    const rate = format === G722 ? 16_000 : 8000;
    const level = amplitude(heardPcm(alice).subarray(800), 440, rate);
    assert.ok(Math.abs(level - 0.25) < 0.01, `amplitude ${level}`);
  });
}

Deno.test("packets last as long as the peer wishes", async () => {
  for (const [wish, packets] of [[10, 100], [30, 33], [60, 16], [25, 33]] as const) {
    const { bench, alice, a } = callers();
    bench.update(a, alice.settings({ packetMs: wish }));
    bench.tell({ kind: "play", leg: a, source: A440, options: { loop: true } });
    await Promise.resolve();
    bench.advance(1000);
    assert.ok(Math.abs(alice.heard.length - packets) <= 1, `${wish} ms: ${alice.heard.length}`);
  }
});

Deno.test("a file is played once, told, and what was withheld goes on under the same name", async () => {
  const { bench, alice, bob, a, b } = callers();
  bench.tell({ kind: "connect", a, b });
  const pcm = Int16Array.from(
    { length: 4000 },
    (_, i) => Math.round(8000 * Math.sin(i * 2 * Math.PI * 1000 / 8000)),
  );
  const header = writeWavHeader({ channels: 1, sampleRate: 8000, dataBytes: pcm.byteLength });
  bench.files.contents.set("beep.wav", Uint8Array.from([...header, ...new Uint8Array(pcm.buffer)]));
  bench.advance(200, () => bob.send(quiet));
  const before = alice.heard.length;
  const source = { kind: "files", paths: ["beep.wav"] } as const;
  bench.tell({ kind: "play", leg: a, source, options: { loop: false, tag: "beep" } });
  await new Promise((resolve) => setTimeout(resolve));
  bench.advance(1000, () => bob.send(quiet));
  assert.deepEqual(bench.eventsOf("played"), [{ kind: "played", leg: a, tag: "beep", complete: true }]);
  assert.ok(amplitude(heardPcm(alice, before).subarray(0, 3800), 1000) > 0.2);
  assert.deepEqual([...new Set(alice.heard.map((packet) => packet.ssrc))], [bob.ssrc]);
  assert.equal(alice.heard.at(-1)!.payload[0], 0xff);
  alice.heard.reduce((last, next) => {
    assert.equal(sequenceDelta(last.sequenceNumber, next.sequenceNumber), 1);
    return next;
  });
});

Deno.test("what cannot be played is told at once", async () => {
  const { bench, alice, a, b } = callers({
    sendFormats: [{ payloadType: 18, encoding: "g729", clockRate: 8000 }],
  });
  bench.tell({
    kind: "play",
    leg: a,
    source: { kind: "files", paths: ["none.wav"] },
    options: { loop: false, tag: "x" },
  });
  bench.tell({ kind: "play", leg: b, source: A440, options: { loop: false, tag: "y" } });
  await new Promise((resolve) => setTimeout(resolve));
  bench.advance(100);
  assert.deepEqual(bench.eventsOf("played").map(({ tag, complete }) => [tag, complete]), [["y", false], [
    "x",
    false,
  ]]);
  assert.equal(alice.heard.length, 0);
});

Deno.test("a play is ended by the next, by stop and by close", async () => {
  const { bench, a } = callers();
  for (const tag of ["1", "2"]) {
    bench.tell({ kind: "play", leg: a, source: A440, options: { loop: true, tag } });
    await Promise.resolve();
    bench.advance(60);
  }
  bench.tell({ kind: "stopPlaying", leg: a });
  bench.tell({ kind: "play", leg: a, source: A440, options: { loop: true, tag: "3" } });
  await Promise.resolve();
  bench.measure(a, "close");
  assert.deepEqual(bench.eventsOf("played").map(({ tag, complete }) => `${tag} ${complete}`), [
    "1 false",
    "2 false",
    "3 false",
  ]);
});

Deno.test("digits go out as telephone-events, each once, and the far voice goes on behind them", () => {
  const { bench, alice, bob, a, b } = callers();
  bench.tell({ kind: "connect", a, b });
  bench.advance(100, () => bob.send(quiet));
  bench.tell({ kind: "sendDigits", leg: a, digits: "14*d", toneMs: 100, gapMs: 60 });
  bench.advance(1500, () => bob.send(quiet));
  assert.equal(digitsIn(alice), "14*D");
  const events = alice.heard.filter((packet) => packet.payloadType === 101);
  assert.equal(events.filter((packet) => packet.marker).length, 4);
  const last = alice.heard.findLastIndex((packet) => packet.payloadType === 101);
  assert.ok(alice.heard.length > last + 10, "the voice came back");
  const [event, voice] = [alice.heard[last]!, alice.heard[last + 1]!];
  assert.ok(voice.timestamp - event.timestamp >= 800, "and behind the digit in time");
});

Deno.test("digits go out as tones to a peer that wants tones", () => {
  const { bench, alice, a } = callers();
  bench.update(a, alice.settings({ dtmf: "inband" }));
  bench.tell({ kind: "sendDigits", leg: a, digits: "159#", toneMs: 100, gapMs: 80 });
  bench.advance(1200);
  assert.equal(tonesIn(heardPcm(alice)), "159#");
});

Deno.test("a peer that wants INFO or nothing gets no digits from here", () => {
  for (const dtmf of ["info", "none"] as const) {
    const { bench, alice, a } = callers();
    bench.update(a, alice.settings({ dtmf }));
    bench.tell({ kind: "sendDigits", leg: a, digits: "1", toneMs: 100, gapMs: 80 });
    bench.advance(500);
    assert.equal(alice.heard.length, 0);
  }
});

/** A key held for `packets` beats, with three end packets. */
function press(phone: RtpPeer, digit: number): (() => void)[] {
  const time = phone.time, parts: (() => void)[] = [];
  for (let i = 1; i <= 7; i++) {
    const end = i > 4, duration = 160 * Math.min(i, 5);
    parts.push(() => {
      phone.time = time;
      phone.send(Uint8Array.of(digit, end ? 0x8a : 10, duration >> 8, duration & 255), {
        payloadType: 101,
        marker: i === 1,
      });
      phone.time = time + 160 * i;
    });
  }
  return parts;
}

const TRANSLATIONS = [
  ["rfc4733", { events: "5", tones: "" }],
  ["inband", { events: "", tones: "5" }],
  ["info", { events: "", tones: "" }],
  ["none", { events: "", tones: "" }],
] as const;
for (const [dtmf, want] of TRANSLATIONS) {
  Deno.test(`a telephone-event towards a side with ${dtmf}: told once, passed on in its form`, () => {
    const { bench, alice, bob, a, b } = callers({ dtmf });
    bench.tell({ kind: "connect", a, b });
    const beats = press(alice, 5);
    bench.advance(1000, () => (beats.shift() ?? (() => alice.send(quiet)))());
    assert.deepEqual(bench.eventsOf("digit"), [
      { kind: "digit", leg: a, digit: "5", durationMs: 100, how: "rfc4733" },
    ]);
    assert.deepEqual({ events: digitsIn(bob), tones: tonesIn(heardPcm(bob)) }, want);
  });
}

Deno.test("a tone from a peer with in-band digits becomes an event, and the tone itself is cut off", () => {
  const bench = new MediaBench();
  const alice = bench.phone("198.51.100.1", 1), bob = bench.phone("198.51.100.2", 2);
  const a = bench.open(alice, { dtmf: "inband" }), b = bench.open(bob);
  bench.tell({ kind: "connect", a, b });
  const tones = new DtmfGenerator("7", { sampleRate: 8000, toneMs: 200 });
  const pcm = new Int16Array(160), codes = new Uint8Array(160);
  bench.advance(1000, () => {
    tones.fill(pcm);
    encodePcmu(pcm, codes);
    alice.send(codes);
  });
  assert.deepEqual(bench.eventsOf("digit").map(({ digit, how }) => [digit, how]), [["7", "inband"]]);
  assert.equal(digitsIn(bob), "7");
  assert.equal(tonesIn(heardPcm(bob)), "");
});

Deno.test("an encrypted peer hears what is played, encrypted", async () => {
  const bench = new MediaBench();
  const alice = bench.phone("198.51.100.1", 1);
  alice.secure({ send: srtpKey(1), receive: srtpKey(2) });
  const a = bench.open(alice, { receiveKey: srtpKey(1), sendKey: srtpKey(2) });
  bench.tell({ kind: "play", leg: a, source: A440, options: { loop: true } });
  await Promise.resolve();
  bench.advance(500);
  assert.equal(alice.unreadable, 0);
  assert.ok(amplitude(heardPcm(alice).subarray(800), 440) > 0.24);
});

for (const layout of ["mix", "stereo", "received"] as const) {
  Deno.test(`a recording (${layout}) holds what was said in both directions`, async () => {
    const { bench, alice, bob, a, b } = callers();
    bench.tell({ kind: "connect", a, b });
    bench.tell({ kind: "record", leg: a, options: { path: "call.wav", layout } });
    const codes = (frequency: number, beat: number) => {
      const pcm = Int16Array.from(
        { length: 160 },
        (_, i) => 8000 * Math.sin((beat * 160 + i) * 2 * Math.PI * frequency / 8000),
      );
      const bytes = new Uint8Array(160);
      encodePcmu(pcm, bytes);
      return bytes;
    };
    let beat = 0;
    bench.advance(3000, () => {
      alice.send(codes(500, beat));
      bob.send(codes(1000, beat++));
    });
    bench.tell({ kind: "stopRecording", leg: a });
    await new Promise((resolve) => setTimeout(resolve));
    const [told] = bench.eventsOf("recorded");
    assert.ok(told && Math.abs(told.seconds - 3) < 0.1 && told.error === undefined);
    const wav = parseWav(bench.files.contents.get("call.wav")!);
    assert.ok(wav.ok);
    const { data, channels } = wav.value;
    assert.equal(channels, layout === "stereo" ? 2 : 1);
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const channel = (index: number) =>
      Int16Array.from(
        { length: data.length / 2 / channels - 4000 },
        (_, i) => view.getInt16(2 * ((i + 4000) * channels + index), true),
      );
    const left = channel(0);
    const has = (pcm: Int16Array, frequency: number) => amplitude(pcm, frequency) > 0.2;
    assert.ok(has(left, 500));
    assert.equal(has(left, 1000), layout === "mix");
    if (layout === "stereo") assert.deepEqual([has(channel(1), 500), has(channel(1), 1000)], [false, true]);
  });
}

Deno.test("nothing is left to do on the beat when all has been said", () => {
  const { bench, a } = callers();
  bench.tell({ kind: "sendDigits", leg: a, digits: "1", toneMs: 40, gapMs: 20 });
  assert.ok(bench.core.waitMs(bench.clock.now()) <= 20);
  bench.advance(1040);
  assert.ok(bench.core.waitMs(bench.clock.now()) > 20);
});
