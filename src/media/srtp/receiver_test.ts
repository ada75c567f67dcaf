/** Promises of sender and receiver together: order, loss, replay, forgery, many sources. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { SrtpSuiteName } from "../plane.ts";
import { REPLAY_WINDOW } from "../rtp/mod.ts";
import { fakeKey, fakePacket, fakeReport, textOf } from "./fake_peer.ts";
import { MAX_STREAMS, refusalName, SRTP_SUITES, SrtpReceiver, SrtpSender } from "./mod.ts";

const CM = "AES_CM_128_HMAC_SHA1_80", GCM = "AEAD_AES_128_GCM";

interface Sealed {
  readonly buffer: Uint8Array;
  readonly length: number;
}

function seal(sender: SrtpSender, sequenceNumber: number, ssrc?: number): Sealed {
  const { buffer, length } = fakePacket({ sequenceNumber, ...(ssrc === undefined ? {} : { ssrc }) });
  const sealed = sender.seal(buffer, length);
  assert.ok(sealed > 0, refusalName(sealed));
  return { buffer, length: sealed };
}

/** "ok" with the packet opened in a copy, or the reason. */
function open(receiver: SrtpReceiver, { buffer, length }: Sealed): string {
  const copy = buffer.slice(), answer = receiver.open(copy, length);
  if (answer < 0) {
    assert.deepEqual(copy, buffer, "a refused packet is untouched");
    return refusalName(answer);
  }
  const sequenceNumber = (copy[2]! << 8) | copy[3]!;
  for (let i = 0; i < 20; i++) {
    assert.equal(copy[12 + i], (i * 31 + sequenceNumber * 7) & 0xff, "plain again");
  }
  return "ok";
}

const stateOf = (receiver: SrtpReceiver) => JSON.stringify(receiver.save());

for (const suite of [CM, GCM] as const) {
  Deno.test(`${suite}: 200,000 packets in a row, three wraps, are all opened`, () => {
    const sender = new SrtpSender(fakeKey(suite)), receiver = new SrtpReceiver(fakeKey(suite));
    const { buffer, length } = fakePacket({ sequenceNumber: 0 });
    for (let i = 0; i < 200_000; i++) {
      buffer[2] = i >>> 8;
      buffer[3] = i;
      const sealed = sender.seal(buffer, length);
      if (receiver.open(buffer, sealed) !== length) assert.fail(`packet ${i}`);
    }
    assert.equal(receiver.save().current.streams[0]!.rtp.highest, 199_999);
  });

  Deno.test(`${suite}: bursts of loss of up to 30,000 packets, also over the wrap, do not lose the counter`, () => {
    fc.assert(fc.property(
      fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 20 }),
      fc.nat(65535),
      (bursts, start) => {
        const sender = new SrtpSender(fakeKey(suite)), receiver = new SrtpReceiver(fakeKey(suite));
        let at = start;
        assert.equal(open(receiver, seal(sender, at)), "ok");
        for (const burst of bursts) {
          at += burst;
          assert.equal(open(receiver, seal(sender, at)), "ok", `burst of ${burst}`);
        }
      },
    ));
  });
}

for (const { name } of SRTP_SUITES) {
  Deno.test(`${name}: packets shuffled within the window around the wrap are all accepted once`, () => {
    fc.assert(fc.property(
      fc.shuffledSubarray(Array.from({ length: 100 }, (_, i) => i), { minLength: 100 }),
      fc.integer({ min: 65400, max: 65535 }),
      (order, start) => {
        const sender = new SrtpSender(fakeKey(name)), receiver = new SrtpReceiver(fakeKey(name));
        // The first in line tells where the stream stands; its sender sealed in order.
        const packets = Array.from({ length: 101 }, (_, i) => seal(sender, start + i));
        assert.equal(open(receiver, packets[0]!), "ok");
        for (const i of order) assert.equal(open(receiver, packets[i + 1]!), "ok");
        for (const i of order) assert.equal(open(receiver, packets[i + 1]!), "replayed");
      },
    ));
  });

  Deno.test(`${name}: a packet older than the window is refused though genuine; one on its edge is taken`, () => {
    const sender = new SrtpSender(fakeKey(name)), receiver = new SrtpReceiver(fakeKey(name));
    const packets = Array.from({ length: REPLAY_WINDOW + 2 }, (_, i) => seal(sender, 1000 + i));
    assert.equal(open(receiver, packets.at(-1)!), "ok");
    assert.equal(open(receiver, packets[2]!), "ok");
    assert.equal(open(receiver, packets[1]!), "replayed");
  });

  Deno.test(`${name}: for any loss, doubling and disorder the receiver accepts what a plain model accepts, and the same index`, () => {
    const move = fc.oneof(
      fc.constant(1),
      fc.integer({ min: -140, max: 140 }),
      fc.integer({ min: -300, max: 20_000 }),
    );
    fc.assert(fc.property(fc.array(move, { maxLength: 80 }), fc.nat(65535), (moves, start) => {
      const receiver = new SrtpReceiver(fakeKey(name));
      const seen = new Set<number>();
      let highest = -1, at = start;
      for (const step of [0, ...moves]) {
        at = Math.max(start % 65536, at + step);
        // A sender of its own for each packet, brought to the right rollover counter.
        const sender = senderAt(at, name);
        const fresh = highest < 0 || (at > highest - REPLAY_WINDOW && !seen.has(at));
        // A jump of more than half the range is read as the other direction, as RFC 3711 Appendix A says.
        if (highest >= 0 && Math.abs(at - highest) >= 32_768) continue;
        assert.equal(open(receiver, seal(sender, at)) === "ok", fresh, `index ${at}, highest ${highest}`);
        if (!fresh) continue;
        seen.add(at);
        highest = Math.max(highest, at);
        assert.equal(receiver.save().current.streams[0]!.rtp.highest, highest);
      }
    }));
  });
}

/** A sender that is about to seal packet index `index`. */
function senderAt(index: number, suite: SrtpSuiteName = CM): SrtpSender {
  const stream = {
    ssrc: 0x11223344,
    rtp: { highest: Math.max(index - 1, -1), bits: [0, 0, 0, 0] },
    rtcp: { highest: -1, bits: [0, 0, 0, 0] },
  };
  return SrtpSender.restore({ current: { key: fakeKey(suite), streams: index === 0 ? [] : [stream] } });
}

for (const { name } of SRTP_SUITES) {
  Deno.test(`${name}: one bit flipped anywhere in RTP or RTCP is refused and changes nothing`, () => {
    const sender = new SrtpSender(fakeKey(name)), receiver = new SrtpReceiver(fakeKey(name));
    assert.equal(open(receiver, seal(sender, 9)), "ok");
    const first = fakeReport(0x11223344);
    assert.equal(receiver.openRtcp(first.buffer, sender.sealRtcp(first.buffer, first.length)), first.length);
    const before = stateOf(receiver);

    const long = fakePacket({ sequenceNumber: 10, longHeader: true });
    const rtp = sender.seal(long.buffer, long.length);
    const report = fakeReport(0x11223344, 5), rtcp = sender.sealRtcp(report.buffer, report.length);
    const flip = (buffer: Uint8Array, bit: number) => buffer[bit >> 3]! ^= 1 << (bit & 7);
    for (let bit = 0; bit < rtp * 8; bit++) {
      flip(long.buffer, bit);
      const copy = long.buffer.slice();
      assert.ok(receiver.open(copy, rtp) < 0, `RTP bit ${bit}`);
      assert.deepEqual(copy, long.buffer);
      flip(long.buffer, bit);
    }
    for (let bit = 0; bit < rtcp * 8; bit++) {
      flip(report.buffer, bit);
      const copy = report.buffer.slice();
      assert.ok(receiver.openRtcp(copy, rtcp) < 0, `RTCP bit ${bit}`);
      assert.deepEqual(copy, report.buffer);
      flip(report.buffer, bit);
    }
    assert.equal(stateOf(receiver), before);
    assert.equal(receiver.open(long.buffer, rtp), long.length);
    assert.equal(receiver.openRtcp(report.buffer, rtcp), report.length);
  });

  Deno.test(`${name}: a packet cut anywhere is refused and changes nothing`, () => {
    const sender = new SrtpSender(fakeKey(name)), receiver = new SrtpReceiver(fakeKey(name));
    const packet = seal(sender, 9),
      report = fakeReport(7),
      rtcp = sender.sealRtcp(report.buffer, report.length);
    const before = stateOf(receiver);
    for (let length = 0; length < packet.length; length++) {
      assert.ok(receiver.open(packet.buffer.slice(), length) < 0, `${length} bytes`);
    }
    for (let length = 0; length < rtcp; length++) {
      assert.ok(receiver.openRtcp(report.buffer.slice(), length) < 0, `${length} bytes`);
    }
    assert.equal(stateOf(receiver), before);
  });
}

for (const suite of [CM, GCM] as const) {
  Deno.test(`${suite}: 10,000 forged sources make no stream, and 10,000 forged packets lose none of a live call`, () => {
    const sender = new SrtpSender(fakeKey(suite)), receiver = new SrtpReceiver(fakeKey(suite));
    assert.equal(open(receiver, seal(sender, 0)), "ok");
    const forger = new SrtpSender(fakeKey(suite, 99));
    const forged = seal(forger, 1);
    for (let i = 1; i <= 10_000; i++) {
      const other = forged.buffer.slice();
      other[8] = 0x80 | (i >>> 8);
      other[9] = i;
      assert.ok(receiver.open(other, forged.length) < 0);
      // The live source's own number, just ahead of it, is the worst that can be guessed.
      const posing = forged.buffer.slice();
      posing[2] = (i + 20) >>> 8;
      posing[3] = i + 20;
      assert.ok(receiver.open(posing, forged.length) < 0);
      assert.equal(open(receiver, seal(sender, i)), "ok");
    }
    assert.equal(receiver.streamCount, 1);
  });
}

Deno.test("random bytes never open, never throw, never change anything", () => {
  const receiver = new SrtpReceiver(fakeKey(CM));
  assert.equal(open(receiver, seal(new SrtpSender(fakeKey(CM)), 9)), "ok");
  const before = stateOf(receiver);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    assert.ok(receiver.open(bytes.slice(), bytes.length) < 0);
    assert.ok(receiver.openRtcp(bytes.slice(), bytes.length) < 0);
    assert.equal(stateOf(receiver), before);
  }));
});

Deno.test("sources are counted apart, up to a cap; those that are known go on", () => {
  const sender = new SrtpSender(fakeKey(CM)), receiver = new SrtpReceiver(fakeKey(CM));
  for (let ssrc = 1; ssrc <= MAX_STREAMS; ssrc++) {
    assert.equal(open(receiver, seal(sender, 65535, ssrc)), "ok");
  }
  assert.equal(receiver.streamCount, MAX_STREAMS);
  const { buffer, length } = fakePacket({ sequenceNumber: 1, ssrc: 9999 });
  assert.equal(refusalName(sender.seal(buffer, length)), "too many streams");
  const stranger = seal(new SrtpSender(fakeKey(CM)), 1, 9999);
  assert.equal(open(receiver, stranger), "too many streams");
  for (let ssrc = 1; ssrc <= MAX_STREAMS; ssrc++) assert.equal(open(receiver, seal(sender, 0, ssrc)), "ok");
});

Deno.test("a stream whose first packets were lost over the wrap is opened all the same", () => {
  const sender = new SrtpSender(fakeKey(CM)), receiver = new SrtpReceiver(fakeKey(CM));
  for (let i = 65500; i < 65536; i++) seal(sender, i);
  assert.equal(open(receiver, seal(sender, 3)), "ok");
  assert.equal(open(receiver, seal(sender, 4)), "ok");
  const late = senderAt(65536 + 2000);
  assert.equal(open(new SrtpReceiver(fakeKey(CM)), seal(late, 2000)), "unauthentic");
});

Deno.test("RTCP may lose packets, not repeat them, and has a window of its own", () => {
  const sender = new SrtpSender(fakeKey(GCM)), receiver = new SrtpReceiver(fakeKey(GCM));
  const reports = Array.from({ length: 300 }, (_, i) => {
    const { buffer, length } = fakeReport(5, i);
    return { buffer, length: sender.sealRtcp(buffer, length) };
  });
  const answer = (i: number) =>
    refusalName(receiver.openRtcp(reports[i]!.buffer.slice(), reports[i]!.length));
  assert.ok(receiver.openRtcp(reports[200]!.buffer.slice(), reports[200]!.length) > 0);
  assert.equal(answer(200), "replayed");
  assert.equal(answer(72), "replayed");
  assert.ok(receiver.openRtcp(reports[73]!.buffer.slice(), reports[73]!.length) > 0);
  assert.ok(receiver.openRtcp(reports[299]!.buffer.slice(), reports[299]!.length) > 0);
});

Deno.test("opening what was sealed gives the packet back for any header, payload and identifier", () => {
  fc.assert(fc.property(
    fc.constantFrom(...SRTP_SUITES.map(({ name }) => name)),
    fc.nat(1500),
    fc.boolean(),
    fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
    (suite, payload, longHeader, mkiLength) => {
      const key = { ...fakeKey(suite), ...(mkiLength ? { mki: { value: 1, length: mkiLength } } : {}) };
      const sender = new SrtpSender(key), receiver = new SrtpReceiver(key);
      const { buffer, length } = fakePacket({ sequenceNumber: 77, payload, longHeader });
      const plain = textOf(buffer, length), sealed = sender.seal(buffer, length);
      assert.equal(sealed, length + sender.overhead);
      assert.equal(receiver.open(buffer, sealed), length);
      assert.equal(textOf(buffer, length), plain);
    },
  ));
});
