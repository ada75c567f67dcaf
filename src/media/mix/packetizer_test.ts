import assert from "node:assert/strict";
import { Packetizer } from "./packetizer.ts";

for (const packetMs of [10, 20, 30, 40, 50, 60]) {
  Deno.test(`20 ms frames become ${packetMs} ms packets with every byte once and in order`, () => {
    const packetizer = new Packetizer(packetMs);
    const frame = new Uint8Array(160), packet = new Uint8Array(12 + 480);
    let put = 0, got = 0, packets = 0;
    for (let beat = 0; beat < 30; beat++) {
      for (let i = 0; i < 160; i++) frame[i] = put++;
      packetizer.push(frame, 160);
      for (let length = packetizer.pop(packet, 12); length > 0; length = packetizer.pop(packet, 12)) {
        assert.equal(length, packetMs * 8);
        for (let i = 0; i < length; i++) assert.equal(packet[12 + i], got++ & 255);
        packets++;
      }
    }
    assert.equal(packets, Math.floor(600 / packetMs));
  });
}

Deno.test("impossible packet times are refused", () => {
  for (const packetMs of [0, 5, 25, 70, NaN]) assert.throws(() => new Packetizer(packetMs), RangeError);
});
