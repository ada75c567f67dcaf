import assert from "node:assert/strict";
import fc from "fast-check";
import { fitTone, sine } from "./fake_signal.ts";
import type { PcmRate } from "./frames.ts";
import { Mixer, without } from "./mixer.ts";

const frame = (samples: number) => fc.int16Array({ minLength: samples, maxLength: samples });

for (const [rate, samples] of [[8000, 160], [16000, 320]] as const) {
  Deno.test(`at ${rate} Hz each member hears the others exact to the sample, full scale included`, () => {
    const mixer = new Mixer();
    fc.assert(
      fc.property(fc.array(frame(samples), { minLength: 1, maxLength: 12 }), (voices) => {
        mixer.begin();
        for (const voice of voices) mixer.add(voice, rate);
        mixer.finish({ narrow: rate === 8000, wide: rate === 16000 });
        const heard = new Int32Array(samples);
        voices.forEach((own, speaker) => {
          without(own, mixer.total(rate), heard);
          for (let i = 0; i < samples; i++) {
            let expected = 0;
            voices.forEach((voice, other) => expected += other === speaker ? 0 : voice[i]!);
            if (heard[i] !== expected) assert.equal(heard[i], expected, `speaker ${speaker}, sample ${i}`);
          }
        });
      }),
      { numRuns: 40 },
    );
  });
}

Deno.test("two hundred voices at full scale do not overflow", () => {
  const mixer = new Mixer();
  const loud = new Int16Array(160).fill(-32768);
  mixer.begin();
  for (let i = 0; i < 200; i++) mixer.add(loud, 8000);
  mixer.finish({ narrow: true, wide: true });
  assert.equal(mixer.total(8000)[80], -32768 * 200);
});

Deno.test("a beat without voices is silent, whatever was before", () => {
  const mixer = new Mixer();
  for (const rate of [8000, 16000] as const) {
    mixer.begin();
    mixer.add(new Int16Array(320).fill(9000), rate);
    mixer.finish({ narrow: true, wide: true });
  }
  for (let beat = 0; beat < 3; beat++) {
    mixer.begin();
    mixer.finish({ narrow: true, wide: true });
  }
  assert.ok(mixer.total(8000).every((sample) => sample === 0));
  assert.ok(mixer.total(16000).every((sample) => sample === 0));
});

/** Mixes a voice at each rate for a second and returns what listeners of `rate` hear. */
function listen(
  rate: PcmRate,
  voices: readonly { readonly pcm: Int16Array; readonly rate: PcmRate }[],
): number[] {
  const mixer = new Mixer();
  const heard: number[] = [];
  for (let beat = 0; beat < 50; beat++) {
    mixer.begin();
    for (const voice of voices) {
      const samples = voice.rate / 50;
      mixer.add(voice.pcm.subarray(beat * samples, (beat + 1) * samples), voice.rate);
    }
    mixer.finish({ narrow: true, wide: true });
    heard.push(...mixer.total(rate));
  }
  return heard.slice(heard.length / 5);
}

Deno.test("voices cross between 8 and 16 kHz with 60 dB and unchanged level", () => {
  const low = { pcm: sine({ frequency: 500, rate: 8000, seconds: 1, amplitude: 8000 }), rate: 8000 } as const;
  const high = {
    pcm: sine({ frequency: 1300, rate: 16000, seconds: 1, amplitude: 8000 }),
    rate: 16000,
  } as const;
  for (const [rate, voice, frequency] of [[16000, low, 500], [8000, high, 1300]] as const) {
    const fit = fitTone(listen(rate, [voice]), { frequency, rate });
    assert.ok(fit.snr > 60, `${fit.snr}`);
    assert.ok(Math.abs(fit.amplitude - 8000) < 80, `${fit.amplitude}`);
  }
});

Deno.test("a member never hears itself, also when voices of both rates are in the room", () => {
  const own = sine({ frequency: 700, rate: 8000, seconds: 1, amplitude: 10000 });
  const wide = sine({ frequency: 1300, rate: 16000, seconds: 1, amplitude: 10000 });
  const mixer = new Mixer();
  const others = new Int32Array(160), heard: number[] = [];
  for (let beat = 0; beat < 50; beat++) {
    const voice = own.subarray(beat * 160, (beat + 1) * 160);
    mixer.begin();
    mixer.add(voice, 8000);
    mixer.add(wide.subarray(beat * 320, (beat + 1) * 320), 16000);
    mixer.finish({ narrow: true, wide: true });
    without(voice, mixer.total(8000), others);
    if (beat >= 5) heard.push(...others);
  }
  assert.ok(fitTone(heard, { frequency: 700, rate: 8000 }).amplitude < 1);
  assert.ok(Math.abs(fitTone(heard, { frequency: 1300, rate: 8000 }).amplitude - 10000) < 100);
});
