import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  classifyPacket,
  csrcCount,
  hasExtension,
  hasPadding,
  isValidRtp,
  marker,
  parseRtcp,
  payloadType,
  rtpHeaderLength,
  rtpPayloadEnd,
  sequenceNumber,
  setMarker,
  setPayloadType,
  setSequenceNumber,
  setSsrc,
  setTimestamp,
  ssrc,
  TelephoneEventDecoder,
  timestamp,
  writeRtpHeader,
} from "./mod.ts";

const bytes = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

Deno.test("a written header reads back, whatever the values", () => {
  const header = fc.record({
    marker: fc.boolean(),
    payloadType: fc.nat(127),
    sequenceNumber: fc.nat(65535),
    timestamp: fc.nat(0xffffffff),
    ssrc: fc.nat(0xffffffff),
  });
  fc.assert(fc.property(header, header, (first, second) => {
    const packet = new Uint8Array(12);
    assert.equal(writeRtpHeader(packet, first), 12);
    setMarker(packet, second.marker);
    setPayloadType(packet, second.payloadType);
    setSequenceNumber(packet, second.sequenceNumber);
    setTimestamp(packet, second.timestamp);
    setSsrc(packet, second.ssrc);
    const read = {
      marker: marker(packet),
      payloadType: payloadType(packet),
      sequenceNumber: sequenceNumber(packet),
      timestamp: timestamp(packet),
      ssrc: ssrc(packet),
    };
    assert.deepEqual(read, { ...second });
    assert.equal(rtpHeaderLength(packet, 12), 12);
  }));
});

for (
  const [promise, hex, header, payloadEnd] of [
    ["an empty datagram is no RTP", "", -1, -1],
    ["eleven bytes are no RTP", "8000000000000000000000", -1, -1],
    ["a header alone is RTP without payload", "800000000000000000000000", 12, 12],
    ["version 0 is refused", "000000000000000000000000ff", -1, -1],
    ["version 1 is refused", "400000000000000000000000ff", -1, -1],
    ["version 3 is refused", "c00000000000000000000000ff", -1, -1],
    ["CSRC entries belong to the header", "820000000000000000000000aaaaaaaabbbbbbbb55", 20, 21],
    ["a CSRC list beyond the packet is refused", "8f0000000000000000000000aaaaaaaa", -1, -1],
    ["an extension belongs to the header", "900000000000000000000000bede00011122334455", 20, 21],
    ["an extension of no words has four bytes", "900000000000000000000000bede000055", 16, 17],
    ["an extension without its length is refused", "900000000000000000000000bede", -1, -1],
    ["an extension beyond the packet is refused", "900000000000000000000000bedeffff00000000", -1, -1],
    ["padding is taken off the payload", "a000000000000000000000005566000003", 12, 14],
    ["padding of the whole payload leaves nothing", "a000000000000000000000000002", 12, 12],
    ["a padding count of zero is refused", "a000000000000000000000005500", 12, -1],
    ["a padding count into the header is refused", "a0000000000000000000000055ff", 12, -1],
  ] as const
) {
  Deno.test(promise, () => {
    const packet = bytes(hex);
    assert.equal(rtpHeaderLength(packet, packet.length), header);
    assert.equal(rtpPayloadEnd(packet, packet.length), payloadEnd);
  });
}

Deno.test("bytes behind the length given are not regarded", () => {
  const packet = bytes("900000000000000000000000bede00011122334455");
  assert.equal(rtpHeaderLength(packet, 18), -1);
  assert.equal(rtpHeaderLength(packet, 20), 20);
});

Deno.test("flags of the first byte are told apart", () => {
  const packet = bytes("b30000000000000000000000");
  assert.deepEqual([hasPadding(packet), hasExtension(packet), csrcCount(packet)], [true, true, 3]);
});

for (
  const [promise, hex, kind] of [
    ["payload type 0 is RTP", "8000", "rtp"],
    ["marker and payload type 63 is RTP (RFC 5761: 64–95 are not to be used)", "80bf", "rtp"],
    ["a sender report is RTCP", "80c8", "rtcp"],
    ["feedback is RTCP", "81cd", "rtcp"],
    ["192 and 223 are RTCP, 191 and 224 are not", "80c0", "rtcp"],
    ["marker and payload type 96 is RTP", "80e0", "rtp"],
    ["a STUN request is STUN", "0001", "stun"],
    ["DTLS is told apart", "16fe", "dtls"],
    ["ZRTP is something else", "1000", "other"],
    ["version 3 is something else", "c000", "other"],
    ["one byte is something else", "80", "other"],
  ] as const
) {
  Deno.test(`RFC 5761, RFC 7983: ${promise}`, () => {
    const packet = bytes(hex);
    assert.equal(classifyPacket(packet, packet.length), kind);
  });
}

interface Malformed {
  readonly id: string;
  readonly hex: string | null;
  readonly repeat: { prefix: string; fill: string; total: number } | null;
}

function malformed(): readonly Malformed[] {
  try {
    const place = new URL("../../../../shared/cases/rtp/malformed_media.json", import.meta.url);
    return (JSON.parse(Deno.readTextFileSync(place)) as { packets: Malformed[] }).packets;
  } catch {
    return [];
  }
}

/** Odd but well-formed by RFC 3550: these may pass. */
const SOUND = new Set(["pad_all", "huge_65507", "pt_rtcp_range", "rtcp_unknown_pt", "rtcp_app"]);

Deno.test({
  name: "malformed media packets are neither RTP nor RTCP, and nobody throws",
  ignore: malformed().length === 0,
  fn() {
    const decoder = new TelephoneEventDecoder({ clockRate: 8000, onDigit: () => assert.fail("a digit") });
    for (const { id, hex, repeat } of malformed()) {
      const packet = repeat === null
        ? bytes(hex ?? "")
        : Uint8Array.of(...bytes(repeat.prefix), ...new Uint8Array(repeat.total - 12).fill(0x7f));
      const kind = classifyPacket(packet, packet.length);
      const sound = kind === "rtp"
        ? isValidRtp(packet, packet.length)
        : kind === "rtcp" && parseRtcp(packet).ok;
      if (!SOUND.has(id)) assert.equal(sound, false, id);
      decoder.receive(packet, { length: Math.min(packet.length, 14), nowMs: 0 });
    }
  },
});

Deno.test("random bytes never throw and never give a payload outside the packet", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (packet) => {
    const header = rtpHeaderLength(packet, packet.length), end = rtpPayloadEnd(packet, packet.length);
    assert.ok(header <= packet.length && end <= packet.length);
    if (end >= 0) assert.ok(header >= 12 && header <= end);
    parseRtcp(packet);
  }));
});
