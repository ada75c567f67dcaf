import assert from "node:assert/strict";
import fc from "fast-check";
import { G722Decoder, G722Encoder } from "./mod.ts";

/** Samples of the decoder lag those of the encoder: two filters of 24 taps. */
const DELAY = 22;
const SPANDSP = "libspandsp.so.2";

function roundTrip(samples: Int16Array): Int16Array {
  const codes = new Uint8Array(samples.length / 2), back = new Int16Array(samples.length);
  assert.equal(new G722Encoder().encode(samples, codes), codes.length);
  assert.equal(new G722Decoder().decode(codes, back), back.length);
  return back;
}

function signalToNoise(samples: Int16Array, back: Int16Array): number {
  let signal = 0, noise = 0;
  for (let i = 1600; i < samples.length - DELAY; i++) {
    signal += samples[i]! ** 2;
    noise += (samples[i]! - back[i + DELAY]!) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

function sines(parts: readonly (readonly [hz: number, peak: number])[], seconds = 1): Int16Array {
  return Int16Array.from({ length: 16000 * seconds }, (_, i) => {
    return Math.round(
      parts.reduce((sum, [hz, peak]) => sum + peak * Math.sin(2 * Math.PI * hz * i / 16000), 0),
    );
  });
}

function noise(length: number, peak: number, seed: number): Int16Array {
  let state = seed;
  return Int16Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return Math.round(state / 2 ** 31 * peak);
  });
}

for (
  const [promise, parts, decibels] of [
    ["1 kHz at −10 dB", [[1000, 10000]], 40],
    ["1 kHz at −30 dB", [[1000, 1000]], 30],
    ["300 Hz and 3 kHz together", [[300, 6000], [3000, 3000]], 25],
    ["5 kHz, in the upper band with its two bits", [[5000, 6000]], 10],
    ["a full-scale tone", [[440, 32000]], 30],
  ] as const
) {
  Deno.test(`${promise} comes through with at least ${decibels} dB of signal to noise`, () => {
    const samples = sines(parts), ratio = signalToNoise(samples, roundTrip(samples));
    assert.ok(ratio >= decibels, `${ratio.toFixed(1)} dB`);
  });
}

Deno.test("wideband: 6 kHz keeps its level within 1 dB, which no narrowband codec passes at all", () => {
  const samples = sines([[6000, 8000]]), back = roundTrip(samples);
  const level = (x: Int16Array) => 10 * Math.log10(x.subarray(1600).reduce((sum, v) => sum + v * v, 0));
  assert.ok(Math.abs(level(samples) - level(back)) < 1);
});

Deno.test("silence stays silence", () => {
  for (const sample of roundTrip(new Int16Array(16000)).subarray(1600)) assert.ok(Math.abs(sample) <= 8);
});

Deno.test("loud noise and jumps between the limits never leave 16 bits or the decoder out of step", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(-32768, -1, 0, 1, 32767), { minLength: 64, maxLength: 600 }),
      (x) => {
        const wild = Int16Array.from([...x, ...(x.length % 2 ? [0] : []), ...sines([[1000, 8000]])]);
        const back = roundTrip(wild);
        const tail = wild.length - 8000;
        let signal = 0, error = 0;
        for (let i = tail; i < wild.length - DELAY; i++) {
          signal += wild[i]! ** 2;
          error += (wild[i]! - back[i + DELAY]!) ** 2;
        }
        assert.ok(10 * Math.log10(signal / error) > 35);
      },
    ),
    { numRuns: 20 },
  );
});

Deno.test("any bytes decode without harm, in any division into packets", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(400), (codes, cut) => {
    const whole = new Int16Array(codes.length * 2), parts = new Int16Array(codes.length * 2);
    new G722Decoder().decode(codes, whole);
    const decoder = new G722Decoder(), at = Math.min(cut, codes.length);
    decoder.decode(codes.subarray(0, at), parts);
    decoder.decode(codes.subarray(at), parts.subarray(at * 2));
    assert.deepEqual(parts, whole);
  }));
});

function spandsp() {
  const symbols = {
    g722_encode_init: { parameters: ["pointer", "i32", "i32"], result: "pointer" },
    g722_decode_init: { parameters: ["pointer", "i32", "i32"], result: "pointer" },
    g722_encode: { parameters: ["pointer", "buffer", "buffer", "i32"], result: "i32" },
    g722_decode: { parameters: ["pointer", "buffer", "buffer", "i32"], result: "i32" },
    g722_encode_free: { parameters: ["pointer"], result: "i32" },
    g722_decode_free: { parameters: ["pointer"], result: "i32" },
  } as const;
  try {
    return Deno.dlopen(SPANDSP, symbols);
  } catch {
    return undefined;
  }
}

function isSpandspHere(): boolean {
  const library = spandsp();
  library?.close();
  return library !== undefined;
}

Deno.test({
  name: `bit for bit equal to ${SPANDSP} (skipped where that library is not installed)`,
  ignore: !isSpandspHere(),
  fn() {
    const library = spandsp()!, { symbols } = library;
    const samples = Int16Array.of(
      ...sines([[440, 9000], [2800, 4000], [6100, 2000]]),
      ...noise(16000, 12000, 7),
      ...noise(16000, 100, 8),
      ...new Int16Array(1600),
    );
    const ours = new Uint8Array(samples.length / 2), theirs = new Uint8Array(samples.length / 2);
    const encoder = symbols.g722_encode_init(null, 64000, 0),
      decoder = symbols.g722_decode_init(null, 64000, 0);
    new G722Encoder().encode(samples, ours);
    symbols.g722_encode(encoder, theirs, samples, samples.length);
    assert.deepEqual(ours, theirs);
    const heard = new Int16Array(samples.length), reference = new Int16Array(samples.length);
    new G722Decoder().decode(ours, heard);
    symbols.g722_decode(decoder, reference, ours, ours.length);
    assert.deepEqual(heard, reference);
    symbols.g722_encode_free(encoder);
    symbols.g722_decode_free(decoder);
    library.close();
  },
});
