/** Where the server itself takes part in a call that speaks Opus. */
import assert from "node:assert/strict";
import { MediaBench } from "../../../tests/support/media_bench.ts";
import { PCMU } from "../../../tests/support/rtp_peer.ts";
import { loadOpus } from "../codec_opus/mod.ts";
import { Goertzel } from "../codec/mod.ts";
import type { RtpPeer } from "../../../tests/support/rtp_peer.ts";

const OPUS = { payloadType: 111, encoding: "opus", clockRate: 48_000, channels: 2 };
const codec = await loadOpus();

/** Amplitude of a frequency in what was heard, as a share of full scale. */
async function hears(phone: RtpPeer, frequency: number): Promise<number> {
  const decoder = codec.makeDecoder();
  await Promise.resolve();
  await new Promise((resolve) => setTimeout(resolve));
  const samples: number[] = [], pcm = new Int16Array(1920);
  for (const { payload } of phone.heard) {
    samples.push(...pcm.subarray(0, decoder.decode(payload, pcm)));
  }
  const last = Int16Array.from(samples.slice(-16_000));
  const filter = new Goertzel({ frequency, sampleRate: 16_000 });
  filter.take(last, { from: 0, to: last.length });
  return Math.sqrt(filter.finish()) * 2 / last.length / 32_768;
}

/** Turns of the event loop until the library and its handles are there. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve));
}

Deno.test("a tone is heard in Opus, a packet each 20 ms, counted in 1/48000 s", async () => {
  const bench = new MediaBench();
  const alice = bench.phone("198.51.100.1", 1);
  const a = bench.open(alice, { sendFormats: [OPUS, PCMU], receiveFormats: [OPUS, PCMU] });
  const source = { kind: "tone", frequencies: [440], level: 0.25 } as const;
  bench.tell({ kind: "play", leg: a, source, options: { loop: true } });
  await settle();
  bench.advance(20);
  await settle();
  bench.advance(2000);
  assert.ok(alice.heard.length >= 100);
  assert.ok(alice.heard.every((packet) => packet.payloadType === 111));
  assert.equal((alice.heard[60]!.timestamp - alice.heard[59]!.timestamp) >>> 0, 960);
  const level = await hears(alice, 440);
  assert.ok(level > 0.2 && level < 0.3, `amplitude ${level}`);
});

Deno.test("an Opus member of a room hears the others, and they hear it", async () => {
  const bench = new MediaBench();
  const alice = bench.phone("198.51.100.1", 1), bob = bench.phone("198.51.100.2", 2);
  const a = bench.open(alice, { sendFormats: [OPUS], receiveFormats: [OPUS] });
  const b = bench.open(bob, { sendFormats: [PCMU], receiveFormats: [PCMU] });
  bench.tell({ kind: "openRoom", room: "800", options: { maxMembers: 5 } });
  for (const leg of [a, b]) {
    bench.tell({ kind: "setMember", room: "800", member: { leg, stream: 0, muted: false, held: false } });
  }
  await settle();
  const source = { kind: "tone", frequencies: [600], level: 0.2 } as const;
  bench.tell({ kind: "playInRoom", room: "800", source, options: { loop: true } });
  await settle();
  bench.advance(40);
  await settle();
  const encoder = codec.makeEncoder();
  await settle();
  let at = 0;
  const bytes = new Uint8Array(1275);
  const speak = () => {
    const pcm = Int16Array.from(
      { length: 320 },
      () => 8000 * Math.sin(at++ * 2 * Math.PI * 1000 / 16_000),
    );
    alice.send(bytes.slice(0, encoder.encode(pcm, bytes)), { payloadType: 111 });
    alice.time = (alice.time + 800) >>> 0;
  };
  bench.advance(40, speak);
  await settle();
  bench.advance(2000, speak);
  assert.ok(await hears(alice, 600) > 0.1);
  assert.ok(bob.heard.length > 90);
  assert.ok(bench.eventsOf("talking").some((event) => event.leg === a && event.level > 40));
});
