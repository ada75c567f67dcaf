import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  fromNtpTime,
  middleOfNtp,
  parseRtcp,
  printRtcp,
  roundTripMs,
  type RtcpPacket,
  toNtpTime,
} from "./mod.ts";

const bytes = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

const word = fc.nat(0xffffffff);
const block = fc.record({
  ssrc: word,
  fractionLost: fc.nat(255),
  cumulativeLost: fc.integer({ min: -0x800000, max: 0x7fffff }),
  highestSequence: word,
  jitter: word,
  lastSenderReport: word,
  delaySinceLastSenderReport: word,
});
const blocks = fc.array(block, { maxLength: 31 });
const words = fc.string({ maxLength: 60 });
const packet: fc.Arbitrary<RtcpPacket> = fc.oneof(
  fc.record({
    kind: fc.constant("sender-report" as const),
    ssrc: word,
    ntp: fc.record({ seconds: word, fraction: word }),
    rtpTimestamp: word,
    packetCount: word,
    octetCount: word,
    reports: blocks,
  }),
  fc.record({ kind: fc.constant("receiver-report" as const), ssrc: word, reports: blocks }),
  fc.record({
    kind: fc.constant("source-description" as const),
    chunks: fc.array(
      fc.record({
        ssrc: word,
        items: fc.array(fc.record({ type: fc.integer({ min: 1, max: 8 }), text: words }), { maxLength: 4 }),
      }),
      { maxLength: 5 },
    ),
  }),
  fc.record({
    kind: fc.constant("bye" as const),
    ssrcs: fc.array(word, { maxLength: 31 }),
    reason: words,
  }),
  fc.record({
    kind: fc.constant("other" as const),
    packetType: fc.integer({ min: 204, max: 213 }),
    count: fc.nat(31),
    body: fc.uint8Array({ minLength: 8, maxLength: 40 }).map((body) => body.slice(0, body.length & ~3)),
  }),
);

Deno.test("every compound packet that is printed parses to the same", () => {
  fc.assert(fc.property(fc.array(packet, { minLength: 1, maxLength: 5 }), (packets) => {
    const { buffer, length } = printRtcp(packets, { room: 20 });
    assert.equal(buffer.length, length + 20);
    const parsed = parseRtcp(buffer.subarray(0, length));
    assert.ok(parsed.ok);
    // Record arbitraries have no prototype and text survives UTF-8 only without lone surrogates: compare as JSON.
    const plain = (value: unknown) =>
      JSON.parse(JSON.stringify(value, (_, v) => v instanceof Uint8Array ? [...v] : v));
    assert.deepEqual(plain(parsed.value), plain(packets));
  }));
});

Deno.test("no cut of a compound packet throws, and only whole packets are believed", () => {
  const { buffer } = printRtcp([
    { kind: "receiver-report", ssrc: 1, reports: [] },
    { kind: "source-description", chunks: [{ ssrc: 1, items: [{ type: 1, text: "a@b" }] }] },
    { kind: "bye", ssrcs: [1], reason: "gone" },
  ]);
  const whole = new Set([8, 8 + 16, buffer.length]);
  for (let length = 0; length <= buffer.length; length++) {
    assert.equal(parseRtcp(buffer.subarray(0, length)).ok, whole.has(length), `${length} bytes`);
  }
});

for (
  const [promise, hex] of [
    ["a report without its source is refused", "80c90000"],
    ["a sender report without its numbers is refused", "80c80000"],
    ["31 reports in no room are refused", "9fc9000100000000"],
    [
      "a length beyond the datagram is refused",
      "80c8ffff 00000000 00000000 00000000 00000000 00000000 00000000",
    ],
    ["a reason beyond the packet is refused", "81cb000200000001ff414141"],
    ["an item without end is refused", "81ca00020000000101ff4141"],
    ["an item list that fills the packet without a zero is refused", "81ca0003 00000001 01064141 41414141"],
    ["feedback without its sources is refused", "81cd0000"],
    ["another version is refused", "40c9000100000001"],
    ["RTP is refused", "8000000000000000000000ff"],
    ["padding on a packet that is not the last is refused", "a0c90001 00000001 80c90001 00000001"],
    ["padding that is no multiple of four is refused", "a0c90002 00000001 00000003"],
    ["padding longer than the packet is refused", "a0c90002 00000001 000000f0"],
  ] as const
) {
  Deno.test(`RFC 3550 A.2: ${promise}`, () => assert.equal(parseRtcp(bytes(hex)).ok, false));
}

Deno.test("padding on the last packet is taken off", () => {
  const parsed = parseRtcp(bytes("a0c90002 00000001 00000004"));
  assert.deepEqual(parsed.ok && parsed.value, [{ kind: "receiver-report", ssrc: 1, reports: [] }]);
});

Deno.test("a packet of reduced size stands alone (RFC 5506)", () => {
  const parsed = parseRtcp(bytes("81ce0002 00000001 00000002"));
  assert.ok(parsed.ok && parsed.value[0]!.kind === "other");
});

Deno.test("too many parts or too long a text cannot be printed", () => {
  const ssrcs = Array.from({ length: 32 }, () => 1);
  assert.throws(() => printRtcp([{ kind: "bye", ssrcs }]), RangeError);
  assert.throws(() => printRtcp([{ kind: "bye", ssrcs: [1], reason: "x".repeat(256) }]), RangeError);
});

Deno.test("NTP time keeps milliseconds, also after 2036", () => {
  for (const ms of [0, 1, 999, 1_700_000_000_123, Date.UTC(2036, 5, 1), Date.UTC(2040, 1, 2, 3, 4, 5, 6)]) {
    assert.ok(Math.abs(fromNtpTime(toNtpTime(ms)) - ms) < 0.001, String(ms));
  }
});

Deno.test("the middle of NTP time is that of RFC 3550 §6.4.1's figure", () => {
  assert.equal(middleOfNtp({ seconds: 0xb44db705, fraction: 0x20000000 }), 0xb7052000);
});

Deno.test("round trip is arrival less LSR less DLSR, as in RFC 3550 figure 2: 6.125 s", () => {
  // A = 0xb710:8000, LSR = 0xb705:2000, DLSR = 5.250 s.
  const nowMs = fromNtpTime({ seconds: 0xb44db710, fraction: 0x80000000 });
  const report = { lastSenderReport: 0xb7052000, delaySinceLastSenderReport: 0x00054000 };
  assert.equal(roundTripMs(report, nowMs), 6125);
});

Deno.test("a round trip that cannot be is not believed", () => {
  const nowMs = 1_700_000_000_000, now = middleOfNtp(toNtpTime(nowMs));
  assert.equal(roundTripMs({ lastSenderReport: 0, delaySinceLastSenderReport: 5 }, nowMs), undefined);
  assert.equal(roundTripMs({ lastSenderReport: now, delaySinceLastSenderReport: 65536 }, nowMs), undefined);
  const ancient = (now - 3600 * 65536) >>> 0;
  assert.equal(roundTripMs({ lastSenderReport: ancient, delaySinceLastSenderReport: 0 }, nowMs), undefined);
  assert.equal(roundTripMs({ lastSenderReport: now, delaySinceLastSenderReport: 100 }, nowMs), 0);
});
