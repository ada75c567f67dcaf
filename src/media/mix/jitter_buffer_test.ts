import assert from "node:assert/strict";
import fc from "fast-check";
import { below, seededRandom } from "../../base/mod.ts";
import { longestSilence, snr } from "./fake_signal.ts";
import { type Fate, plainBuffer, plainPacket, runStream, takeAll, voice } from "./fake_stream.ts";

/** Rms below which 2 ms of {@linkcode voice} count as a gap: 20 dB under its level. */
const GAP = { rate: 8000, rms: 500 };

/** Loss in percent and jitter up to so many milliseconds, equally likely, the same for the same seed. */
function network(seed: number, options: { readonly loss: number; readonly jitterMs: number }): () => Fate {
  const random = seededRandom(seed);
  return () => {
    const lost = below(random, 1000) < options.loss * 10;
    const delay = options.jitterMs === 0 ? 0 : below(random, options.jitterMs * 10 + 1) / 10;
    return lost ? "lost" : delay;
  };
}

for (const packetMs of [10, 20, 30, 40, 60]) {
  Deno.test(`packets of ${packetMs} ms come out whole, in order and without anything made up`, () => {
    const buffer = plainBuffer();
    const { pcm, kinds } = takeAll(buffer, {
      seconds: 3,
      packetMs,
      signal: (n) => n % 30000,
      firstSequence: 65530,
      firstTimestamp: 2 ** 32 - 5000,
    });
    const first = kinds.indexOf("voice") * 160;
    assert.ok(first <= 160 * (5 + packetMs / 20), `sound after ${first / 8} ms`);
    for (let i = first; i < 8000 * 0.9; i++) assert.equal(pcm[i], i - first);
    assert.deepEqual(new Set(kinds.slice(first / 160)), new Set(["voice"]));
    assert.equal(buffer.counts().concealedMs, 0);
  });
}

Deno.test("5 % loss and 40 ms jitter leave no gap over 60 ms, at eight seeds", () => {
  for (let seed = 1; seed <= 8; seed++) {
    const buffer = plainBuffer();
    const { pcm } = takeAll(buffer, {
      seconds: 60,
      signal: voice(8000),
      fate: network(seed, { loss: 5, jitterMs: 40 }),
    });
    const gap = longestSilence(pcm.subarray(4000), GAP);
    const { lost, packets, delayMs } = buffer.counts();
    assert.ok(gap <= 60, `seed ${seed}: a gap of ${gap} ms`);
    assert.ok(lost / (packets + lost) < 0.08, `seed ${seed}: ${lost} of ${packets} lost or late`);
    assert.ok(delayMs < 80, `seed ${seed}: ${delayMs} ms`);
  }
});

Deno.test("a steady network is given the smallest delay, a jittery one what it needs, and it comes back", () => {
  const buffer = plainBuffer();
  const jittery = network(5, { loss: 0, jitterMs: 100 });
  const delays: number[] = [];
  runStream(buffer, {
    seconds: 90,
    signal: voice(8000),
    fate: (packet) => packet > 1000 && packet < 2500 ? jittery() : 0,
  }, () => delays.push(buffer.counts().delayMs));
  assert.ok(delays[900]! < 40, `at first ${delays[900]}`);
  assert.ok(delays[2400]! > 85 && delays[2400]! < 140, `jittery: ${delays[2400]}`);
  assert.ok(delays.at(-1)! < 60, `in the end ${delays.at(-1)}`);
});

for (const driftPpm of [100, -100]) {
  Deno.test(`a clock that is off by ${driftPpm} ppm for an hour neither grows the delay nor tears the sound`, () => {
    const buffer = plainBuffer();
    const fate = network(7, { loss: 0, jitterMs: 5 });
    const cycle = voice(8000);
    // Computed once: an hour of sines would take longer than the hour of buffering.
    const table = Float64Array.from({ length: 80000 }, (_, n) => cycle(n));
    let beats = 0, madeUp = 0, worst = 0;
    runStream(buffer, { seconds: 3600, signal: (n) => table[n % 80000]!, driftPpm, fate }, (_now, kind) => {
      beats++;
      if (kind !== "voice") madeUp++;
      if (beats > 500 && beats % 50 === 0) worst = Math.max(worst, buffer.counts().delayMs);
    });
    assert.ok(worst < 45, `delay reached ${worst} ms`);
    assert.ok(madeUp < 60, `${madeUp} of ${beats} beats were made up`);
  });
}

// Source of the thresholds: silence in place of a lost packet has 0 dB against what was said. Repetition of the pitch
// waveform of a steady voice (ITU-T G.711 Appendix I §I.2) is judged by ear there; for signals that repeat exactly its
// error is only the rounding of the period to whole samples, φ = π·f/rate, hence more than 20 dB; for the wandering
// pitch of the test voice 8 dB.
const CONCEALED: readonly [
  sentence: string,
  signal: (rate: number) => (n: number) => number,
  minDb: number,
][] = [
  ["a tone of 440 Hz", (rate) => (n) => 8000 * Math.sin(2 * Math.PI * 440 * n / rate), 20],
  ["a tone of 1000 Hz", (rate) => (n) => 8000 * Math.sin(2 * Math.PI * 1000 * n / rate), 20],
  ["a voice", voice, 8],
];

for (const rate of [8000, 16000] as const) {
  for (const [sentence, signal, minDb] of CONCEALED) {
    Deno.test(`at ${rate} Hz a lost packet of ${sentence} is replaced with ${minDb} dB and without a click`, () => {
      const hear = (fate: (packet: number) => Fate) =>
        takeAll(plainBuffer(rate), { rate, seconds: 2, signal: signal(rate), fate }).pcm;
      const whole = hear(() => 0), damaged = hear((packet) => packet === 60 ? "lost" : 0);
      const first = whole.findIndex((sample, i) => sample !== damaged[i]);
      const range = [first, first + rate / 50] as const;
      const heard = snr(whole.subarray(...range), damaged.subarray(...range));
      assert.ok(heard > minDb, `${heard.toFixed(1)} dB`);
      const steepest = (pcm: Int16Array) => {
        let most = 0;
        for (let i = first - 50; i < first + rate / 20; i++) {
          most = Math.max(most, Math.abs(pcm[i]! - pcm[i - 1]!));
        }
        return most;
      };
      assert.ok(steepest(damaged) < 1.1 * steepest(whole), `${steepest(damaged)} against ${steepest(whole)}`);
    });
  }
}

Deno.test("what is made up fades: after 80 ms without packets only soft noise remains, after 2 s nothing", () => {
  const buffer = plainBuffer();
  const rms: number[] = [], kinds: string[] = [];
  runStream(
    buffer,
    { seconds: 5, signal: voice(8000), fate: (packet) => packet < 50 ? 0 : "lost" },
    (_now, kind) => {
      kinds.push(kind);
      rms.push(buffer.rms);
    },
  );
  const start = kinds.indexOf("concealed");
  assert.ok(rms[start]! > 4000);
  assert.ok(rms[start + 5]! < 110, `${rms[start + 5]}`);
  assert.equal(kinds[start + 6], "noise");
  assert.equal(kinds.at(-1), "nothing");
  assert.equal(buffer.counts().lost, 0);
});

Deno.test("comfort noise is played at the level the peer told until it speaks again", () => {
  const buffer = plainBuffer();
  const packet = { ...plainPacket({ seconds: 0, signal: voice(8000) }, 50), arrivalMs: 0 };
  const heard: { kind: string; rms: number }[] = [];
  let toldAt = 0;
  runStream(buffer, {
    seconds: 4,
    signal: voice(8000),
    fate: (index) => index < 50 || index >= 150 ? 0 : "lost",
  }, (nowMs, kind) => {
    if (toldAt === 0 && nowMs > 1020) {
      packet.bytes[12] = 50;
      buffer.put({ ...packet, length: 13, arrivalMs: nowMs }, "comfort noise");
      toldAt = heard.length;
    }
    heard.push({ kind, rms: buffer.rms });
  });
  const noise = heard.slice(toldAt + 10, 145);
  assert.deepEqual(new Set(noise.map((frame) => frame.kind)), new Set(["noise"]));
  const mean = noise.reduce((sum, frame) => sum + frame.rms, 0) / noise.length;
  const expected = 32768 * 10 ** (-50 / 20);
  assert.ok(Math.abs(20 * Math.log10(mean / expected)) < 1, `${mean} instead of ${expected}`);
  assert.equal(heard.at(-5)?.kind, "voice");
});

Deno.test("digits between the sound are no loss", () => {
  const buffer = plainBuffer();
  const options = { seconds: 2, signal: voice(8000) };
  runStream(buffer, { ...options, fate: (packet) => packet >= 40 && packet < 50 ? "lost" : 0 }, (nowMs) => {
    const index = Math.floor(nowMs / 20) - 1;
    if (index >= 40 && index < 50) {
      buffer.put({ ...plainPacket(options, index), arrivalMs: nowMs }, "other");
    }
  });
  assert.equal(buffer.counts().lost, 0);
});

Deno.test("late, lost and duplicated packets are told apart", () => {
  const buffer = plainBuffer();
  const options = { seconds: 3, signal: voice(8000) };
  let doubled = false;
  runStream(buffer, {
    ...options,
    fate: (packet) => packet === 60 ? "lost" : packet === 100 ? 90 : 0,
  }, (nowMs) => {
    if (nowMs > 1000 && !doubled) {
      doubled = true;
      for (const index of [40, 45]) buffer.put({ ...plainPacket(options, index), arrivalMs: nowMs });
    }
  });
  const { lost, late, duplicates } = buffer.counts();
  assert.deepEqual({ lost, late, duplicates }, { lost: 2, late: 1, duplicates: 2 });
});

Deno.test("a peer that restarts its numbers, with or without a new SSRC, is heard again within 300 ms", () => {
  const changes = [
    { ssrc: 0x9999, firstTimestamp: 123456789, firstSequence: 40000 },
    { firstTimestamp: 123456789 },
    { firstTimestamp: 2 ** 32 - 123456789 },
    { firstSequence: 50000, firstTimestamp: 99 },
  ];
  for (const change of changes) {
    const buffer = plainBuffer();
    const pcm = new Int16Array(160);
    const kinds: string[] = [];
    for (let beat = 0; beat < 200; beat++) {
      const options = { seconds: 0, signal: voice(8000), ...(beat < 100 ? {} : change) };
      buffer.put({ ...plainPacket(options, beat % 100 + (beat < 100 ? 0 : 200)), arrivalMs: beat * 20 });
      kinds.push(buffer.take(beat * 20 + 5, pcm));
    }
    const heardAgain = kinds.lastIndexOf("voice");
    const silent = kinds.slice(100).filter((kind) => kind !== "voice").length;
    assert.ok(heardAgain === 199 && silent <= 15, `${JSON.stringify(change)}: ${silent} beats without`);
  }
});

Deno.test("a worker that stood still for a second goes on with what is new", () => {
  const buffer = plainBuffer();
  const options = { seconds: 0, signal: voice(8000) };
  const pcm = new Int16Array(160);
  const kinds: string[] = [];
  for (let beat = 0; beat < 200; beat++) {
    buffer.put({ ...plainPacket(options, beat), arrivalMs: beat * 20 });
    if (beat < 80 || beat > 130) kinds.push(buffer.take(beat * 20 + 5, pcm));
  }
  assert.ok(kinds.slice(100).every((kind) => kind === "voice"));
  assert.ok(buffer.counts().delayMs < 200, `${buffer.counts().delayMs}`);
});

Deno.test("whatever arrives, taking gives a frame and never throws", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          bytes: fc.uint8Array({ maxLength: 400 }),
          valid: fc.boolean(),
          kind: fc.constantFrom("audio" as const, "comfort noise" as const, "other" as const),
          gapMs: fc.integer({ min: 0, max: 300 }),
        }),
        { maxLength: 120 },
      ),
      (packets) => {
        const buffer = plainBuffer();
        const pcm = new Int16Array(160);
        let nowMs = 0;
        for (const { bytes, valid, kind, gapMs } of packets) {
          if (valid && bytes.length >= 12) {
            bytes[0] = 0x80;
            bytes.fill(7, 8, 12);
          }
          nowMs += gapMs;
          buffer.put({ bytes, length: bytes.length, arrivalMs: nowMs }, kind);
          buffer.take(nowMs, pcm);
        }
        const { delayMs } = buffer.counts();
        assert.ok(Number.isFinite(delayMs));
      },
    ),
    { numRuns: 200 },
  );
});
