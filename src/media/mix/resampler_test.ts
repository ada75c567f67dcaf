import assert from "node:assert/strict";
import { fitTone, sine } from "./fake_signal.ts";
import { resampleAll, Resampler } from "./resampler.ts";

// Threshold: the quantising noise of G.711 leaves 38 dB (ITU-T G.712 §9, total distortion at −10 dBm0 is 33 dB or
// better); a resampler 20 dB above that adds less than 0.05 dB to it.
const ENOUGH_DB = 60;

const CONVERSIONS: readonly [sentence: string, from: number, to: number, frequencies: number[]][] = [
  ["a narrowband member to a wideband room", 8000, 16000, [200, 440, 1000, 2000, 3000, 3400]],
  ["a wideband room to a narrowband member", 16000, 8000, [200, 440, 1000, 2000, 3000, 3400]],
  ["48 kHz to a wideband room", 48000, 16000, [300, 1000, 5000, 6800]],
  ["48 kHz to a narrowband room", 48000, 8000, [300, 1000, 3400]],
  ["a compact disc to a wideband room", 44100, 16000, [300, 1000, 5000, 6800]],
  ["22.05 kHz speech to a narrowband room", 22050, 8000, [300, 1000, 3400]],
  ["11.025 kHz to a wideband room", 11025, 16000, [300, 1000, 4000]],
];

for (const [sentence, from, to, frequencies] of CONVERSIONS) {
  Deno.test(`resampling ${sentence} keeps ${ENOUGH_DB} dB and the level within 0.1 dB`, () => {
    for (const frequency of frequencies) {
      const input = sine({ frequency, rate: from, seconds: 0.5, amplitude: 16000 });
      const output = resampleAll(input, { from, to });
      assert.equal(output.length, Math.round(input.length * to / from));
      const middle = output.subarray(to * 0.05, to * 0.45);
      const { amplitude, snr } = fitTone(middle, { frequency, rate: to });
      assert.ok(snr > ENOUGH_DB, `${frequency} Hz: ${snr.toFixed(1)} dB`);
      assert.ok(Math.abs(20 * Math.log10(amplitude / 16000)) < 0.1, `${frequency} Hz: ${amplitude}`);
    }
  });
}

Deno.test("what a narrowband member could not hear is suppressed by 70 dB instead of folding down", () => {
  for (const frequency of [4600, 5000, 6000, 7500]) {
    const output = resampleAll(sine({ frequency, rate: 16000, seconds: 0.5, amplitude: 30000 }), {
      from: 16000,
      to: 8000,
    });
    let energy = 0;
    for (let i = 400; i < 3600; i++) energy += output[i]! ** 2;
    const suppressed = 20 * Math.log10(Math.sqrt(energy / 3200) / (30000 / Math.SQRT2) + 1e-9);
    assert.ok(suppressed < -70, `${frequency} Hz: ${suppressed.toFixed(1)} dB`);
  }
});

Deno.test("a stream in 20 ms chunks equals the whole, and every chunk gives 20 ms", () => {
  for (const [from, to] of [[8000, 16000], [16000, 8000], [48000, 16000], [48000, 8000]] as const) {
    const input = sine({ frequency: 700, rate: from, seconds: 0.4, amplitude: 9000 });
    const whole = new Resampler({ from, to, maxInput: input.length });
    const expected = new Int16Array(input.length * to / from);
    whole.process(input, expected);
    const chunked = new Resampler({ from, to, maxInput: from / 50 });
    const piece = new Int16Array(to / 50);
    for (let at = 0, out = 0; at < input.length; at += from / 50, out += to / 50) {
      assert.equal(chunked.process(input.subarray(at, at + from / 50), piece), to / 50);
      assert.deepEqual(piece, expected.slice(out, out + to / 50));
    }
  }
});

Deno.test("full-scale square waves are clamped and do not wrap", () => {
  const square = Int16Array.from({ length: 800 }, (_, n) => n % 20 < 10 ? 32767 : -32768);
  const output = resampleAll(square, { from: 8000, to: 16000 });
  for (let i = 200; i < 1400; i++) {
    const positive = Math.floor(i / 20) % 2 === 0;
    if (i % 20 > 4 && i % 20 < 16) assert.equal(output[i]! > 0, positive, `sample ${i}`);
  }
});

Deno.test("a constant stays constant: the phases have the same gain", () => {
  const output = resampleAll(new Int16Array(1600).fill(1000), { from: 8000, to: 16000 });
  for (let i = 200; i < 3000; i++) assert.equal(output[i], 1000);
});

Deno.test("reset forgets the past", () => {
  const resampler = new Resampler({ from: 8000, to: 16000, maxInput: 160 });
  const out = new Int16Array(320);
  resampler.process(new Int16Array(160).fill(20000), out);
  resampler.reset();
  resampler.process(new Int16Array(160), out);
  assert.ok(out.every((sample) => sample === 0));
});
