/** What one packet costs: `deno bench -A src/media/srtp/srtp_bench.ts`. Each call seals or opens the next in line. */
import { hex } from "../../base/mod.ts";
import type { SrtpSuiteName } from "../plane.ts";
import { setSequenceNumber, writeRtpHeader } from "../rtp/mod.ts";
import { fakeKey } from "./fake_peer.ts";
import { SrtpReceiver, SrtpSender } from "./mod.ts";

const RING = 65536;
/** Before anything is measured: the long functions are compiled late. */
const WARM_UP = 200_000;

/** Plain packets differ only by sequence number: one buffer serves, filled again each time. */
function plainPacket(payload: number): Uint8Array {
  const packet = new Uint8Array(12 + payload + 16);
  const ssrc = 0x11223344;
  writeRtpHeader(packet, { marker: false, payloadType: 0, sequenceNumber: 0, timestamp: 0, ssrc });
  return packet;
}

/** Bytes of `RING` sealed packets in one block, packet `i` at `i * size`. */
function sealedRing(suite: SrtpSuiteName, payload: number) {
  const sender = new SrtpSender(fakeKey(suite, 1)), packet = plainPacket(payload);
  const size = 12 + payload + sender.overhead;
  const ring = new Uint8Array(RING * size);
  for (let i = 0; i < RING; i++) {
    setSequenceNumber(packet, i);
    packet.fill(0, 12);
    sender.seal(packet, 12 + payload);
    ring.set(packet.subarray(0, size), i * size);
  }
  return { ring, size };
}

for (const suite of ["AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM"] as const) {
  const sender = new SrtpSender(fakeKey(suite, 1)), receiver = new SrtpReceiver(fakeKey(suite, 1));
  const packet = plainPacket(160);
  for (let i = 0; i < WARM_UP; i++) {
    setSequenceNumber(packet, i & 0xffff);
    receiver.open(packet, sender.seal(packet, 172));
  }
}

for (
  const [suite, payload] of [
    ["AES_CM_128_HMAC_SHA1_80", 160],
    ["AES_256_CM_HMAC_SHA1_80", 160],
    ["AEAD_AES_128_GCM", 160],
    ["AEAD_AES_256_GCM", 160],
    ["AES_CM_128_HMAC_SHA1_80", 1200],
    ["AEAD_AES_128_GCM", 1200],
  ] as const
) {
  const group = `${suite} ${payload} bytes`;
  const packet = plainPacket(payload);
  const sender = new SrtpSender(fakeKey(suite, 1));
  let sent = 0;
  Deno.bench({
    name: `seal ${group}`,
    group,
    fn() {
      setSequenceNumber(packet, sent++ & 0xffff);
      if (sender.seal(packet, 12 + payload) < 0) throw new Error("not sealed");
    },
  });
  let opener: SrtpReceiver | undefined, sealed: ReturnType<typeof sealedRing> | undefined, next = 0;
  Deno.bench({
    name: `open ${group} (with the copy of the packet into place)`,
    group,
    fn() {
      sealed ??= sealedRing(suite, payload);
      const { ring, size } = sealed;
      // Behind the ring's end the same packets would be replays: begin again with a fresh receiver.
      if ((next & (RING - 1)) === 0) opener = new SrtpReceiver(fakeKey(suite, 1));
      const at = (next++ & (RING - 1)) * size;
      packet.set(ring.subarray(at, at + size));
      if (opener!.open(packet, size) < 0) throw new Error(`not opened ${hex(packet.subarray(0, 4))}`);
    },
  });
  const other = new SrtpSender(fakeKey(suite, 2));
  let through: SrtpReceiver | undefined, passed = 0;
  Deno.bench({
    name: `open and seal again ${group}`,
    group,
    fn() {
      sealed ??= sealedRing(suite, payload);
      const { ring, size } = sealed;
      if ((passed & (RING - 1)) === 0) through = new SrtpReceiver(fakeKey(suite, 1));
      const at = (passed++ & (RING - 1)) * size;
      packet.set(ring.subarray(at, at + size));
      const plain = through!.open(packet, size);
      if (plain < 0 || other.seal(packet, plain) < 0) throw new Error("not passed on");
    },
  });
}
