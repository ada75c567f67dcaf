import assert from "node:assert/strict";
import { addPcmCodec, JitterBuffer, type PcmCodec, pcmCodec, RoomMix } from "../mix/mod.ts";
import { writeRtpHeader } from "../rtp/mod.ts";
import { loadOpus } from "./opus.ts";

/** A member that says a tone and counts how often what it hears crosses zero upwards. */
class Member {
  readonly buffer: JitterBuffer;
  readonly heard: number[] = [];
  readonly #encoder;
  readonly #decoder;
  #sent = 0;

  constructor(readonly id: number, readonly codec: PcmCodec, readonly frequency: number) {
    this.buffer = new JitterBuffer(codec.makeDecoder());
    this.#encoder = codec.makeEncoder();
    this.#decoder = codec.makeDecoder();
  }

  speak(nowMs: number): void {
    const { rate, clockRate } = this.codec, samples = rate / 50;
    const pcm = Int16Array.from(
      { length: samples },
      (_, i) => 6000 * Math.sin(2 * Math.PI * this.frequency * (this.#sent * samples + i) / rate),
    );
    const bytes = new Uint8Array(12 + 1275);
    const timestamp = this.#sent * clockRate / 50;
    writeRtpHeader(bytes, {
      marker: false,
      payloadType: 96,
      ssrc: 1,
      sequenceNumber: this.#sent++,
      timestamp,
    });
    const length = this.#encoder.encode(pcm, bytes.subarray(12));
    this.buffer.put({ bytes, length: 12 + length, arrivalMs: nowMs });
  }

  hear(frame: { readonly bytes: Uint8Array; readonly length: number }): void {
    const pcm = new Int16Array(1920);
    const samples = this.#decoder.decode(frame.bytes.subarray(0, frame.length), pcm);
    this.heard.push(...pcm.subarray(0, samples));
  }

  /** Hertz of what was heard in the last second. */
  get pitch(): number {
    const late = this.heard.slice(-this.codec.rate);
    return late.filter((sample, i) => i > 0 && sample >= 0 && late[i - 1]! < 0).length;
  }
}

Deno.test("an Opus member and a PCMU member hear each other and not themselves", async () => {
  addPcmCodec(await loadOpus());
  const opus = new Member(1, pcmCodec("opus", 48000)!, 500),
    phone = new Member(2, pcmCodec("pcmu", 8000)!, 800);
  const mix = new RoomMix({ onLevel() {}, comfortNoise: false });
  for (const { id, buffer, codec } of [opus, phone]) mix.add(id, { buffer, codec });
  assert.equal(mix.rate, 16000);
  // Handles are made by promises, and the beats below leave no time between them.
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  for (let beat = 0; beat < 120; beat++) {
    for (const member of [opus, phone]) member.speak(beat * 20);
    mix.beat(beat * 20 + 3);
    for (const member of [opus, phone]) member.hear(mix.frame(member.id)!);
  }
  assert.ok(Math.abs(opus.pitch - 800) <= 2, `${opus.pitch}`);
  assert.ok(Math.abs(phone.pitch - 500) <= 2, `${phone.pitch}`);
});
