import assert from "node:assert/strict";
import fc from "fast-check";
import {
  amplitudeOf,
  decodeL16,
  decodePcmu,
  DtmfDetector,
  dtmfFrequencies,
  DtmfGenerator,
  encodeL16,
  encodePcmu,
  type HeardDigit,
} from "./mod.ts";

const DIGITS = "0123456789*#ABCD";

function hear(samples: Int16Array, sampleRate = 8000, frame = 160): HeardDigit[] {
  const heard: HeardDigit[] = [];
  const detector = new DtmfDetector({ sampleRate, onDigit: (digit) => heard.push(digit) });
  for (let at = 0; at < samples.length; at += frame) detector.receive(samples.subarray(at, at + frame));
  detector.receive(new Int16Array(sampleRate / 5));
  return heard;
}

const text = (heard: readonly HeardDigit[]) => heard.map(({ digit }) => digit).join("");

function play(
  digits: string,
  shape: { sampleRate?: number; toneMs?: number; gapMs?: number } = {},
): Int16Array {
  const generator = new DtmfGenerator(digits, { sampleRate: 8000, ...shape });
  const rate = shape.sampleRate ?? 8000;
  const samples = new Int16Array(digits.length * rate / 4);
  generator.fill(samples);
  assert.equal(generator.isDone, true);
  return samples;
}

function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  };
}

interface Pair {
  readonly digit: string;
  readonly low?: number;
  readonly high?: number;
  readonly offset?: number;
  readonly ms?: number;
}

/** One tone pair with levels in dBm0 and frequencies off by a factor. */
function pair({ digit, low = -9, high = -7, offset = 1, ms = 100 }: Pair): Int16Array {
  const [f1, f2] = dtmfFrequencies(digit)!;
  const a1 = amplitudeOf(low), a2 = amplitudeOf(high);
  return Int16Array.from({ length: ms * 8 }, (_, i) => {
    const t = 2 * Math.PI * i / 8000 * offset;
    return Math.max(-32768, Math.min(32767, Math.round(a1 * Math.sin(f1 * t) + a2 * Math.sin(f2 * t))));
  });
}

for (const sampleRate of [8000, 16000]) {
  Deno.test(`all sixteen digits are heard at ${sampleRate} Hz, each once, with their length`, () => {
    const heard = hear(play(DIGITS + "1199", { sampleRate }), sampleRate);
    assert.equal(text(heard), DIGITS + "1199");
    for (const { durationMs } of heard) assert.ok(Math.abs(durationMs - 100) <= 15, String(durationMs));
  });
}

Deno.test("40 ms of tone and 40 ms of pause suffice, wherever the blocks fall (Q.24)", () => {
  const samples = play("0011223344556789", { toneMs: 40, gapMs: 40 });
  for (let shift = 0; shift < 102; shift += 3) {
    const late = new Int16Array(samples.length + shift);
    late.set(samples, shift);
    assert.equal(text(hear(late)), "0011223344556789", `${shift} samples later`);
  }
});

Deno.test("18 ms of tone are no digit (Q.24)", () => {
  for (let gapMs = 100; gapMs < 113; gapMs++) {
    assert.equal(text(hear(play(DIGITS, { toneMs: 18, gapMs }))), "");
  }
});

Deno.test("an interruption of 8 ms does not double a digit (Q.24)", () => {
  const samples = pair({ digit: "5", ms: 120 });
  for (let at = 300; at < 500; at += 7) {
    const broken = Int16Array.from(samples);
    broken.fill(0, at, at + 64);
    assert.equal(text(hear(broken)), "5");
  }
});

for (
  const [promise, shape, heard] of [
    ["a tone at −30 dBm0 is heard", { low: -30, high: -30 }, true],
    ["a tone at −45 dBm0 is not", { low: -45, high: -45 }, false],
    ["the upper group 4 dB louder is heard", { low: -12, high: -8 }, true],
    ["the lower group 8 dB louder is heard", { low: -6, high: -14 }, true],
    ["the upper group 10 dB louder is not", { low: -18, high: -8 }, false],
    ["the lower group 13 dB louder is not", { low: -6, high: -19 }, false],
    ["frequencies 1.5 % high are heard", { offset: 1.015 }, true],
    ["frequencies 1.5 % low are heard", { offset: 0.985 }, true],
    ["frequencies 6 % off are not", { offset: 1.06 }, false],
  ] as const
) {
  Deno.test(`${promise} (Q.24)`, () => {
    for (const digit of DIGITS) {
      const padded = new Int16Array(1600);
      padded.set(pair({ digit, ...shape }), 333);
      assert.equal(text(hear(padded)), heard ? digit : "", digit);
    }
  });
}

Deno.test("digits are heard through 15 dB of noise and through µ-law", () => {
  const samples = play(DIGITS), next = random(3);
  const noisy = samples.map((sample) => sample + next() * amplitudeOf(-22) * 1.2);
  const codes = new Uint8Array(noisy.length);
  encodePcmu(noisy, codes);
  decodePcmu(codes, noisy);
  assert.equal(text(hear(noisy)), DIGITS);
});

Deno.test("single tones, chords, noise and silence are no digits", () => {
  const next = random(9);
  const chord = (frequencies: readonly number[]) =>
    Int16Array.from(
      { length: 16000 },
      (_, i) =>
        Math.round(frequencies.reduce((sum, f) => sum + 5000 * Math.sin(2 * Math.PI * f * i / 8000), 0)),
    );
  const sounds = [
    new Int16Array(8000),
    Int16Array.from({ length: 80_000 }, () => next() * 20_000),
    chord([697]),
    chord([1336]),
    chord([425]),
    chord([440, 480]),
    chord([350, 440]),
    chord([770, 1336, 1477]),
    chord([697, 770, 1209]),
    chord([523.25, 659.25, 783.99, 1046.5, 1318.5]),
    chord([770, 1540, 1336, 2672]),
  ];
  for (const sound of sounds) assert.equal(text(hear(sound)), "");
});

/**
 * Something like a voice: glottal pulses at a wandering pitch through three wandering formants. Formants like to sit
 * in the two groups of DTMF, which is what talk-off is about.
 */
function voice(seconds: number, seed: number): Int16Array {
  const next = random(seed);
  const samples = new Int16Array(seconds * 8000);
  const state = [[0, 0], [0, 0], [0, 0]];
  let phase = 0, pitch = 120, formants = [700, 1220, 2600], targets = formants;
  for (let i = 0; i < samples.length; i++) {
    if (i % 800 === 0) {
      pitch = 90 + (next() + 1) * 80;
      targets = [350 + (next() + 1) * 350, 900 + (next() + 1) * 450, 2300 + (next() + 1) * 300];
    }
    formants = formants.map((formant, k) => formant + (targets[k]! - formant) * 0.002);
    phase += pitch / 8000;
    let pulse = next() * 0.02;
    if (phase >= 1) {
      phase -= 1;
      pulse += 1;
    }
    let sum = 0;
    formants.forEach((formant, k) => {
      // 80 Hz wide.
      const radius = 0.969, [y1, y2] = state[k] as [number, number];
      const y = pulse + 2 * radius * Math.cos(2 * Math.PI * formant / 8000) * y1 - radius ** 2 * y2;
      state[k] = [y, y1];
      sum += y / (k + 1);
    });
    samples[i] = Math.max(-32768, Math.min(32767, Math.round(sum * 3000)));
  }
  return samples;
}

Deno.test("ten minutes of a voice whose formants sit in both groups make at most three digits (talk-off)", () => {
  let heard = "";
  for (let seed = 1; seed <= 10; seed++) heard += text(hear(voice(60, seed)));
  assert.ok(heard.length <= 3, heard);
});

Deno.test("a digit over a voice 12 dB weaker is heard", () => {
  const speech = voice(1, 11).map((sample) => sample * 0.12),
    samples = pair({ digit: "8", ms: 200, low: -6, high: -5 });
  samples.forEach((sample, i) =>
    speech[i + 2000] = Math.max(-32768, Math.min(32767, speech[i + 2000]! + sample))
  );
  assert.equal(text(hear(speech)), "8");
});

Deno.test("what is heard does not depend on the length of the frames", () => {
  const samples = play("12##A", { toneMs: 70, gapMs: 60 });
  fc.assert(fc.property(fc.integer({ min: 1, max: 1000 }), (frame) => {
    assert.deepEqual(hear(samples, 8000, frame), hear(samples));
  }));
});

Deno.test("what is no digit is not played", () => {
  assert.equal(dtmfFrequencies("x"), undefined);
  assert.equal(text(hear(play("1-2 3"))), "123");
});

Deno.test("L16 is big-endian and comes back", () => {
  fc.assert(fc.property(fc.int16Array(), (samples) => {
    const bytes = new Uint8Array(samples.length * 2), back = new Int16Array(samples.length);
    assert.equal(encodeL16(samples, bytes), bytes.length);
    assert.equal(decodeL16(bytes, back), samples.length);
    assert.deepEqual(back, samples);
  }));
  const bytes = new Uint8Array(2);
  encodeL16(Int16Array.of(-2), bytes);
  assert.deepEqual([...bytes], [0xff, 0xfe]);
});
