import assert from "node:assert/strict";
import { writeRtpHeader } from "../rtp/mod.ts";
import { Numbering } from "./numbering.ts";

function packet(sequenceNumber: number, timestamp: number, ssrc = 7): Uint8Array {
  const bytes = new Uint8Array(12);
  writeRtpHeader(bytes, { marker: false, payloadType: 0, sequenceNumber, timestamp: timestamp >>> 0, ssrc });
  return bytes;
}

Deno.test("200,000 packets count on over every wrap, in both numbers", () => {
  const numbering = new Numbering();
  numbering.restart(packet(65000, 2 ** 32 - 1000));
  const { sequence, timestamp } = numbering;
  for (let i = 1; i <= 200_000; i++) {
    assert.ok(numbering.read(packet((65000 + i) & 0xffff, 2 ** 32 - 1000 + i * 48_000)));
    assert.equal(numbering.sequence - sequence, i);
    assert.equal(numbering.timestamp - timestamp, i * 48_000);
  }
});

Deno.test("an older packet gets its own place and does not move the newest", () => {
  const numbering = new Numbering();
  numbering.restart(packet(2, 320));
  numbering.read(packet(65535, 320 - 3 * 160));
  assert.equal(numbering.sequence, 2 ** 16 - 1);
  assert.equal(numbering.timestamp, 2 ** 32 - 160);
  assert.equal(numbering.isNewest, false);
});

Deno.test("another SSRC, or three packets from far behind, are another numbering; one stray is not", () => {
  const numbering = new Numbering();
  numbering.restart(packet(30000, 0));
  assert.equal(numbering.read(packet(30001, 160, 8)), false);
  assert.equal(numbering.read(packet(1000, 0)), true);
  assert.equal(numbering.read(packet(30001, 160)), true);
  assert.equal(numbering.read(packet(1000, 0)), true);
  assert.equal(numbering.read(packet(1001, 160)), true);
  assert.equal(numbering.read(packet(1002, 320)), false);
});
