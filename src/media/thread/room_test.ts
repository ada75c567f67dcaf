/** Rooms over a network in memory: who hears whom. */
import assert from "node:assert/strict";
import { MediaBench } from "../../../tests/support/media_bench.ts";
import { PCMA, PCMU, RtpPeer, srtpKey } from "../../../tests/support/rtp_peer.ts";
import {
  decodePcma,
  decodePcmu,
  encodePcma,
  encodePcmu,
  G722Decoder,
  G722Encoder,
  Goertzel,
} from "../codec/mod.ts";
import { parseWav } from "../mix/mod.ts";
import type { LegId, PayloadFormat, RoomMember } from "../plane.ts";

const G722 = { payloadType: 9, encoding: "g722", clockRate: 8000 };

/** A member that says one tone for ever and remembers what it hears. */
class Speaker {
  readonly phone: RtpPeer;
  readonly leg: LegId;
  readonly #format: PayloadFormat;
  readonly #frequency: number;
  readonly #amplitude: number;
  readonly #wide = new G722Encoder();
  #beat = 0;

  constructor(
    bench: MediaBench,
    options: { host: string; frequency: number; format?: PayloadFormat; seed?: number; amplitude?: number },
  ) {
    const format = this.#format = options.format ?? PCMU;
    this.#frequency = options.frequency;
    this.#amplitude = options.amplitude ?? 5000;
    this.phone = bench.phone(options.host, options.frequency);
    const { seed } = options;
    if (seed !== undefined) this.phone.secure({ send: srtpKey(seed), receive: srtpKey(seed + 1) });
    const keys = seed === undefined ? {} : { receiveKey: srtpKey(seed), sendKey: srtpKey(seed + 1) };
    this.leg = bench.open(this.phone, { receiveFormats: [format], sendFormats: [format], ...keys });
  }

  speak(): void {
    const rate = this.#format === G722 ? 16_000 : 8000, count = rate / 50, start = this.#beat++ * count;
    const pcm = Int16Array.from(
      { length: count },
      (_, i) => this.#amplitude * Math.sin((start + i) * 2 * Math.PI * this.#frequency / rate),
    );
    const bytes = new Uint8Array(160);
    if (this.#format === G722) this.#wide.encode(pcm, bytes);
    else (this.#format === PCMA ? encodePcma : encodePcmu)(pcm, bytes);
    this.phone.send(bytes, { payloadType: this.#format.payloadType });
  }

  /** Which of the frequencies are heard in the last second, by more than a tenth of how they were said. */
  hears(frequencies: readonly number[]): number[] {
    return frequencies.filter((frequency) => this.loudness(frequency) > 500);
  }

  /** Amplitude of a frequency in the last second. */
  loudness(frequency: number): number {
    const samples: number[] = [], wide = new G722Decoder();
    for (const { payload } of this.phone.heard) {
      const pcm = new Int16Array(payload.length * 2);
      const count = this.#format === G722
        ? wide.decode(payload, pcm)
        : (this.#format === PCMA ? decodePcma : decodePcmu)(payload, pcm);
      samples.push(...pcm.subarray(0, count));
    }
    const sampleRate = this.#format === G722 ? 16_000 : 8000;
    const last = Int16Array.from(samples.slice(-sampleRate));
    const filter = new Goertzel({ frequency, sampleRate });
    filter.take(last, { from: 0, to: last.length });
    return Math.sqrt(filter.finish()) * 2 / last.length;
  }
}

const FREQUENCIES = [400, 700, 1100];

function room(
  formats: readonly PayloadFormat[],
  { seed, amplitude, automaticGain = false }: { seed?: number; amplitude?: number; automaticGain?: boolean } =
    {},
) {
  const bench = new MediaBench();
  bench.tell({ kind: "openRoom", room: "800", options: { maxMembers: 3, automaticGain } });
  const members = formats.map((format, i) =>
    new Speaker(bench, {
      host: `198.51.100.${i + 1}`,
      frequency: FREQUENCIES[i]!,
      format,
      ...(seed === undefined ? {} : { seed: seed + 2 * i }),
      ...(amplitude === undefined ? {} : { amplitude }),
    })
  );
  for (const { leg } of members) join(bench, { leg });
  const speak = () => members.forEach((member) => member.speak());
  return { bench, members, speak };
}

function join(bench: MediaBench, member: Partial<RoomMember> & { leg: LegId }): void {
  bench.tell({
    kind: "setMember",
    room: "800",
    member: { stream: 0, muted: false, held: false, ...member },
  });
}

const othersThan = (index: number) => FREQUENCIES.filter((_, i) => i !== index);

for (
  const [title, formats, seed] of [
    ["in one codec", [PCMU, PCMU, PCMU], undefined],
    ["in three codecs", [PCMU, PCMA, G722], undefined],
    ["encrypted", [PCMU, PCMA, G722], 10],
  ] as const
) {
  Deno.test(`members ${title} hear all others and not themselves`, () => {
    const { bench, members, speak } = room(formats, seed === undefined ? {} : { seed });
    bench.advance(2500, speak);
    members.forEach((member, i) => {
      assert.equal(member.phone.unreadable, 0);
      assert.deepEqual(member.hears(FREQUENCIES), othersThan(i), `member ${i}`);
      const sequence = member.phone.heard.map((packet) => packet.sequenceNumber);
      assert.deepEqual(sequence, sequence.map((_, j) => (sequence[0]! + j) & 0xffff));
    });
  });
}

Deno.test("a muted and a held member hear and are not heard", () => {
  const { bench, members, speak } = room([PCMU, PCMU, PCMU]);
  join(bench, { leg: members[0]!.leg, muted: true });
  join(bench, { leg: members[1]!.leg, held: true });
  bench.advance(2500, speak);
  assert.deepEqual(members[2]!.hears(FREQUENCIES), []);
  assert.deepEqual(members[0]!.hears(FREQUENCIES), [1100]);
  join(bench, { leg: members[0]!.leg });
  bench.advance(2500, speak);
  assert.deepEqual(members[2]!.hears(FREQUENCIES), [400]);
});

Deno.test("a full room takes nobody; a leg that left is neither heard nor hears", () => {
  const { bench, members, speak } = room([PCMU, PCMU, PCMU]);
  const fourth = new Speaker(bench, { host: "198.51.100.9", frequency: 1500 });
  join(bench, { leg: fourth.leg });
  bench.advance(500, () => {
    speak();
    fourth.speak();
  });
  assert.equal(fourth.phone.heard.length, 0);
  bench.tell({ kind: "disconnect", leg: members[0]!.leg });
  join(bench, { leg: fourth.leg });
  members[0]!.phone.heard.length = 0;
  bench.advance(2500, () => {
    speak();
    fourth.speak();
  });
  assert.equal(members[0]!.phone.heard.length, 0);
  assert.deepEqual(fourth.hears([...FREQUENCIES, 1500]), [700, 1100]);
  assert.deepEqual(members[1]!.hears([...FREQUENCIES, 1500]), [1100, 1500]);
});

Deno.test("a member to whom something is played hears that alone, and the room again afterwards", async () => {
  const { bench, members, speak } = room([PCMU, PCMU]);
  bench.advance(500, speak);
  const { leg } = members[0]!;
  bench.tell({
    kind: "play",
    leg,
    source: { kind: "tone", frequencies: [2000], level: 0.2 },
    options: { loop: true },
  });
  await Promise.resolve();
  bench.advance(1500, speak);
  assert.deepEqual(members[0]!.hears([...FREQUENCIES, 2000]), [2000]);
  assert.deepEqual(members[1]!.hears([...FREQUENCIES, 2000]), [400]);
  bench.tell({ kind: "stopPlaying", leg });
  bench.advance(1500, speak);
  assert.deepEqual(members[0]!.hears([...FREQUENCIES, 2000]), [700]);
  assert.equal(new Set(members[0]!.phone.heard.map((packet) => packet.ssrc)).size, 1);
});

Deno.test("what is played in the room is heard by all, also by one alone, and told when it ends", async () => {
  const { bench, members } = room([PCMU]);
  const source = { kind: "cadence", frequencies: [1500], cadenceMs: [1200], level: 0.2 } as const;
  bench.tell({ kind: "playInRoom", room: "800", source, options: { loop: false, tag: "gong" } });
  await Promise.resolve();
  bench.advance(1150, () => members[0]!.speak());
  assert.deepEqual(members[0]!.hears([400, 1500]), [1500]);
  bench.advance(500);
  const [told] = bench.eventsOf("played");
  assert.deepEqual(told, { kind: "played", leg: 0, room: "800", tag: "gong", complete: true });
});

Deno.test("who talks is told, and how loud", () => {
  const { bench, members } = room([PCMU, PCMU]);
  bench.advance(1000, () => members[0]!.speak());
  bench.advance(2000);
  const talking = bench.eventsOf("talking");
  assert.ok(talking.length > 1);
  assert.ok(talking.every((event) => event.leg === members[0]!.leg && event.room === "800"));
  assert.ok(talking[0]!.level > 40);
  assert.equal(talking.at(-1)!.level, 0);
});

Deno.test("a recording of the room holds all voices", async () => {
  const { bench, speak } = room([PCMU, PCMU]);
  bench.tell({ kind: "recordRoom", room: "800", path: "room.wav" });
  bench.advance(2000, speak);
  bench.tell({ kind: "recordRoom", room: "800", path: undefined });
  await new Promise((resolve) => setTimeout(resolve));
  const [told] = bench.eventsOf("recorded");
  assert.ok(told && told.room === "800" && Math.abs(told.seconds - 2) < 0.1);
  const wav = parseWav(bench.files.contents.get("room.wav")!);
  assert.ok(wav.ok);
  const pcm = new Int16Array(wav.value.data.slice().buffer).subarray(4000);
  for (const frequency of [400, 700]) {
    const filter = new Goertzel({ frequency, sampleRate: 8000 });
    filter.take(pcm, { from: 0, to: pcm.length });
    assert.ok(Math.sqrt(filter.finish()) * 2 / pcm.length > 4000);
  }
});

Deno.test("a member whose codec changes by SIP goes on without a break", () => {
  const { bench, members, speak } = room([PCMU, PCMU]);
  bench.advance(1000, speak);
  const { phone, leg } = members[0]!;
  bench.update(leg, phone.settings({ receiveFormats: [PCMA, PCMU], sendFormats: [PCMA] }));
  const from = phone.heard.length;
  bench.advance(200, speak);
  assert.deepEqual([...new Set(phone.heard.slice(from).map((packet) => packet.payloadType))], [8]);
});

Deno.test("with automatic gain a quiet member is lifted towards the others", () => {
  const heardOf = (automaticGain: boolean) => {
    const { bench, members } = room([PCMU, PCMU], { automaticGain, amplitude: 600 });
    bench.advance(6000, () => members.forEach((member) => member.speak()));
    return members[1]!.loudness(FREQUENCIES[0]!);
  };
  const [plain, lifted] = [heardOf(false), heardOf(true)];
  assert.ok(Math.abs(plain - 600) < 60, `${plain}`);
  assert.ok(lifted > 1.5 * plain, `${lifted}`);
});

Deno.test("a closed room lets its members go", () => {
  const { bench, members, speak } = room([PCMU, PCMU]);
  bench.tell({ kind: "closeRoom", room: "800" });
  bench.advance(200, speak);
  assert.deepEqual(members.map((member) => member.phone.heard.length), [0, 0]);
  bench.tell({ kind: "connect", a: members[0]!.leg, b: members[1]!.leg });
  bench.advance(200, speak);
  assert.ok(members.every((member) => member.phone.heard.length >= 9));
});
