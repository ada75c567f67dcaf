import assert from "node:assert/strict";
import fc from "fast-check";
import { loadOpus } from "./opus.ts";
import { opusDurationMs } from "./toc.ts";

/** Waits for handles that were asked for. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

Deno.test("a tone survives with its level and pitch", async () => {
  const codec = await loadOpus();
  const encoder = codec.makeEncoder(), decoder = codec.makeDecoder();
  await settled();
  const pcm = new Int16Array(320), bytes = new Uint8Array(1275), heard: number[] = [];
  for (let frame = 0; frame < 60; frame++) {
    for (let i = 0; i < 320; i++) pcm[i] = 8000 * Math.sin(2 * Math.PI * 400 * (frame * 320 + i) / 16000);
    const payload = bytes.subarray(0, encoder.encode(pcm, bytes));
    assert.equal(decoder.samplesIn(payload), 320);
    assert.equal(decoder.decode(payload, pcm), 320);
    heard.push(...pcm);
  }
  const late = heard.slice(-8000);
  let crossings = 0, energy = 0;
  late.forEach((sample, i) => {
    if (i > 0 && sample >= 0 && late[i - 1]! < 0) crossings++;
    energy += sample * sample;
  });
  assert.equal(crossings, 200);
  assert.ok(Math.abs(Math.sqrt(2 * energy / 8000) - 8000) < 800);
});

const DURATIONS: readonly [sentence: string, packet: number[], ms: number][] = [
  ["SILK narrowband, 10 ms", [0 << 3], 10],
  ["SILK wideband, 60 ms", [11 << 3], 60],
  ["hybrid, 20 ms", [15 << 3], 20],
  ["CELT, 2.5 ms", [16 << 3], 2.5],
  ["CELT fullband, 20 ms, twice", [(31 << 3) | 1], 40],
  ["two frames of other sizes", [(9 << 3) | 2, 1, 0], 40],
  ["three frames of 40 ms", [(10 << 3) | 3, 3], 120],
  ["four frames of 40 ms: too long", [(10 << 3) | 3, 4], 0],
  ["no frames at all", [(10 << 3) | 3, 0], 0],
  ["a count that is missing", [(10 << 3) | 3], 0],
  ["nothing", [], 0],
];

for (const [sentence, packet, ms] of DURATIONS) {
  Deno.test(`${sentence}: ${ms} ms`, () => assert.equal(opusDurationMs(Uint8Array.from(packet)), ms));
}

Deno.test("whatever comes is decoded or refused, never thrown on, and never longer than announced room", async () => {
  const decoder = (await loadOpus()).makeDecoder();
  await settled();
  const pcm = new Int16Array(1920);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 1500 }), (packet) => {
    const samples = decoder.decode(packet, pcm);
    assert.ok(samples >= 0 && samples <= 1920);
  }));
});

Deno.test("before its handle is there, an encoder says that nothing was said", async () => {
  const encoder = (await loadOpus()).makeEncoder();
  const bytes = new Uint8Array(10);
  assert.equal(encoder.encode(new Int16Array(320), bytes), 1);
  assert.equal(opusDurationMs(bytes.subarray(0, 1)), 20);
});
