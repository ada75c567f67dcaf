/** The hot path makes no garbage that grows with packets, beside one call of the cipher for many of them; and keeps nothing. */
import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { keptPerRun, takenPerRun } from "../../../tests/support/memory_growth.ts";
import { fakeKey, fakePacket } from "./fake_peer.ts";
import { SrtpReceiver, SrtpSender } from "./mod.ts";

const PACKETS = 100_000;
/** Fewest packets for which key stream is made in one call. */
const STRETCH = 14;
/** Less than the smallest object or boxed number that could be made for each packet. */
const SMALLEST_OBJECT = 12;
/** Less than anything that could be kept of each packet: the noise of the process, spread over them. */
const NOTHING_KEPT = 2;

/** Most bytes of a packet sealed or opened that are to be swept, the cipher's own included. */
const ROWS = [
  ["AES_CM_128_HMAC_SHA1_80", { heap: 80, buffers: 340 }],
  ["AEAD_AES_128_GCM", { heap: 95, buffers: 375 }],
] as const;

for (const [suite, most] of ROWS) {
  Deno.test(`${suite}: ${PACKETS} packets are sealed and opened without an object for each, and nothing of them is kept`, async () => {
    const sender = new SrtpSender(fakeKey(suite)), receiver = new SrtpReceiver(fakeKey(suite));
    const { buffer, length } = fakePacket({ sequenceNumber: 0, payload: 160 });
    let next = 0;
    const pass = () => {
      buffer[2] = next >>> 8;
      buffer[3] = next++;
      if (receiver.open(buffer, sender.seal(buffer, length)) !== length) assert.fail(`packet ${next}`);
    };
    takenPerRun(pass, 60_000);
    const cipher = createCipheriv("aes-128-ecb", new Uint8Array(16), null), blocks = new Uint8Array(5120);
    const perCall = takenPerRun(() => cipher.update(blocks.subarray(0, 5120)), 5000).heap;
    const { heap, buffers } = takenPerRun(pass, PACKETS);
    const perPacket = heap - 2 * perCall / STRETCH;
    assert.ok(
      perPacket < SMALLEST_OBJECT,
      `${perPacket.toFixed(1)} bytes per packet beyond the cipher's own`,
    );
    // A pass is two packets.
    assert.ok(heap / 2 < most.heap, `${heap / 2} bytes of heap per packet`);
    assert.ok(buffers / 2 < most.buffers, `${buffers / 2} bytes of buffers per packet`);
    const kept = await keptPerRun(pass, PACKETS);
    assert.ok(kept < NOTHING_KEPT, `${kept.toFixed(2)} bytes per packet are kept`);
  });
}
