import assert from "node:assert/strict";
import fc from "fast-check";
import { sequenceDelta, timestampDelta, writeRtpHeader } from "../rtp/mod.ts";
import { Timeline } from "./timeline.ts";

/** Someone who speaks: packets of 20 ms at 8 kHz. */
class Voice {
  constructor(public ssrc: number, public sequence: number, public time: number) {}

  packet(): Uint8Array {
    const bytes = new Uint8Array(12);
    writeRtpHeader(bytes, {
      marker: false,
      payloadType: 0,
      sequenceNumber: this.sequence,
      timestamp: this.time,
      ssrc: this.ssrc,
    });
    this.sequence = (this.sequence + 1) & 0xffff;
    this.time = (this.time + 160) >>> 0;
    return bytes;
  }
}

const view = (packet: Uint8Array) => {
  const data = new DataView(packet.buffer);
  return {
    marker: packet[1]! >= 128,
    sequence: data.getUint16(2),
    time: data.getUint32(4),
    ssrc: data.getUint32(8),
  };
};

function say(timeline: Timeline, voice: Voice): ReturnType<typeof view> & { sent: boolean } {
  const packet = voice.packet();
  const sent = timeline.place(packet, voice);
  timeline.nowMs += 20;
  return { ...view(packet), sent };
}

Deno.test("the first speaker passes untouched, over the wrap too", () => {
  const timeline = new Timeline(), voice = new Voice(7, 65_534, 0xffff_ff00);
  for (let i = 0; i < 4; i++) {
    const before = view(voice.packet());
    voice.sequence = before.sequence;
    voice.time = before.time;
    assert.deepEqual(say(timeline, voice), { ...before, sent: true });
  }
  assert.ok(timeline.isTransparent);
});

Deno.test("a second speaker goes on under the first one's name, next in sequence, later in time, marked", () => {
  const timeline = new Timeline(), alice = new Voice(1, 100, 5000), music = new Voice(2, 40_000, 9);
  const last = [say(timeline, alice), say(timeline, alice)][1]!;
  timeline.nowMs += 480;
  const first = say(timeline, music);
  assert.deepEqual(first, {
    marker: true,
    sequence: last.sequence + 1,
    time: last.time + 500 * 8,
    ssrc: 1,
    sent: true,
  });
  assert.deepEqual(say(timeline, music), {
    ...first,
    marker: false,
    sequence: first.sequence + 1,
    time: first.time + 160,
  });
  assert.equal(say(timeline, alice).sequence, first.sequence + 2);
});

Deno.test("a late packet from before a speaker's first has no place", () => {
  const timeline = new Timeline(), alice = new Voice(1, 100, 0), bob = new Voice(2, 500, 0);
  say(timeline, alice);
  say(timeline, bob);
  bob.sequence = 498;
  assert.ok(!say(timeline, bob).sent);
});

for (const back of [102, 200, 5000, 32_000]) {
  for (const before of [10, 300]) {
    Deno.test(`a speaker that steps back by ${back} after ${before} packets goes on in sequence from the second`, () => {
      const timeline = new Timeline(), alice = new Voice(1, 50_000, 9000);
      let last = say(timeline, alice);
      for (let i = 1; i < before; i++) last = say(timeline, alice);
      alice.sequence -= back;
      alice.time = 77;
      say(timeline, alice);
      for (let i = 1; i <= 300; i++) {
        const now = say(timeline, alice);
        assert.deepEqual(now, {
          marker: i === 1,
          sequence: (last.sequence + i) & 0xffff,
          time: last.time + (i + 1) * 160,
          ssrc: 1,
          sent: true,
        });
      }
    });
  }
}

Deno.test("single packets that come very late pass as they are and move nothing (RFC 3550 A.1)", () => {
  const timeline = new Timeline(), alice = new Voice(1, 1000, 0), late = new Voice(1, 1000, 0);
  for (let i = 0; i < 300; i++) say(timeline, alice);
  for (let i = 0; i < 50; i++) {
    const packet = late.packet();
    assert.ok(timeline.place(packet, alice));
    assert.equal(view(packet).sequence, 1000 + i);
    assert.equal(say(timeline, alice).sequence, 1300 + i);
  }
  assert.ok(timeline.isTransparent);
});

Deno.test("a further SSRC of the same speaker passes as it is", () => {
  const timeline = new Timeline(), video = new Voice(1, 100, 0);
  say(timeline, video);
  video.ssrc = 99;
  video.sequence = 7;
  assert.deepEqual(say(timeline, video), { marker: false, sequence: 7, time: 160, ssrc: 99, sent: true });
});

Deno.test("a speaker cannot take the name under which another was announced", () => {
  const timeline = new Timeline(), alice = new Voice(1, 100, 0), bob = new Voice(2, 500, 0);
  say(timeline, alice);
  say(timeline, bob);
  bob.ssrc = 1;
  assert.ok(!say(timeline, bob).sent);
});

Deno.test("time goes by the clock of the peer's format", () => {
  const timeline = new Timeline(), alice = new Voice(1, 1, 0), bob = new Voice(2, 1, 0);
  timeline.formats = [{ payloadType: 0, encoding: "opus", clockRate: 48_000 }];
  const last = say(timeline, alice);
  assert.equal(say(timeline, bob).time, last.time + 20 * 48);
});

Deno.test("whoever speaks, the peer sees one stream that only goes forward", () => {
  const turn = fc.record({ who: fc.nat(2), packets: fc.integer({ min: 1, max: 5 }), pause: fc.nat(3000) });
  fc.assert(fc.property(fc.array(turn, { minLength: 1, maxLength: 40 }), fc.nat(0xffff), (turns, start) => {
    const timeline = new Timeline();
    const voices = [0, 1, 2].map((i) => new Voice(i + 1, (start + i * 20_000) & 0xffff, start * 65_000 * i));
    let last: ReturnType<typeof view> | undefined;
    for (const { who, packets, pause } of turns) {
      timeline.nowMs += pause;
      for (let i = 0; i < packets; i++) {
        const now = say(timeline, voices[who]!);
        assert.ok(now.sent);
        if (last) {
          assert.equal(now.ssrc, last.ssrc);
          assert.equal(sequenceDelta(last.sequence, now.sequence), 1);
          assert.ok(timestampDelta(last.time, now.time) > 0);
        }
        last = now;
      }
    }
  }));
});
