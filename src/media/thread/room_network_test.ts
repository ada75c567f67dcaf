/** Rooms over bad paths: what a member hears of another whose packets are lost and late, and how long sound takes. */
import assert from "node:assert/strict";
import { MediaBench } from "../../../tests/support/media_bench.ts";
import { longestGapMs, soundRms } from "../../../tests/support/spectrum.ts";
import { PCMU, type RtpPeer, srtpKey } from "../../../tests/support/rtp_peer.ts";
import { decodePcmu, encodePcmu, G722Decoder, G722Encoder } from "../codec/mod.ts";
import type { PayloadFormat } from "../plane.ts";

const SERVER = "192.0.2.1";
const HOSTS = ["198.51.100.1", "198.51.100.2", "198.51.100.3"];
const G722 = { payloadType: 9, encoding: "g722", clockRate: 8000 };
const AMPLITUDE = 8000;
const SECONDS = 30;

class Member {
  readonly phone: RtpPeer;
  readonly #rate: 8000 | 16000;
  readonly #format: PayloadFormat;
  readonly #encoder = new G722Encoder();
  #samples = 0;

  constructor(bench: MediaBench, options: { host: string; format: PayloadFormat; seed: number | undefined }) {
    const { host, format, seed } = options;
    this.#format = format;
    this.#rate = format === G722 ? 16000 : 8000;
    this.phone = bench.phone(host, Number(host.at(-1)));
    if (seed !== undefined) this.phone.secure({ send: srtpKey(seed), receive: srtpKey(seed + 1) });
    const keys = seed === undefined ? {} : { receiveKey: srtpKey(seed), sendKey: srtpKey(seed + 1) };
    const leg = bench.open(this.phone, { receiveFormats: [format], sendFormats: [format], ...keys });
    bench.tell({ kind: "setMember", room: "800", member: { leg, stream: 0, muted: false, held: false } });
  }

  /** 20 ms of a steady tone, or of silence. */
  speak(frequency: number | undefined): void {
    const count = this.#rate / 50, start = this.#samples;
    this.#samples += count;
    const pcm = Int16Array.from(
      { length: count },
      (_, i) =>
        frequency === undefined
          ? 0
          : AMPLITUDE * Math.sin((start + i) * 2 * Math.PI * frequency / this.#rate),
    );
    const bytes = new Uint8Array(160);
    if (this.#rate === 16000) this.#encoder.encode(pcm, bytes);
    else encodePcmu(pcm, bytes);
    this.phone.send(bytes, { payloadType: this.#format.payloadType });
  }

  /** All that it heard so far. */
  heard(): { readonly sampleRate: number; readonly samples: Float64Array } {
    const decoder = new G722Decoder(), pcm = new Int16Array(320), samples: number[] = [];
    for (const { payload } of this.phone.heard) {
      const count = this.#rate === 16000 ? decoder.decode(payload, pcm) : decodePcmu(payload, pcm);
      for (let i = 0; i < count; i++) samples.push(pcm[i]! / 32768);
    }
    return { sampleRate: this.#rate, samples: Float64Array.from(samples) };
  }
}

function room(format: PayloadFormat, options: { readonly srtp: boolean; readonly seed: number }) {
  const bench = new MediaBench(options.seed);
  bench.tell({ kind: "openRoom", room: "800", options: { maxMembers: 3 } });
  const members = HOSTS.map((host, i) =>
    new Member(bench, { host, format, seed: options.srtp ? 10 + 2 * i : undefined })
  );
  return { bench, members };
}

for (const seed of [1, 2, 3]) {
  for (const [title, format, srtp] of [["PCMU", PCMU, false], ["G.722, SRTP", G722, true]] as const) {
    Deno.test(`5 % of loss and 40 ms of jitter leave no gap over 60 ms (${title}, seed ${seed})`, () => {
      const { bench, members } = room(format, { srtp, seed });
      const [speaker, listener] = members;
      const path = bench.wire.setPath(HOSTS[0]!, SERVER, { loss: 0.05, jitterMs: 40, delayMs: 20 });
      bench.advance(SECONDS * 1000, () => {
        speaker!.speak(437);
        listener!.speak(undefined);
      });
      assert.ok(path.lost > SECONDS * 50 * 0.03, `${path.lost} packets were lost`);
      const piece = { fromSec: 3, toSec: SECONDS - 1 };
      const gap = longestGapMs(listener!.heard(), piece);
      assert.ok(gap <= 60, `a gap of ${gap} ms`);
      const level = soundRms(listener!.heard(), piece) / (AMPLITUDE / 32768 / Math.SQRT2);
      assert.ok(level > 0.9 && level < 1.05, `heard at ${level} of the level`);
    });
  }
}

Deno.test("from one mouth to another ear sound takes less than 120 ms", () => {
  const { bench, members } = room(PCMU, { srtp: false, seed: 4 });
  const [speaker, listener] = members;
  const delays: number[] = [];
  for (let burst = 0; burst < 20; burst++) {
    // Where the beat of the room lies between two packets is chance.
    bench.advance(400 + 5 * burst, () => members.forEach((member) => member.speak(undefined)));
    const saidMs = bench.clock.now(), before = listener!.phone.heard.length;
    let heardMs: number | undefined;
    bench.advance(400, () => {
      speaker!.speak(437);
      listener!.speak(undefined);
      const loud = listener!.phone.heard.slice(before).some(({ payload }) => isLoud(payload));
      if (loud) heardMs ??= bench.clock.now();
    });
    delays.push((heardMs ?? Infinity) - saidMs);
  }
  assert.ok(Math.max(...delays) < 120, delays.join(" "));
});

function isLoud(payload: Uint8Array): boolean {
  const pcm = new Int16Array(payload.length);
  decodePcmu(payload, pcm);
  return pcm.some((sample) => Math.abs(sample) > AMPLITUDE / 4);
}
