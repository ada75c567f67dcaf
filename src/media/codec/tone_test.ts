import assert from "node:assert/strict";
import fc from "fast-check";
import { amplitudeOf, CALL_TONES, Goertzel, Oscillator, Tone } from "./mod.ts";

const SAMPLE_RATE = 8000;

function level(samples: Int16Array, frequency: number): number {
  const filter = new Goertzel({ frequency, sampleRate: SAMPLE_RATE });
  filter.take(samples, { from: 0, to: samples.length });
  return 2 * Math.sqrt(filter.finish()) / samples.length;
}

Deno.test("after an hour a tone is within a hundredth of a cycle of where it should be", () => {
  const oscillator = new Oscillator({ frequency: 425, sampleRate: SAMPLE_RATE });
  let value = 0;
  // Sample 0 is zero, and so is the one after a whole number of cycles.
  for (let i = 0; i <= 3600 * SAMPLE_RATE; i++) value = oscillator.next();
  const error = Math.abs(Math.asin(value) / (2 * Math.PI));
  assert.ok(error < 0.01, String(error));
});

Deno.test("the sine is clean: 90 dB below it there is nothing", () => {
  const oscillator = new Oscillator({ frequency: 1004, sampleRate: SAMPLE_RATE });
  let error = 0;
  for (let i = 0; i < 8000; i++) {
    error += (oscillator.next() - Math.sin(2 * Math.PI * 1004 * i / SAMPLE_RATE)) ** 2;
  }
  assert.ok(10 * Math.log10(0.5 / (error / 8000)) > 90);
});

Deno.test("a level in dBm0 is the level measured, for each frequency of a tone", () => {
  const tone = new Tone({ frequencies: [440, 480], levelDbm0: -16, sampleRate: SAMPLE_RATE });
  const samples = new Int16Array(8000);
  tone.fill(samples);
  for (const frequency of [440, 480]) {
    assert.ok(Math.abs(20 * Math.log10(level(samples, frequency) / amplitudeOf(-16))) < 0.05);
  }
});

Deno.test("a cadence is exact to the sample in any division into frames", () => {
  const shape = { frequencies: [425], levelDbm0: -10, sampleRate: SAMPLE_RATE, cadenceMs: [30, 20, 10, 45] };
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 40 }), (frames) => {
      const total = frames.reduce((sum, frame) => sum + frame, 0);
      const whole = new Int16Array(total), parts = new Int16Array(total);
      new Tone(shape).fill(whole);
      const tone = new Tone(shape);
      let at = 0;
      for (const frame of frames) {
        tone.fill(parts.subarray(at, at + frame));
        at += frame;
      }
      assert.deepEqual(parts, whole);
      whole.forEach((sample, i) => {
        const inPeriod = i % 840;
        if ((inPeriod >= 240 && inPeriod < 400) || inPeriod >= 480) assert.equal(sample, 0);
      });
    }),
  );
});

Deno.test("call tones have the cadences of their country", () => {
  for (const [country, tones] of Object.entries(CALL_TONES)) {
    for (const [name, { frequencies, cadenceMs, levelDbm0 }] of Object.entries(tones)) {
      const period = cadenceMs.reduce((sum, ms) => sum + ms, 0) * 8 || 8000;
      const samples = new Int16Array(period);
      new Tone({ frequencies, cadenceMs, levelDbm0, sampleRate: SAMPLE_RATE }).fill(samples);
      const burst = samples.subarray(0, (cadenceMs[0] ?? 1000) * 8);
      for (const frequency of frequencies) {
        const decibels = 20 * Math.log10(level(burst, frequency) / amplitudeOf(levelDbm0));
        assert.ok(Math.abs(decibels) < 0.5, `${country} ${name} ${frequency} Hz: ${decibels} dB`);
      }
    }
  }
});

Deno.test("what cannot sound is refused", () => {
  const shape = { levelDbm0: -10, sampleRate: SAMPLE_RATE };
  assert.throws(() => new Tone({ ...shape, frequencies: [4000] }), RangeError);
  assert.throws(() => new Tone({ ...shape, frequencies: [NaN] }), RangeError);
  assert.throws(() => new Tone({ ...shape, frequencies: [425], cadenceMs: [0, 0] }), RangeError);
  assert.throws(() => new Tone({ ...shape, frequencies: [425], cadenceMs: [100, -5] }), RangeError);
});

Deno.test("too loud a tone is cut, it does not wrap", () => {
  const samples = new Int16Array(80);
  new Tone({ frequencies: [400, 401, 402], levelDbm0: 3, sampleRate: SAMPLE_RATE }).fill(samples);
  for (let i = 1; i < samples.length; i++) {
    const jump = Math.abs(samples[i]! - samples[i - 1]!);
    assert.ok(jump < 33000, `${jump}`);
  }
});
