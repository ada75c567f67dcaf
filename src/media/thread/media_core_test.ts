/** Relay, RTCP and silence over a network in memory. */
import assert from "node:assert/strict";
import { MediaBench } from "../../../tests/support/media_bench.ts";
import { EVENTS, PCMA, PCMU, type RtpPeer, srtpKey } from "../../../tests/support/rtp_peer.ts";
import { printRtcp, type RtcpPacket } from "../rtp/mod.ts";

const VOICE = new Uint8Array(160).fill(0x55);

function joined(bench: MediaBench) {
  const alice = bench.phone("198.51.100.1", 0xa11ce), bob = bench.phone("198.51.100.2", 0xb0b);
  const a = bench.open(alice), b = bench.open(bob);
  bench.tell({ kind: "connect", a, b });
  return { alice, bob, a, b };
}

const rtcpOf = (phone: RtpPeer): RtcpPacket[] => phone.heardReports.flat();

Deno.test("header extension, padding and CSRC arrive as they were sent", () => {
  const bench = new MediaBench();
  const { alice, bob } = joined(bench);
  const packet = new Uint8Array(128);
  packet.set([0xb1, 0x80, 0, 9, 0, 0, 0, 8, 0, 0, 0, 7, 1, 2, 3, 4, 0xbe, 0xde, 0, 1, 0x10, 0xff, 0, 0]);
  packet.set([9, 9, 9, 9, 0, 0, 0, 4], 24);
  alice.sendPacket(packet, 32);
  bench.wire.run();
  assert.deepEqual([...bob.heard[0]!.packet], [...packet.subarray(0, 32)]);
});

Deno.test("payload types are those of each side, and what a side lacks is not sent to it", () => {
  const bench = new MediaBench();
  const alice = bench.phone("198.51.100.1", 1), bob = bench.phone("198.51.100.2", 2);
  const a = bench.open(alice);
  const b = bench.open(bob, { sendFormats: [PCMU, { ...EVENTS, payloadType: 96 }] });
  bench.tell({ kind: "connect", a, b });
  alice.send(VOICE);
  alice.send(VOICE, { payloadType: 8 });
  alice.send(Uint8Array.of(1, 0x8a, 1, 0x40), { payloadType: 101 });
  alice.send(VOICE, { payloadType: 13 });
  bench.advance(20);
  assert.deepEqual(bob.heard.map((packet) => packet.payloadType), [0, 96, 13]);
  bench.update(b, bob.settings({ sendFormats: [PCMA] }));
  alice.send(VOICE, { payloadType: 8 });
  bench.advance(20);
  assert.equal(bob.heard.at(-1)!.payloadType, 8);
});

const DIRECTIONS = [
  ["sendrecv", true, true],
  ["sendonly", true, false],
  ["recvonly", false, true],
  ["inactive", false, false],
] as const;
for (const [direction, toBob, fromBob] of DIRECTIONS) {
  Deno.test(`direction ${direction} is obeyed`, () => {
    const bench = new MediaBench();
    const { alice, bob, b } = joined(bench);
    bench.update(b, bob.settings({ direction }));
    bench.advance(100, () => {
      alice.send(VOICE);
      bob.send(VOICE);
    });
    assert.deepEqual([bob.heard.length > 0, alice.heard.length > 0], [toBob, fromBob]);
  });
}

Deno.test("port 0 and the unspecified address stop what we send", () => {
  const bench = new MediaBench();
  const { alice, bob, b } = joined(bench);
  for (
    const remote of [{ host: bob.host, port: 0, rtcpPort: 0 }, { host: "0.0.0.0", port: 9, rtcpPort: 9 }]
  ) {
    bench.update(b, bob.settings({ remote }));
    alice.send(VOICE);
    bench.advance(20);
    assert.equal(bob.heard.length, 0);
  }
});

Deno.test("a leg joined anew leaves its partner; both old streams end, the new one goes on under one name", () => {
  const bench = new MediaBench();
  const { alice, bob, a } = joined(bench);
  const carol = bench.phone("198.51.100.3", 0xca401);
  const c = bench.open(carol);
  bench.advance(100, () => bob.send(VOICE));
  bench.tell({ kind: "connect", a, b: c });
  bench.advance(100, () => {
    bob.send(VOICE);
    carol.send(VOICE);
    alice.send(VOICE);
  });
  assert.equal(bob.heard.length, 0);
  assert.equal(carol.heard.length, 5);
  assert.equal(alice.heard.length, 10);
  assert.deepEqual(new Set(alice.heard.map((packet) => packet.ssrc)), new Set([bob.ssrc]));
  const sequence = alice.heard.map((packet) => packet.sequenceNumber);
  assert.deepEqual(sequence, Array.from({ length: 10 }, (_, i) => sequence[0]! + i));
  assert.deepEqual(alice.heard.map((packet) => packet.marker).lastIndexOf(true), 5);
});

Deno.test("T.38 datagrams pass as they are, both ways", () => {
  const bench = new MediaBench();
  const alice = bench.phone("198.51.100.1", 1), bob = bench.phone("198.51.100.2", 2);
  const a = bench.open(alice, {}, "udptl"), b = bench.open(bob, {}, "udptl");
  bench.tell({ kind: "connect", a, b });
  const [byAlice, byBob] = [alice, bob].map(({ socket, network }) => {
    const seen: number[][] = [];
    socket.receiver = { onDatagram: (length) => seen.push([...network.inbox.bytes.subarray(0, length)]) };
    return seen;
  });
  // The second of each looks like RTP, or like RTCP.
  for (const datagram of [[0, 1, 2], [0x80, 200, 3]]) {
    alice.socket.send(Uint8Array.from(datagram), datagram.length, alice.remote!);
  }
  for (const datagram of [[0, 1, 9, 8], [0x80, 0, 7]]) {
    bob.socket.send(Uint8Array.from(datagram), datagram.length, bob.remote!);
  }
  bench.advance(20);
  assert.deepEqual(byBob, [[0, 1, 2], [0x80, 200, 3]]);
  assert.deepEqual(byAlice, [[0, 1, 9, 8], [0x80, 0, 7]]);
});

Deno.test("an address that never speaks gets no more than its measure", () => {
  const bench = new MediaBench();
  const { alice, bob } = joined(bench);
  bench.advance(4000, () => alice.send(VOICE));
  assert.equal(bob.heard.length, 100);
  bob.send(VOICE);
  bench.advance(100, () => alice.send(VOICE));
  assert.ok(bob.heard.length >= 104);
});

Deno.test("a stream that falls silent is told within 3 s, and again when it is back", () => {
  const bench = new MediaBench();
  const { alice, a } = joined(bench);
  bench.advance(1000, () => alice.send(VOICE));
  bench.advance(3000);
  const told = bench.eventsOf("silent").filter((event) => event.leg === a);
  assert.deepEqual(told.map((event) => event.silent), [true]);
  assert.ok(told[0]!.forMs >= 2000 && told[0]!.forMs <= 3000);
  bench.advance(500, () => alice.send(VOICE));
  assert.deepEqual(bench.eventsOf("silent").filter((event) => event.leg === a).map((e) => e.silent), [
    true,
    false,
  ]);
});

Deno.test("voice in one direction only is told within 3 s, of the side that is not heard", () => {
  const bench = new MediaBench();
  const { alice, bob, a } = joined(bench);
  bench.advance(1000, () => {
    alice.send(VOICE);
    bob.send(VOICE);
  });
  bench.advance(3000, () => bob.send(VOICE));
  const [told, ...more] = bench.eventsOf("silent");
  assert.deepEqual([told?.leg, told?.silent, told?.oneWay, more], [a, true, true, []]);
});

Deno.test("a side that was silent before the other spoke is told once more, as voice in one direction", () => {
  const bench = new MediaBench();
  const { alice, bob, a, b } = joined(bench);
  const told = () =>
    bench.eventsOf("silent").map(({ leg, silent, oneWay = false }) => [leg, silent, oneWay] as const);
  // Both wait; Bob answers late and Alice's network lets nothing through.
  bench.advance(5000);
  assert.deepEqual(told(), [[a, true, false], [b, true, false]]);
  bench.advance(300, () => bob.send(VOICE));
  assert.deepEqual(told().slice(2), [[a, true, true], [b, false, false]]);
  assert.ok(bench.eventsOf("silent")[2]!.forMs >= 4750);
  bench.advance(20_000, () => bob.send(VOICE));
  assert.equal(told().length, 4);
  bench.advance(500, () => {
    alice.send(VOICE);
    bob.send(VOICE);
  });
  assert.deepEqual(told().slice(4), [[a, false, false]]);
  bench.advance(3000, () => bob.send(VOICE));
  assert.deepEqual(told().slice(5), [[a, true, true]]);
});

Deno.test("silence on both sides is not voice in one direction", () => {
  const bench = new MediaBench();
  const { alice, bob } = joined(bench);
  bench.advance(1000, () => {
    alice.send(VOICE);
    bob.send(VOICE);
  });
  bench.advance(5000);
  assert.deepEqual(bench.eventsOf("silent").map(({ oneWay = false }) => oneWay), [false, false]);
});

Deno.test("a held stream is not silent", () => {
  const bench = new MediaBench();
  const { alice, a, bob, b } = joined(bench);
  bench.update(a, alice.settings({ direction: "sendonly" }));
  bench.update(b, bob.settings({ direction: "inactive" }));
  bench.advance(10_000);
  assert.deepEqual(bench.eventsOf("silent"), []);
});

Deno.test("RTCP is passed on, sealed anew for the other side", () => {
  const bench = new MediaBench();
  const alice = bench.phone("198.51.100.1", 0xa11ce), bob = bench.phone("198.51.100.2", 0xb0b);
  const a = bench.open(alice);
  bob.secure({ send: srtpKey(1), receive: srtpKey(2) });
  const b = bench.open(bob, { receiveKey: srtpKey(1), sendKey: srtpKey(2) });
  bench.tell({ kind: "connect", a, b });
  bench.advance(100, () => {
    alice.send(VOICE);
    bob.send(VOICE);
  });
  alice.sendRtcp(alice.senderReport(bench.clock.now()));
  bob.sendRtcp(bob.senderReport(bench.clock.now()));
  bench.advance(20);
  assert.equal(bob.unreadable, 0);
  assert.deepEqual(rtcpOf(bob).map((packet) => packet.kind), ["sender-report", "source-description"]);
  assert.equal((rtcpOf(alice)[0] as { ssrc: number }).ssrc, bob.ssrc);
});

Deno.test("after a transfer RTCP speaks of the streams as each side sees them", () => {
  const bench = new MediaBench();
  const { alice, bob, a } = joined(bench);
  const carol = bench.phone("198.51.100.3", 0xca401);
  const c = bench.open(carol);
  bench.advance(100, () => {
    alice.send(VOICE);
    bob.send(VOICE);
  });
  bench.tell({ kind: "connect", a, b: c });
  carol.time = 77;
  bench.advance(100, () => {
    alice.send(VOICE);
    carol.send(VOICE);
  });
  const shift = alice.heard.at(-1)!.timestamp - (carol.time - 160);
  alice.heardRtcp.length = 0;
  carol.sendRtcp(carol.senderReport(bench.clock.now()));
  bench.advance(10);
  const [report] = rtcpOf(alice);
  assert.ok(report?.kind === "sender-report");
  assert.equal(report.ssrc, bob.ssrc, "the name under which Alice hears Carol");
  assert.equal(report.rtpTimestamp, (carol.time + shift) >>> 0);
});

Deno.test("where no reports come from the far side we make them, and measure the round trip by their answers", () => {
  const bench = new MediaBench();
  const { alice, bob, a } = joined(bench);
  bench.wire.setPath("192.0.2.1", alice.host, { delayMs: 30 });
  bench.wire.setPath(alice.host, "192.0.2.1", { delayMs: 40 });
  const speak = () => {
    alice.send(VOICE);
    bob.send(VOICE);
  };
  bench.advance(10_000, speak);
  const made = rtcpOf(alice).find((packet) => packet.kind === "sender-report");
  assert.ok(made?.kind === "sender-report");
  assert.equal(made.ssrc, bob.ssrc);
  assert.equal(made.reports[0]!.ssrc, alice.ssrc);
  const block = {
    ssrc: made.ssrc,
    fractionLost: 64,
    cumulativeLost: 3,
    highestSequence: 1,
    jitter: 0,
    lastSenderReport: ((made.ntp.seconds & 0xffff) << 16 | made.ntp.fraction >>> 16) >>> 0,
    delaySinceLastSenderReport: 0,
  };
  alice.heardRtcp.length = 0;
  bench.advance(10_000, () => {
    speak();
    const fresh = rtcpOf(alice).findLast((packet) => packet.kind === "sender-report");
    if (!fresh || alice.heardRtcp.length === 0) return;
    alice.heardRtcp.length = 0;
    const middle = ((fresh.ntp.seconds & 0xffff) << 16 | fresh.ntp.fraction >>> 16) >>> 0;
    const { buffer, length } = printRtcp([
      { kind: "receiver-report", ssrc: alice.ssrc, reports: [{ ...block, lastSenderReport: middle }] },
    ]);
    alice.sendRtcp(buffer.subarray(0, length));
  });
  const report = bench.measure(a).streams[0]!;
  assert.ok(report.roundTripMs! >= 70 && report.roundTripMs! <= 100, `${report.roundTripMs} ms`);
  assert.equal(report.farLossFraction, 0.25);
});

Deno.test("forged reports and farewells change nothing and are not passed on", () => {
  const bench = new MediaBench();
  const { alice, bob, a } = joined(bench);
  const mallory = bench.phone("203.0.113.66", alice.ssrc);
  mallory.remote = alice.remote;
  bench.advance(200, () => {
    alice.send(VOICE);
    bob.send(VOICE);
  });
  const { buffer, length } = printRtcp([
    { kind: "receiver-report", ssrc: alice.ssrc, reports: [] },
    { kind: "bye", ssrcs: [alice.ssrc] },
  ]);
  for (let i = 0; i < 200; i++) mallory.sendRtcp(buffer.subarray(0, length));
  bench.advance(50);
  assert.deepEqual(bench.eventsOf("rtcp-bye"), []);
  assert.ok(!rtcpOf(bob).some((packet) => packet.kind === "bye"));
  assert.equal(bench.measure(a).streams[0]!.strangers, 200);
  alice.sendRtcp(buffer.subarray(0, length));
  bench.advance(50);
  assert.deepEqual(bench.eventsOf("rtcp-bye").map((event) => event.leg), [a]);
});

Deno.test("loss, late packets, duplicates and jitter of a bad path are counted", () => {
  const bench = new MediaBench(5);
  const { alice, bob, a, b } = joined(bench);
  const path = bench.wire.setPath(alice.host, "192.0.2.1", {
    delayMs: 20,
    jitterMs: 30,
    loss: 0.05,
    duplication: 0.05,
    reordering: 0.01,
  });
  bench.wire.setPath(bob.host, "192.0.2.1", { delayMs: 20 });
  bench.advance(20_000, () => {
    alice.send(VOICE);
    bob.send(VOICE);
  });
  bench.advance(200);
  const bad = bench.measure(a).streams[0]!, good = bench.measure(b).streams[0]!;
  assert.ok(bad.lost > 30 && bad.lost < 75, `${bad.lost} lost`);
  assert.ok(path.duplicated > 30, `${path.duplicated} sent twice`);
  assert.deepEqual([bad.lost, bad.duplicates], [path.lost, path.duplicated]);
  assert.ok(bad.late > 0 && bad.jitterMs > 4);
  assert.ok(bad.mos! < good.mos! && good.mos! > 4.2, `${bad.mos} ${good.mos}`);
  assert.deepEqual([good.lost, good.late, good.duplicates], [0, 0, 0]);
  assert.equal(good.encoding, "pcmu");
});
