/** Sealed streams through a seeded bad network: every packet that arrives in time opens once, and is counted once. */
import assert from "node:assert/strict";
import { sameBytes, seededRandom } from "../../base/mod.ts";
import { NetworkEmulator } from "../../../tests/support/network_emulator.ts";
import { ReceiverStatistics } from "../rtp/mod.ts";
import { fakeKey, fakePacket } from "./fake_peer.ts";
import { refusalName, SrtpReceiver, SrtpSender } from "./mod.ts";

const PACKETS = 20_000;
const ROADS = {
  "a good one": {},
  "5 % of loss": { delayMs: 40, jitterMs: 10, loss: 0.05 },
  "duplicates": { delayMs: 40, duplication: 0.1 },
  "packets that overtake each other by half a second": { delayMs: 40, reordering: 0.05, reorderByMs: 500 },
  "all of it": { delayMs: 80, jitterMs: 60, loss: 0.1, duplication: 0.05, reordering: 0.1, reorderByMs: 90 },
} as const;

for (const suite of ["AES_CM_128_HMAC_SHA1_80", "AEAD_AES_256_GCM"] as const) {
  for (const [road, conditions] of Object.entries(ROADS)) {
    Deno.test(`${suite} over ${road}: nothing genuine is refused or harmed, nothing is counted twice`, () => {
      const seed = 20_240_607;
      const network = new NetworkEmulator<{ buffer: Uint8Array; length: number; plain: Uint8Array }>(
        conditions,
        seededRandom(seed),
      );
      const sender = new SrtpSender(fakeKey(suite)), receiver = new SrtpReceiver(fakeKey(suite));
      const statistics = new ReceiverStatistics(8000);
      const answers: Record<string, number> = {};
      const arrive = (nowMs: number) => {
        for (let packet = network.pop(nowMs); packet !== undefined; packet = network.pop(nowMs)) {
          const copy = packet.buffer.slice(), answer = receiver.open(copy, packet.length);
          const name = answer >= 0 ? "opened" : refusalName(answer);
          answers[name] = (answers[name] ?? 0) + 1;
          if (answer < 0) continue;
          assert.ok(sameBytes(copy.subarray(0, answer), packet.plain), "the packet as it was sent");
          statistics.receive(copy, nowMs);
        }
      };
      for (let i = 0; i < PACKETS; i++) {
        const nowMs = 1000 + i * 20;
        const { buffer, length } = fakePacket({ sequenceNumber: 60_000 + i });
        const plain = buffer.slice(0, length);
        network.push({ buffer, length: sender.seal(buffer, length), plain }, nowMs);
        arrive(nowMs);
      }
      arrive(Infinity);
      assert.equal(answers["opened"], PACKETS - network.lost, `seed ${seed}`);
      assert.equal(answers["replayed"] ?? 0, network.duplicated);
      assert.equal(answers["unauthentic"], undefined);
      assert.equal(statistics.received, PACKETS - network.lost);
      assert.equal(statistics.duplicates, 0);
      assert.ok(Math.abs(statistics.lost - network.lost) <= 5, "but for losses at either end");
    });
  }
}
