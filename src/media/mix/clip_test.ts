import assert from "node:assert/strict";
import fc from "fast-check";
import { encodePcma, encodePcmu, G722Encoder } from "../codec/mod.ts";
import { readClip } from "./clip.ts";
import { fitTone, sine } from "./fake_signal.ts";
import { writeWavHeader } from "./wav.ts";

function wavOf(samples: Int16Array, options: { rate: number; channels?: number }): Uint8Array {
  const channels = options.channels ?? 1;
  const header = writeWavHeader({ channels, sampleRate: options.rate, dataBytes: samples.length * 2 });
  const file = new Uint8Array(header.length + samples.length * 2);
  file.set(header);
  const view = new DataView(file.buffer);
  samples.forEach((sample, i) => view.setInt16(header.length + 2 * i, sample, true));
  return file;
}

const tone = (rate: number) => sine({ frequency: 600, rate, seconds: 0.5, amplitude: 8000 });

function assertTone(file: Uint8Array, name: string, minSnr: number): void {
  const clip = readClip(file, name);
  assert.ok(clip.ok, name);
  assert.ok(Math.abs(clip.value.seconds - 0.5) < 0.01);
  for (const rate of [8000, 16000] as const) {
    const { amplitude, snr } = fitTone(clip.value.at(rate).subarray(rate / 10, rate * 0.4), {
      frequency: 600,
      rate,
    });
    assert.ok(
      snr > minSnr && Math.abs(amplitude - 8000) < 200,
      `${name} at ${rate}: ${snr} dB, ${amplitude}`,
    );
  }
}

for (const rate of [8000, 11025, 16000, 22050, 44100, 44101, 48000]) {
  Deno.test(`a WAV of 16-bit PCM at ${rate} Hz is played at both rates`, () => {
    // 44,101 Hz is taken for 44,100: 0.002 % of pitch, 40 dB in half a second.
    assertTone(wavOf(tone(rate), { rate }), "a.wav", rate === 44101 ? 35 : 60);
  });
}

Deno.test("two channels become one", () => {
  const mono = tone(8000), stereo = new Int16Array(mono.length * 2);
  mono.forEach((sample, i) => stereo.set([sample * 2, 0], 2 * i));
  assertTone(wavOf(stereo, { rate: 8000, channels: 2 }), "Music.WAV", 60);
});

Deno.test("PCMU and PCMA, with header and without, and G.722", () => {
  const samples = tone(8000), codes = new Uint8Array(samples.length);
  encodePcmu(samples, codes);
  assertTone(codes, "a.pcmu", 33);
  const wav = new Uint8Array(44 + codes.length);
  wav.set(writeWavHeader({ channels: 1, sampleRate: 8000, dataBytes: codes.length }));
  wav.set([7, 0], 20);
  wav.set([8, 0], 34);
  wav.set(codes, 44);
  assertTone(wav, "a.wav", 33);
  encodePcma(samples, codes);
  assertTone(codes, "a.pcma", 33);
  const wide = tone(16000), bytes = new Uint8Array(wide.length / 2);
  new G722Encoder().encode(wide, bytes);
  assertTone(bytes, "a.g722", 30);
});

Deno.test("8-bit PCM is centred on 128", () => {
  const bytes = Uint8Array.from(tone(8000), (sample) => 128 + (sample >> 8));
  const wav = new Uint8Array(44 + bytes.length);
  wav.set(writeWavHeader({ channels: 1, sampleRate: 8000, dataBytes: bytes.length }));
  wav.set([8, 0], 34);
  wav.set(bytes, 44);
  assertTone(wav, "a.wav", 25);
});

Deno.test("what cannot be played is refused in words", () => {
  for (
    const [name, file, words] of [
      [
        "song.mp3",
        new Uint8Array(10),
        'files ending in ".mp3" are not read: expected wav, pcmu, pcma or g722',
      ],
      ["a.wav", new Uint8Array(10), "not a WAV file"],
      ["long.wav", wavOf(new Int16Array(1801 * 1000), { rate: 1000 }), "longer than 30 minutes"],
    ] as const
  ) {
    const clip = readClip(file, name);
    assert.deepEqual(clip, { ok: false, error: words });
  }
});

Deno.test("any bytes under any name are read or refused", () => {
  fc.assert(fc.property(
    fc.uint8Array({ maxLength: 300 }),
    fc.constantFrom("a.wav", "a.pcmu", "a.pcma", "a.g722", "", ".", "wav"),
    (bytes, name) => {
      const clip = readClip(bytes, name);
      if (clip.ok) clip.value.at(16000);
    },
  ));
});
