import assert from "node:assert/strict";
import { fitTone, sine } from "./fake_signal.ts";
import { TimeScale } from "./time_scale.ts";

const steepest = (pcm: Int16Array, from: number, to: number) => {
  let most = 0;
  for (let i = from + 1; i < to; i++) most = Math.max(most, Math.abs(pcm[i]! - pcm[i - 1]!));
  return most;
};

for (const rate of [8000, 16000] as const) {
  Deno.test(`at ${rate} Hz a tone that is shortened and lengthened keeps pitch and level and has no click`, () => {
    const pcm = new Int16Array(rate);
    const tone = sine({ frequency: 200, rate, seconds: 0.5, amplitude: 8000 });
    for (const verb of ["shorten", "lengthen"] as const) {
      pcm.set(tone);
      const span = { start: rate * 0.1, end: tone.length };
      const changed = new TimeScale(rate)[verb](pcm, span, false);
      assert.ok(changed >= rate * 0.005 && changed <= rate * 0.015, `${changed}`);
      assert.equal(span.end - span.start, rate * 0.4 + (verb === "shorten" ? -changed : changed));
      const heard = pcm.subarray(span.start, span.end);
      assert.ok(fitTone(heard, { frequency: 200, rate }).snr > 25);
      assert.ok(steepest(heard, 0, heard.length) < 1.05 * steepest(tone, 0, tone.length));
    }
  });
}

Deno.test("a voice is changed by whole pitch periods", () => {
  const pcm = new Int16Array(8000);
  for (let i = 0; i < 4000; i++) {
    const phase = 2 * Math.PI * 120 * i / 8000;
    pcm[i] = 6000 * Math.sin(phase) + 4000 * Math.sin(2 * phase + 1) + 2000 * Math.sin(5 * phase + 2);
  }
  const span = { start: 800, end: 4000 };
  const period = 8000 / 120;
  const gained = new TimeScale(8000).shorten(pcm, span, false);
  assert.ok(gained > 0);
  assert.ok(Math.abs(gained / period - Math.round(gained / period)) < 0.1, `${gained} samples`);
});

Deno.test("noise is left alone unless it must be cut", () => {
  let seed = 1;
  const pcm = Int16Array.from({ length: 4000 }, () => ((seed = (seed * 16807) % 2147483647) % 8000) - 4000);
  const span = { start: 800, end: 2000 };
  assert.equal(new TimeScale(8000).shorten(pcm, span, false), 0);
  assert.equal(new TimeScale(8000).lengthen(pcm, span, false), 0);
  assert.deepEqual(span, { start: 800, end: 2000 });
  assert.ok(new TimeScale(8000).shorten(pcm, span, true) > 0);
});
