import assert from "node:assert/strict";
import type { RecordingLayout, RecordingSink } from "./recorder.ts";
import { Recorder } from "./recorder.ts";
import { parseWav } from "./wav.ts";

class MemorySink implements RecordingSink {
  file = new Uint8Array(0);
  closed = 0;
  room = Infinity;
  write(chunk: Uint8Array<ArrayBuffer>, offset: number): boolean {
    const size = Math.max(this.file.length, offset + chunk.length);
    if (size > this.room) return false;
    const grown = new Uint8Array(size);
    grown.set(this.file);
    grown.set(chunk, offset);
    this.file = grown;
    return true;
  }
  close(): void {
    this.closed++;
  }
}

function record(layout: RecordingLayout, beats: number, sink = new MemorySink()) {
  const recorder = new Recorder({ sink, rate: 8000, layout });
  const left = new Int16Array(160).fill(1000), right = new Int16Array(160).fill(-300);
  for (let i = 0; i < beats; i++) recorder.write(left, i % 2 === 0 ? right : undefined);
  return { sink, outcome: recorder.finish(), recorder };
}

function samples(sink: MemorySink): { channels: number; pcm: Int16Array } {
  const wav = parseWav(sink.file);
  assert.ok(wav.ok, "a WAV file");
  assert.equal(wav.value.sampleRate, 8000);
  return { channels: wav.value.channels, pcm: new Int16Array(wav.value.data.slice().buffer) };
}

Deno.test("mix adds, stereo keeps sides apart, received leaves out what we said", () => {
  const mix = samples(record("mix", 130).sink);
  assert.equal(mix.channels, 1);
  assert.equal(mix.pcm.length, 130 * 160);
  assert.deepEqual([mix.pcm[0], mix.pcm[160]], [700, 1000]);
  const stereo = samples(record("stereo", 130).sink);
  assert.equal(stereo.channels, 2);
  assert.deepEqual([...stereo.pcm.subarray(0, 2), ...stereo.pcm.subarray(320, 322)], [1000, -300, 1000, 0]);
  const received = samples(record("received", 130).sink);
  assert.ok(received.pcm.every((sample) => sample === 1000));
});

Deno.test("the sum is clamped", () => {
  const sink = new MemorySink();
  const recorder = new Recorder({ sink, rate: 8000, layout: "mix" });
  recorder.write(new Int16Array(160).fill(30000), new Int16Array(160).fill(30000));
  recorder.finish();
  assert.equal(samples(sink).pcm[5], 32767);
});

Deno.test("the length is told in seconds, and finishing twice closes once", () => {
  const { outcome, recorder, sink } = record("mix", 125);
  assert.deepEqual(outcome, { seconds: 2.5 });
  assert.deepEqual(recorder.finish(), { seconds: 2.5 });
  assert.equal(sink.closed, 1);
});

Deno.test("a recording cut off by a crash can be read up to its last header", () => {
  const sink = new MemorySink();
  const recorder = new Recorder({ sink, rate: 8000, layout: "mix" });
  for (let i = 0; i < 50 * 25; i++) recorder.write(new Int16Array(160), undefined);
  assert.equal(samples(sink).pcm.length, 8000 * 20);
});

Deno.test("a full disk ends the recording, says so, and never throws", () => {
  const sink = new MemorySink();
  sink.room = 44 + 16000 * 3;
  const { outcome } = record("mix", 500, sink);
  assert.equal(outcome.error, "cannot write");
  assert.equal(sink.closed, 1);
});

Deno.test("a fault told later by the writer ends the recording too", () => {
  const sink = new MemorySink();
  const recorder = new Recorder({ sink, rate: 8000, layout: "mix" });
  recorder.write(new Int16Array(160), undefined);
  recorder.fail("no space left on device");
  for (let i = 0; i < 100; i++) recorder.write(new Int16Array(160), undefined);
  assert.equal(recorder.finish().error, "no space left on device");
  assert.equal(sink.file.length, 44);
});
