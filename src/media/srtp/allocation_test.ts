/** The hot path makes no garbage that grows with packets, beside one call of the cipher for many of them. */
import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { fakeKey, fakePacket } from "./fake_peer.ts";
import { SrtpReceiver, SrtpSender } from "./mod.ts";

const PACKETS = 100_000;
/** Fewest packets for which key stream is made in one call. */
const STRETCH = 14;
/** Less than the smallest object or boxed number that could be made for each packet. */
const SMALLEST_OBJECT = 12;

/** Heap bytes that each of `times` runs of `work` takes. Looks between which the heap was swept are left out. */
function bytesPerRun(work: () => void, times: number): number {
  const look = Math.max(1, times / 100);
  let grown = 0, looks = 0;
  for (let done = 0; done < times; done += look) {
    const before = Deno.memoryUsage().heapUsed;
    for (let i = 0; i < look; i++) work();
    const growth = Deno.memoryUsage().heapUsed - before;
    if (growth < 0) continue;
    grown += growth;
    looks++;
  }
  return grown / (looks * look);
}

for (const suite of ["AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM"] as const) {
  Deno.test(`${suite}: ${PACKETS} packets are sealed and opened without an object for each`, () => {
    const sender = new SrtpSender(fakeKey(suite)), receiver = new SrtpReceiver(fakeKey(suite));
    const { buffer, length } = fakePacket({ sequenceNumber: 0, payload: 160 });
    let next = 0;
    const pass = () => {
      buffer[2] = next >>> 8;
      buffer[3] = next++;
      if (receiver.open(buffer, sender.seal(buffer, length)) !== length) assert.fail(`packet ${next}`);
    };
    bytesPerRun(pass, 60_000);
    const cipher = createCipheriv("aes-128-ecb", new Uint8Array(16), null), blocks = new Uint8Array(5120);
    const perCall = bytesPerRun(() => cipher.update(blocks.subarray(0, 5120)), 5000);
    const perPacket = bytesPerRun(pass, PACKETS) - 2 * perCall / STRETCH;
    assert.ok(
      perPacket < SMALLEST_OBJECT,
      `${perPacket.toFixed(1)} bytes per packet beyond the cipher's own`,
    );
  });
}
