import assert from "node:assert/strict";
import { fitTone, sine } from "./fake_signal.ts";
import { pcmCodec } from "./pcm_codecs.ts";

const ROWS: readonly [encoding: string, clockRate: number, rate: number, bytes: number, snr: number][] = [
  ["pcmu", 8000, 8000, 160, 33],
  ["pcma", 8000, 8000, 160, 33],
  ["g722", 8000, 16000, 160, 30],
  ["l16", 8000, 8000, 320, 70],
  ["l16", 16000, 16000, 640, 70],
];

for (const [encoding, clockRate, rate, bytes, minSnr] of ROWS) {
  Deno.test(`${encoding} at clock ${clockRate} takes ${bytes} bytes for 20 ms and keeps ${minSnr} dB`, () => {
    const codec = pcmCodec(encoding, clockRate)!;
    const encoder = codec.makeEncoder(), decoder = codec.makeDecoder();
    assert.equal(codec.rate, rate);
    const tone = sine({ frequency: 1000, rate, seconds: 0.5, amplitude: 9000 });
    const payload = new Uint8Array(bytes), pcm = new Int16Array(rate / 50), heard: number[] = [];
    for (let at = 0; at < tone.length; at += pcm.length) {
      assert.equal(encoder.encode(tone.subarray(at, at + pcm.length), payload), bytes);
      assert.equal(decoder.samplesIn(payload), pcm.length);
      assert.equal(decoder.decode(payload, pcm), pcm.length);
      heard.push(...pcm);
    }
    assert.ok(fitTone(heard.slice(rate / 10), { frequency: 1000, rate }).snr > minSnr);
  });
}

Deno.test("unknown codecs and other clocks are none", () => {
  for (const [name, clock] of [["g729", 8000], ["pcmu", 16000], ["", 8000], ["opus", 48000]] as const) {
    assert.equal(pcmCodec(name, clock), undefined);
  }
});

Deno.test("half a sample of L16 is no payload", () => {
  assert.equal(pcmCodec("l16", 8000)!.makeDecoder().samplesIn(new Uint8Array(3)), 0);
});
