import assert from "node:assert/strict";
import { ComfortNoise } from "./comfort_noise.ts";
import { Concealment, CONCEALMENT_HISTORY_MS, CONCEALMENT_MS } from "./concealment.ts";
import { fitTone } from "./fake_signal.ts";

const PAST = CONCEALMENT_HISTORY_MS * 8;

function concealed(
  frequency: number,
  ms: number,
): { pcm: Int16Array; made: Int16Array; concealment: Concealment } {
  const noise = new ComfortNoise();
  noise.setLevel(20);
  const concealment = new Concealment(8000, noise);
  const pcm = new Int16Array(PAST + ms * 8 + 200);
  for (let i = 0; i < PAST; i++) pcm[i] = 8000 * Math.sin(2 * Math.PI * frequency * i / 8000);
  concealment.append(pcm, { start: PAST, end: PAST + ms * 8 });
  return { pcm, made: pcm.subarray(PAST, PAST + ms * 8), concealment };
}

Deno.test("the first 10 ms keep pitch and level", () => {
  const { made } = concealed(300, 10);
  const { amplitude, snr } = fitTone(made, { frequency: 300, rate: 8000 });
  assert.ok(Math.abs(amplitude - 8000) < 300 && snr > 20, `${amplitude}, ${snr}`);
});

Deno.test("level by time: full to 10 ms, half by 50 ms, noise alone after 80 ms", () => {
  const { made } = concealed(200, 120);
  const peak = (fromMs: number) => Math.max(...made.subarray(fromMs * 8, fromMs * 8 + 40).map(Math.abs));
  assert.ok(peak(3) > 7500);
  assert.ok(peak(48) > 3500 && peak(48) < 5000, `${peak(48)}`);
  assert.ok(peak(CONCEALMENT_MS + 1) < 100 && peak(CONCEALMENT_MS + 1) > 0);
});

Deno.test("what comes after the gap is reached by a cross-fade that ends within 10 ms", () => {
  const { pcm, concealment } = concealed(200, 40);
  const from = PAST + 320;
  pcm.fill(1234, from, from + 160);
  concealment.merge(pcm, { start: from, end: from + 160 });
  assert.equal(pcm[from + 80], 1234);
  assert.notEqual(pcm[from], 1234);
  assert.equal(concealment.ms, 0);
});

Deno.test("without a gap merging changes nothing", () => {
  const concealment = new Concealment(8000, new ComfortNoise());
  const pcm = new Int16Array(160).fill(77);
  concealment.merge(pcm, { start: 0, end: 160 });
  assert.ok(pcm.every((sample) => sample === 77));
});

Deno.test("silence and full-scale noise are continued without overflow", () => {
  for (const fill of [() => 0, (i: number) => (i * 7919) % 65536 - 32768]) {
    const concealment = new Concealment(8000, new ComfortNoise());
    const pcm = Int16Array.from({ length: PAST + 800 }, (_, i) => i < PAST ? fill(i) : 0);
    concealment.append(pcm, { start: PAST, end: PAST + 800 });
    if (fill(1) === 0) assert.ok(pcm.every((sample) => sample === 0));
  }
});
