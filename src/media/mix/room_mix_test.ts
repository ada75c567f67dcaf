import assert from "node:assert/strict";
import { fitTone } from "./fake_signal.ts";
import { writeRtpHeader } from "../rtp/mod.ts";
import { type PcmSource } from "./frames.ts";
import { JitterBuffer } from "./jitter_buffer.ts";
import { type PcmCodec, pcmCodec } from "./pcm_codecs.ts";
import { Recorder } from "./recorder.ts";
import { RoomMix, type RoomMixOptions } from "./room_mix.ts";
import { parseWav } from "./wav.ts";

/** A member with a tone of its own that sends packets of 20 ms and decodes what the room sends back. */
class Caller {
  readonly codec: PcmCodec;
  readonly buffer: JitterBuffer;
  readonly heard: number[] = [];
  readonly #encoder;
  readonly #decoder;
  readonly #pcm: Int16Array;
  readonly #packet = new Uint8Array(12 + 640);
  readonly #back = new Int16Array(320);
  sent = 0;

  constructor(readonly id: number, encoding: string, public frequency: number, public amplitude = 6000) {
    this.codec = pcmCodec(encoding, 8000)!;
    this.buffer = new JitterBuffer(this.codec.makeDecoder());
    this.#encoder = this.codec.makeEncoder();
    this.#decoder = this.codec.makeDecoder();
    this.#pcm = new Int16Array(this.codec.rate / 50);
  }

  speak(nowMs: number): void {
    const pcm = this.#pcm;
    for (let i = 0; i < pcm.length; i++) {
      const t = (this.sent * pcm.length + i) / this.codec.rate;
      pcm[i] = Math.round(this.amplitude * Math.sin(2 * Math.PI * this.frequency * t));
    }
    const header = { marker: false, payloadType: 0, ssrc: this.id };
    writeRtpHeader(this.#packet, {
      ...header,
      sequenceNumber: this.sent & 0xffff,
      timestamp: this.sent * 160,
    });
    const length = this.#encoder.encode(pcm, this.#packet.subarray(12));
    this.buffer.put({ bytes: this.#packet, length: 12 + length, arrivalMs: nowMs });
    this.sent++;
  }

  hear(frame: { bytes: Uint8Array; length: number }): void {
    const samples = this.#decoder.decode(frame.bytes.subarray(0, frame.length), this.#back);
    for (let i = 0; i < samples; i++) this.heard.push(this.#back[i]!);
  }

  /** Amplitude of a tone in the last second. */
  amplitudeOf(frequency: number): number {
    const { rate } = this.codec;
    return fitTone(this.heard.slice(-rate), { frequency, rate }).amplitude;
  }
}

function room(callers: readonly Caller[], options: Partial<RoomMixOptions> = {}): RoomMix {
  const mix = new RoomMix({ onLevel() {}, comfortNoise: false, ...options });
  for (const { id, buffer, codec } of callers) mix.add(id, { buffer, codec });
  return mix;
}

function run(mix: RoomMix, callers: readonly Caller[], beats: number, from = 0): void {
  for (let beat = from; beat < from + beats; beat++) {
    for (const caller of callers) caller.speak(beat * 20);
    mix.beat(beat * 20 + 3);
    for (const caller of callers) {
      const frame = mix.frame(caller.id);
      if (frame !== undefined) caller.hear(frame);
    }
  }
}

const FREQUENCIES = [440, 700, 1050, 1500, 2100];

const ROOMS: readonly [sentence: string, encodings: readonly string[]][] = [
  ["three PCMU", ["pcmu", "pcmu", "pcmu"]],
  ["five of PCMU and PCMA", ["pcmu", "pcma", "pcmu", "pcma", "pcma"]],
  ["three G.722", ["g722", "g722", "g722"]],
  ["PCMU, PCMA and G.722 together", ["pcmu", "g722", "pcma", "g722", "pcmu"]],
];

for (const [sentence, encodings] of ROOMS) {
  Deno.test(`${sentence}: each hears exactly the others, within 1 dB, and not itself`, () => {
    const callers = encodings.map((encoding, i) => new Caller(i, encoding, FREQUENCIES[i]!, 5000));
    run(room(callers), callers, 120);
    for (const listener of callers) {
      for (const speaker of callers) {
        const amplitude = listener.amplitudeOf(speaker.frequency);
        if (speaker === listener) assert.ok(amplitude < 50, `${listener.id} hears itself: ${amplitude}`);
        else {
          const level = 20 * Math.log10(amplitude / 5000);
          assert.ok(Math.abs(level) < 1, `${listener.id} hears ${speaker.id} at ${level.toFixed(2)} dB`);
        }
      }
    }
  });
}

Deno.test("a room is wideband exactly while somebody can hear it", () => {
  const narrow = new Caller(1, "pcmu", 440), wide = new Caller(2, "g722", 700);
  const mix = room([narrow]);
  assert.equal(mix.rate, 8000);
  mix.add(2, { buffer: wide.buffer, codec: wide.codec });
  assert.equal(mix.rate, 16000);
  mix.remove(2);
  assert.equal(mix.rate, 8000);
  assert.equal(mix.frame(2), undefined);
});

for (const state of ["muted", "held"] as const) {
  Deno.test(`a member that is ${state} hears and is not heard, and is heard again afterwards`, () => {
    const callers = [new Caller(1, "pcmu", 440), new Caller(2, "pcmu", 700)] as const;
    const mix = room(callers);
    mix.set(1, { muted: false, held: false, [state]: true });
    run(mix, callers, 80);
    assert.ok(callers[1].amplitudeOf(440) < 30);
    assert.ok(callers[0].amplitudeOf(700) > 5500);
    mix.set(1, { muted: false, held: false });
    run(mix, callers, 80, 80);
    assert.ok(callers[1].amplitudeOf(440) > 5500);
  });
}

Deno.test("gain is applied to what the others hear", () => {
  const callers = [new Caller(1, "pcmu", 440), new Caller(2, "pcmu", 700)] as const;
  const mix = room(callers);
  mix.set(1, { muted: false, held: false, gain: 0.5 });
  run(mix, callers, 120);
  assert.ok(Math.abs(callers[1].amplitudeOf(440) - 3000) < 100);
});

Deno.test("automatic gain brings a quiet and a loud voice nearer to each other", () => {
  const callers = [
    new Caller(1, "pcmu", 440, 900),
    new Caller(2, "pcmu", 700, 9000),
    new Caller(3, "pcmu", 1500, 0),
  ] as const;
  run(room(callers, { automaticGain: true }), callers, 400);
  const ratio = callers[2].amplitudeOf(700) / callers[2].amplitudeOf(440);
  assert.ok(ratio < 3, `${ratio}`);
});

Deno.test("listeners who do not speak share one encoded frame per codec; a speaker has its own", () => {
  const callers = [
    new Caller(1, "pcmu", 440),
    new Caller(2, "pcmu", 1, 0),
    new Caller(3, "pcmu", 1, 0),
    new Caller(4, "pcma", 1, 0),
  ] as const;
  const mix = room(callers);
  run(mix, callers, 60);
  assert.equal(mix.frame(2), mix.frame(3));
  assert.notEqual(mix.frame(2), mix.frame(4));
  assert.notEqual(mix.frame(1), mix.frame(2));
});

Deno.test("a G.722 listener who begins and stops to speak hears no seam between shared and own stream", () => {
  const callers = [
    new Caller(1, "g722", 440),
    new Caller(2, "g722", 900, 0),
    new Caller(3, "g722", 1, 0),
  ] as const;
  const mix = room(callers);
  run(mix, callers, 100);
  for (let turn = 0; turn < 3; turn++) {
    callers[1].amplitude = 5000;
    run(mix, callers, 20, 100 + turn * 320);
    callers[1].amplitude = 0;
    run(mix, callers, 300, 120 + turn * 320);
  }
  const heard = callers[1].heard.slice(50 * 320);
  for (let at = 0; at + 320 <= heard.length; at += 320) {
    const { snr } = fitTone(heard.slice(at, at + 320), { frequency: 440, rate: 16000 });
    assert.ok(snr > 20, `beat ${50 + at / 320}: ${snr.toFixed(1)} dB`);
  }
});

Deno.test("levels: told on the first word, five times a second while it lasts, 0 at the end", () => {
  const told: [member: number, level: number][] = [];
  const callers = [new Caller(1, "pcmu", 440), new Caller(2, "pcmu", 1, 0)] as const;
  const mix = room(callers, { onLevel: (member, level) => told.push([member, level]) });
  run(mix, callers, 100);
  callers[0].amplitude = 0;
  run(mix, callers, 50, 100);
  assert.ok(told.every(([member]) => member === 1));
  assert.ok(told.length >= 10 && told.length <= 14, `${told.length}`);
  assert.ok(told.slice(0, -2).every(([, level]) => level > 70 && level <= 100));
  assert.equal(told.at(-1)?.[1], 0);
});

Deno.test("what is played is heard by all and told to be over; a second play ends the first", () => {
  const callers = [new Caller(1, "pcmu", 1, 0), new Caller(2, "g722", 1, 0)] as const;
  const mix = room(callers);
  let n = 0, frames = 60;
  const tone: PcmSource = {
    rate: 8000,
    read(pcm) {
      for (let i = 0; i < 160; i++) pcm[i] = Math.round(4000 * Math.sin(2 * Math.PI * 900 * n++ / 8000));
      return frames-- > 0 ? 160 : 0;
    },
  };
  const played: boolean[] = [];
  mix.play(tone, (complete) => played.push(complete));
  run(mix, callers, 58);
  for (const caller of callers) assert.ok(Math.abs(caller.amplitudeOf(900) - 4000) < 150);
  run(mix, callers, 10, 58);
  assert.deepEqual(played, [true]);
  frames = 99;
  mix.play(tone, (complete) => played.push(complete));
  mix.play(tone);
  assert.deepEqual(played, [true, false]);
});

Deno.test("a recording holds everybody", () => {
  const callers = [new Caller(1, "pcmu", 440, 4000), new Caller(2, "pcma", 700, 4000)] as const;
  const chunks: { chunk: Uint8Array; offset: number }[] = [];
  const recorder = new Recorder({
    sink: { write: (chunk, offset) => (chunks.push({ chunk, offset }), true), close() {} },
    rate: 8000,
    layout: "received",
  });
  const mix = room(callers);
  mix.record(recorder);
  run(mix, callers, 150);
  recorder.finish();
  const file = new Uint8Array(44 + 150 * 320);
  for (const { chunk, offset } of chunks) file.set(chunk, offset);
  const wav = parseWav(file);
  assert.ok(wav.ok);
  const pcm = new Int16Array(wav.value.data.slice().buffer).slice(-8000);
  for (const frequency of [440, 700]) {
    assert.ok(Math.abs(fitTone(pcm, { frequency, rate: 8000 }).amplitude - 4000) < 100);
  }
});

Deno.test("a silent room carries soft noise and not a dead line", () => {
  const callers = [new Caller(1, "pcmu", 1, 0), new Caller(2, "pcmu", 1, 0)] as const;
  run(room(callers, { comfortNoise: true }), callers, 60);
  let energy = 0;
  for (const sample of callers[0].heard.slice(-8000)) energy += sample * sample;
  const rms = Math.sqrt(energy / 8000);
  assert.ok(rms > 5 && rms < 30, `${rms}`);
});

Deno.test("200 loud members are limited and nobody is lost", () => {
  const callers = Array.from({ length: 200 }, (_, i) => new Caller(i, "pcmu", 300 + 15 * i, 12000));
  const mix = room(callers);
  run(mix, callers, 20);
  assert.ok(callers.every((caller) => caller.heard.length === 20 * 160));
  assert.ok(callers[7]!.heard.some((sample) => Math.abs(sample) > 10000));
});
