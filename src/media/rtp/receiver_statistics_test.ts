import assert from "node:assert/strict";
import fc from "fast-check";
import { ReceiverStatistics, REPLAY_WINDOW, ReplayWindow, toNtpTime, writeRtpHeader } from "./mod.ts";

function packet(sequenceNumber: number, options: { timestamp?: number; ssrc?: number } = {}): Uint8Array {
  const bytes = new Uint8Array(12);
  writeRtpHeader(bytes, {
    marker: false,
    payloadType: 0,
    sequenceNumber: sequenceNumber & 0xffff,
    timestamp: options.timestamp ?? sequenceNumber * 160,
    ssrc: options.ssrc ?? 7,
  });
  return bytes;
}

function feed(sequence: readonly number[]): ReceiverStatistics {
  const statistics = new ReceiverStatistics(8000);
  sequence.forEach((number, i) => statistics.receive(packet(number), 1000 + i * 20));
  return statistics;
}

for (
  const [promise, sequence, lost, late, duplicates] of [
    ["a whole stream loses nothing", [1, 2, 3, 4], 0, 0, 0],
    ["a gap is loss", [1, 2, 5], 2, 0, 0],
    ["a late packet is no loss", [1, 3, 2, 4], 0, 1, 0],
    ["a duplicate is neither received nor lost", [1, 2, 2, 3, 1], 0, 0, 2],
    ["loss over the wrap is counted", [65534, 1], 2, 0, 0],
    ["lateness over the wrap is lateness", [65534, 0, 65535, 1], 0, 1, 0],
    ["packets from before the first are taken in", [10, 8, 9, 11], 0, 2, 0],
    ["a source that begins anew is no loss", [100, 101, 40000, 40001], 0, 0, 0],
    ["a source that falls back is no lateness", [40000, 40001, 100, 101], 0, 0, 0],
    ["200 duplicates do not hide loss", [1, ...Array.from({ length: 200 }, () => 2), 9], 6, 0, 199],
  ] as const
) {
  Deno.test(promise, () => {
    const statistics = feed(sequence);
    assert.deepEqual([statistics.lost, statistics.late, statistics.duplicates], [lost, late, duplicates]);
  });
}

Deno.test("received, lost, late and duplicates equal a plain count for any disorder within the window", () => {
  const order = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 200 });
  fc.assert(fc.property(order, fc.nat(65535), (offsets, start) => {
    const statistics = feed(offsets.map((offset) => start + offset));
    const distinct = new Set(offsets);
    const span = Math.max(...offsets) - Math.min(...offsets) + 1;
    assert.equal(statistics.received, distinct.size);
    assert.equal(statistics.duplicates, offsets.length - distinct.size);
    assert.equal(statistics.lost, span - distinct.size);
    let highest = -1;
    const seen = new Set<number>();
    const late = offsets.filter((offset) => {
      const isLate = !seen.has(offset) && offset < highest;
      seen.add(offset);
      highest = Math.max(highest, offset);
      return isLate;
    });
    assert.equal(statistics.late, late.length);
  }));
});

Deno.test("another source begins a count of its own and keeps the sum", () => {
  const statistics = new ReceiverStatistics(8000);
  statistics.receive(packet(1), 1000);
  statistics.receive(packet(3), 1020);
  assert.equal(statistics.receive(packet(500, { ssrc: 9 }), 1040), "restart");
  statistics.receive(packet(501, { ssrc: 9 }), 1060);
  assert.deepEqual([statistics.received, statistics.lost, statistics.ssrc], [4, 1, 9]);
});

Deno.test("jitter of packets on time is zero; a steady ±10 ms converges to 20 ms (RFC 3550 A.8)", () => {
  const even = new ReceiverStatistics(8000), uneven = new ReceiverStatistics(8000);
  for (let i = 0; i < 500; i++) {
    even.receive(packet(i), 1000 + i * 20);
    uneven.receive(packet(i), 1000 + i * 20 + (i % 2 === 0 ? 10 : -10));
  }
  assert.equal(even.jitterMs, 0);
  assert.ok(Math.abs(uneven.jitterMs - 20) < 0.1, String(uneven.jitterMs));
});

Deno.test("jitter follows the recurrence of RFC 3550 A.8 packet by packet", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -15, max: 40 }), { minLength: 2, maxLength: 60 }), (delays) => {
      const statistics = new ReceiverStatistics(8000);
      let model = 0;
      delays.forEach((delay, i) => {
        statistics.receive(packet(i), 1000 + i * 20 + delay);
        if (i > 0) model += (Math.abs(delay - delays[i - 1]!) * 8 - model) / 16;
      });
      assert.ok(Math.abs(statistics.jitterMs - model / 8) < 1e-6);
    }),
  );
});

Deno.test("packets of one timestamp and timestamps set anew are no jitter", () => {
  const statistics = new ReceiverStatistics(8000);
  for (let i = 0; i < 20; i++) statistics.receive(packet(i, { timestamp: 160 }), 1000 + i * 20);
  statistics.receive(packet(20, { timestamp: 4_000_000 }), 1400);
  statistics.receive(packet(21, { timestamp: 4_000_160 }), 1420);
  assert.equal(statistics.jitterMs, 0);
});

Deno.test("a report tells the fraction since the one before, the sum, and the delay since the sender's", () => {
  const statistics = new ReceiverStatistics(8000);
  assert.equal(statistics.report(0), undefined);
  for (const number of [1, 2, 3, 5]) statistics.receive(packet(number), 1000);
  statistics.takeSenderReport(toNtpTime(5000), 6000);
  const first = statistics.report(6500)!;
  assert.deepEqual([first.fractionLost, first.cumulativeLost], [Math.floor(256 / 5), 1]);
  assert.equal(first.delaySinceLastSenderReport, 32768);
  assert.equal(first.lastSenderReport !== 0, true);
  statistics.receive(packet(6), 1100);
  const second = statistics.report(7000)!;
  assert.deepEqual([second.fractionLost, second.cumulativeLost], [0, 1]);
  assert.equal(second.highestSequence, 0x10006);
});

Deno.test("a replay window of 128 equals a plain set, also above 2^40", () => {
  fc.assert(fc.property(
    fc.nat(2 ** 20).map((high) => high * 2 ** 20),
    fc.array(fc.integer({ min: 0, max: 600 }), { maxLength: 300 }),
    (base, offsets) => {
      const window = new ReplayWindow(), seen = new Set<number>();
      let highest = -1;
      for (const offset of offsets) {
        const index = base + offset;
        const fresh = index > highest || (highest - index < REPLAY_WINDOW && !seen.has(index));
        assert.equal(window.isFresh(index), fresh);
        if (!fresh) continue;
        window.accept(index);
        seen.add(index);
        highest = Math.max(highest, index);
      }
      const copy = new ReplayWindow();
      copy.restore(structuredClone(window.save()));
      assert.deepEqual(copy.save(), window.save());
    },
  ));
});
