/** RTCP that the server makes itself, and RTCP on the port of RTP (RFC 3550 §6, RFC 5761). */
import assert from "node:assert/strict";
import { MediaBench } from "../../../tests/support/media_bench.ts";
import { type RtpPeer, srtpKey } from "../../../tests/support/rtp_peer.ts";
import type { StreamSettings } from "../plane.ts";
import { type NtpTime, toNtpTime } from "../rtp/mod.ts";

const VOICE = new Uint8Array(160).fill(0x55);
/** Of the clock of PCMU in a millisecond. */
const CLOCK_UNITS = 8;

function senderReports(phone: RtpPeer) {
  return phone.heardReports.flatMap(([first]) => first?.kind === "sender-report" ? [first] : []);
}

/** Milliseconds since 1900, with their fraction. */
function msOf(ntp: NtpTime): number {
  return ntp.seconds * 1000 + ntp.fraction / 2 ** 32 * 1000;
}

/** Two phones without RTCP of their own, so that the server makes the reports. */
function talking(seconds: number) {
  const bench = new MediaBench();
  const alice = bench.phone("198.51.100.1", 0xa11ce), bob = bench.phone("198.51.100.2", 0xb0b);
  const a = bench.open(alice), b = bench.open(bob);
  bench.tell({ kind: "connect", a, b });
  const speak = () => {
    alice.send(VOICE);
    bob.send(VOICE);
  };
  bench.advance(seconds * 1000, speak);
  return { bench, alice, bob, a, b, speak };
}

Deno.test("a sender report ties the wall clock to the time of the stream, and goes on so (RFC 3550 §6.4.1)", () => {
  const { bench, alice, bob } = talking(30);
  const reports = senderReports(alice);
  assert.ok(reports.length >= 4, `${reports.length} reports in 30 s`);
  const last = reports.at(-1)!;
  const sinceMs = msOf(toNtpTime(bench.clock.now())) - msOf(last.ntp);
  assert.ok(sinceMs >= 0 && sinceMs < 8000);
  // Bob's next packet, due now, has the time of now.
  const ahead = (bob.time - last.rtpTimestamp) | 0;
  assert.ok(Math.abs(ahead - sinceMs * CLOCK_UNITS) <= 20 * CLOCK_UNITS, `${ahead} units in ${sinceMs} ms`);
  for (const [i, report] of reports.slice(1).entries()) {
    const passedMs = msOf(report.ntp) - msOf(reports[i]!.ntp);
    const units = report.rtpTimestamp - reports[i]!.rtpTimestamp;
    assert.ok(Math.abs(units - passedMs * CLOCK_UNITS) <= CLOCK_UNITS, `${units} units in ${passedMs} ms`);
  }
});

Deno.test("a sender report counts the packets that were sent, and their payload without headers (RFC 3550 §6.4.1)", () => {
  const { bench, alice, bob, speak } = talking(10);
  for (let i = 0; i < 400; i++) {
    const { length } = alice.heardRtcp, heard = alice.heard.length;
    bench.advance(20, speak);
    if (alice.heardRtcp.length === length) continue;
    const report = senderReports(alice).at(-1)!;
    assert.equal(report.ssrc, bob.ssrc);
    assert.ok(
      report.packetCount === heard || report.packetCount === alice.heard.length,
      `${report.packetCount}`,
    );
    assert.equal(report.octetCount, report.packetCount * VOICE.length);
    return;
  }
  assert.fail("no report in 8 s");
});

Deno.test("a peer that heard our reports is told that the stream ends, in a compound that begins with a report", () => {
  const { bench, alice, bob, a } = talking(10);
  alice.heardRtcp.length = 0;
  bench.measure(a, "close");
  bench.advance(20);
  const [farewell, ...more] = alice.heardReports;
  assert.deepEqual(more, []);
  assert.deepEqual(farewell?.map(({ kind }) => kind), ["sender-report", "source-description", "bye"]);
  const bye = farewell!.at(-1)!;
  assert.deepEqual(bye.kind === "bye" && bye.ssrcs, [bob.ssrc], "the name under which it was heard");
  assert.equal(
    bob.heardReports.flat().some(({ kind }) => kind === "bye"),
    false,
    "the other leg is still there",
  );
});

Deno.test("a peer that has heard no report of ours gets no farewell either", () => {
  const { bench, alice, a } = talking(1);
  alice.heardRtcp.length = 0;
  bench.measure(a, "close");
  bench.advance(20);
  assert.deepEqual(alice.heardReports, []);
});

const KEYS = { receiveKey: srtpKey(1), sendKey: srtpKey(2) };

for (const [how, keys] of [["plain", {}], ["sealed", KEYS]] as [string, Partial<StreamSettings>][]) {
  const joined = (changes: Partial<StreamSettings> = { rtcpMux: true }) => {
    const bench = new MediaBench();
    const muxed = bench.phone("198.51.100.1", 0xa11ce), apart = bench.phone("198.51.100.2", 0xb0b);
    if (keys.sendKey) muxed.secure({ send: KEYS.receiveKey, receive: KEYS.sendKey });
    muxed.isMuxed = true;
    const a = bench.open(muxed, { ...keys, ...changes }), b = bench.open(apart);
    bench.tell({ kind: "connect", a, b });
    bench.advance(200, () => {
      muxed.send(VOICE);
      apart.send(VOICE);
    });
    return { bench, muxed, apart, a };
  };

  Deno.test(`${how} RTCP on the port of RTP is read and passed on, and comes back there (RFC 5761)`, () => {
    const { bench, muxed, apart, a } = joined();
    muxed.sendRtcp(muxed.senderReport(bench.clock.now()));
    apart.sendRtcp(apart.senderReport(bench.clock.now()));
    bench.advance(20);
    for (const [phone, other] of [[muxed, apart], [apart, muxed]] as const) {
      assert.deepEqual(phone.heardReports.map((packets) => packets.map(({ kind }) => kind)), [
        ["sender-report", "source-description"],
      ]);
      assert.equal(senderReports(phone)[0]!.ssrc, other.ssrc);
    }
    const { malformed, strangers, unauthentic } = bench.measure(a).streams[0]!;
    assert.deepEqual([muxed.unreadable, malformed, strangers, unauthentic], [0, 0, 0, 0]);
  });

  Deno.test(`${how} RTCP that we make goes to the port of RTP where the peer wants it there`, () => {
    const { bench, muxed, apart } = joined();
    bench.advance(15_000, () => {
      muxed.send(VOICE);
      apart.send(VOICE);
    });
    assert.ok(senderReports(muxed).length >= 1);
    assert.equal(muxed.unreadable, 0);
  });

  Deno.test(`${how} RTCP on the port of RTP is not taken where it was not agreed`, () => {
    const { bench, muxed, apart, a } = joined({ rtcpMux: false });
    muxed.sendRtcp(muxed.senderReport(bench.clock.now()));
    bench.advance(20);
    assert.deepEqual(apart.heardReports, []);
    assert.equal(bench.measure(a).streams[0]!.malformed, 1);
  });

  Deno.test(`${how} RTCP of a stranger on the port of RTP changes nothing`, () => {
    const { bench, muxed, apart, a } = joined();
    const mallory = bench.phone("203.0.113.66", muxed.ssrc);
    mallory.remote = muxed.remote;
    mallory.isMuxed = true;
    mallory.sendRtcp(mallory.senderReport(bench.clock.now()));
    bench.advance(20);
    assert.deepEqual(apart.heardReports, []);
    const { strangers, unauthentic } = bench.measure(a).streams[0]!;
    assert.equal(strangers + unauthentic, 1);
  });
}
