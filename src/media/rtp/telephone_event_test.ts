import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  type DecodedDigit,
  digitOfEvent,
  eventOfDigit,
  TelephoneEventDecoder,
  TelephoneEventSender,
  writeRtpHeader,
} from "./mod.ts";

const bytes = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

/** What a decoder says of packets that come 20 ms apart, and after a second of quiet. */
function decode(packets: readonly Uint8Array[]): DecodedDigit[] {
  const digits: DecodedDigit[] = [];
  const decoder = new TelephoneEventDecoder({ clockRate: 8000, onDigit: (digit) => digits.push(digit) });
  packets.forEach((packet, i) => {
    decoder.advance(i * 20);
    decoder.receive(packet, { length: packet.length, nowMs: i * 20 });
  });
  decoder.advance(packets.length * 20 + 1000);
  assert.equal(decoder.isRunning, false);
  return digits;
}

const text = (digits: readonly DecodedDigit[]) => digits.map(({ digit }) => digit).join("");

/** All packets of a row of digits as our sender makes them, `gapMs` of nothing between. */
function encode(digits: string, { toneMs = 100, gapMs = 80, start = 1000 } = {}): Uint8Array[] {
  const packets: Uint8Array[] = [];
  let sequenceNumber = 65530, timestamp = start;
  for (const digit of digits) {
    const sender = new TelephoneEventSender({ digit, toneMs, packetMs: 20, clockRate: 8000 });
    while (!sender.isDone) {
      const packet = new Uint8Array(16), marker = sender.isFirst;
      writeRtpHeader(packet, { marker, payloadType: 101, sequenceNumber, timestamp, ssrc: 5 });
      assert.equal(sender.write(packet, 12), 16);
      packets.push(packet);
      sequenceNumber = (sequenceNumber + 1) & 0xffff;
    }
    timestamp = (timestamp + sender.duration + gapMs * 8) >>> 0;
  }
  return packets;
}

Deno.test("events and digits belong together (RFC 4733 §3.2)", () => {
  for (let event = 0; event < 16; event++) assert.equal(eventOfDigit(digitOfEvent(event)!), event);
  assert.equal(eventOfDigit("a"), 12);
  for (const wrong of ["", "12", "E", "!", " "]) assert.equal(eventOfDigit(wrong), undefined);
  assert.equal(digitOfEvent(16), undefined);
  assert.throws(
    () => new TelephoneEventSender({ digit: "x", toneMs: 1, packetMs: 20, clockRate: 8000 }),
    RangeError,
  );
});

Deno.test("a digit is sent with marker on the first packet only and its end said three times", () => {
  const packets = encode("5", { toneMs: 100 });
  assert.deepEqual(packets.map((packet) => packet[1]! >>> 7), [1, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(packets.map((packet) => packet[13]! >>> 7), [0, 0, 0, 0, 1, 1, 1]);
  const durations = packets.map((packet) => (packet[14]! << 8) | packet[15]!);
  assert.deepEqual(durations, [160, 320, 480, 640, 800, 800, 800]);
  assert.equal(new Set(packets.map((packet) => packet.slice(4, 8).join())).size, 1);
});

Deno.test("every digit sent is decoded once, with its duration, over wrap of number and timestamp", () => {
  const digits = decode(encode("0123456789*#ABCD5544", { toneMs: 100, start: 0xffffff00 }));
  assert.equal(text(digits), "0123456789*#ABCD5544");
  for (const { durationMs } of digits) assert.equal(durationMs, 100);
});

Deno.test("digits survive any loss that leaves one packet of each, duplicates, and swapped neighbours", () => {
  fc.assert(fc.property(fc.array(fc.nat(2), { minLength: 40, maxLength: 40 }), fc.nat(6), (fates, kept) => {
    const packets = encode("1122*", { gapMs: 200 });
    const perDigit = packets.length / 5, out: Uint8Array[] = [];
    packets.forEach((packet, i) => {
      const fate = i % perDigit === kept ? 1 : fates[i]!;
      for (let copy = 0; copy < fate; copy++) out.push(packet);
      const last = out.length - 1;
      if (fate === 2 && last > 1 && i % perDigit > 1) {
        [out[last], out[last - 1]] = [out[last - 1]!, out[last]!];
      }
    });
    assert.equal(text(decode(out)), "1122*");
  }));
});

Deno.test("a sender that wrongly moves the timestamp on within an event still makes one digit", () => {
  const packets = encode("7", { toneMs: 200, start: 0x1000 });
  packets.forEach((packet, i) => packet[7] = i * 16);
  assert.equal(text(decode(packets)), "7");
});

Deno.test("a new source with a lower number and timestamp is heard at once", () => {
  const packets = encode("12");
  const again = encode("3").map((packet) => {
    packet[11] = 6;
    packet[2] = 0;
    packet[4] = 0;
    return packet;
  });
  assert.equal(text(decode([...packets, ...again])), "123");
});

Deno.test("a digit is told at its first end packet, not later", () => {
  const digits: DecodedDigit[] = [];
  const decoder = new TelephoneEventDecoder({ clockRate: 8000, onDigit: (digit) => digits.push(digit) });
  const packets = encode("9", { toneMs: 100 });
  packets.slice(0, 5).forEach((packet, i) => decoder.receive(packet, { length: 16, nowMs: 500 + i * 20 }));
  assert.deepEqual(digits, [{ digit: "9", durationMs: 100, startedMs: 500 }]);
});

interface Cases {
  readonly pcap_digits: readonly { digit: string; packets: readonly { rtp: string }[] }[];
  readonly edge: readonly { id: string; expect: string; packets: readonly (string | { rtp: string })[] }[];
}

function cases(): Cases | undefined {
  try {
    const place = new URL("../../../../shared/cases/rtp/dtmf_rfc4733.json", import.meta.url);
    return JSON.parse(Deno.readTextFileSync(place)) as Cases;
  } catch {
    return undefined;
  }
}

Deno.test({
  name: "digits recorded from real senders, and the edge cases, decode as expected",
  ignore: cases() === undefined,
  fn() {
    const { pcap_digits, edge } = cases()!;
    for (const { digit, packets } of pcap_digits) {
      assert.equal(text(decode(packets.map(({ rtp }) => bytes(rtp)))), digit);
    }
    const special: Record<string, string> = { flash_16: "", two_events_in_one: "1" };
    for (const { id, expect, packets } of edge) {
      const got = text(
        decode(packets.map((packet) => bytes(typeof packet === "string" ? packet : packet.rtp))),
      );
      assert.equal(got, special[id] ?? expect, id);
    }
  },
});
