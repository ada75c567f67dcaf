import assert from "node:assert/strict";
import { Clip } from "./clip.ts";
import { fitTone } from "./fake_signal.ts";
import type { PcmSource } from "./frames.ts";
import { ClipPlayer, TonePlayer } from "./player.ts";

function play(source: PcmSource, beats: number): { pcm: Int16Array; counts: number[] } {
  const frame = source.rate / 50, pcm = new Int16Array(frame * beats), counts: number[] = [];
  for (let i = 0; i < beats; i++) counts.push(source.read(pcm.subarray(i * frame, (i + 1) * frame)));
  return { pcm, counts };
}

const ramp = (length: number, from = 1) => new Clip(8000, Int16Array.from({ length }, (_, n) => from + n));

Deno.test("clips follow one another without a gap and end in silence", () => {
  const player = new ClipPlayer([ramp(100), ramp(0), ramp(150, 101)], { rate: 8000, loop: false });
  const { pcm, counts } = play(player, 3);
  assert.deepEqual(counts, [160, 90, 0]);
  for (let i = 0; i < 250; i++) assert.equal(pcm[i], i + 1);
  assert.ok(pcm.subarray(250).every((sample) => sample === 0));
});

Deno.test("a loop begins again at the next sample", () => {
  const { pcm, counts } = play(new ClipPlayer([ramp(70)], { rate: 8000, loop: true }), 5);
  assert.deepEqual(counts, [160, 160, 160, 160, 160]);
  pcm.forEach((sample, i) => assert.equal(sample, 1 + i % 70));
});

Deno.test("a loop of nothing ends instead of holding the beat", () => {
  assert.deepEqual(play(new ClipPlayer([ramp(0)], { rate: 8000, loop: true }), 2).counts, [0, 0]);
  assert.deepEqual(play(new ClipPlayer([], { rate: 8000, loop: true }), 1).counts, [0]);
});

Deno.test("a clip is played at the rate asked for", () => {
  const { counts } = play(new ClipPlayer([ramp(800)], { rate: 16000, loop: false }), 6);
  assert.deepEqual(counts, [320, 320, 320, 320, 320, 0]);
});

Deno.test("a tone is pure, at its level, and does not drift in an hour", () => {
  const player = new TonePlayer({ rate: 8000, frequencies: [440], level: 0.25 });
  play(player, 1);
  const early = fitTone(play(player, 25).pcm, { frequency: 440, rate: 8000 });
  for (let i = 0; i < 180_000; i++) player.read(new Int16Array(160).subarray(0));
  const late = fitTone(play(player, 25).pcm, { frequency: 440, rate: 8000 });
  for (const fit of [early, late]) {
    assert.ok(Math.abs(fit.amplitude - 8192) < 5, `${fit.amplitude}`);
    assert.ok(fit.snr > 70, `${fit.snr}`);
  }
});

Deno.test("a cadence is on and off as told, again and again", () => {
  const { pcm } = play(
    new TonePlayer({ rate: 8000, frequencies: [425], level: 0.2, cadenceMs: [200, 100, 50, 250] }),
    60,
  );
  const sounds = (ms: number) =>
    pcm.subarray(ms * 8 + 40, ms * 8 + 80).some((sample) => Math.abs(sample) > 1000);
  for (const turn of [0, 600]) {
    const heard = [10, 150, 220, 280, 310, 340, 360, 580].map((ms) => sounds(turn + ms));
    assert.deepEqual(
      heard,
      [true, true, false, false, true, false, false, false].map((on, i) => i === 5 ? true : on),
    );
  }
});

Deno.test("a cadence that is played once ends; one without length is a steady tone", () => {
  const once = { rate: 8000, frequencies: [425], level: 0.2, cadenceMs: [30, 10], loop: false } as const;
  assert.deepEqual(play(new TonePlayer(once), 3).counts, [160, 160, 0]);
  assert.deepEqual(play(new TonePlayer({ ...once, cadenceMs: [0, 0] }), 2).counts, [160, 160]);
});

Deno.test("two loud frequencies are clamped", () => {
  const { pcm } = play(new TonePlayer({ rate: 8000, frequencies: [400, 450], level: 1 }), 20);
  assert.ok(Math.max(...pcm) === 32767 && Math.min(...pcm) >= -32768);
});
