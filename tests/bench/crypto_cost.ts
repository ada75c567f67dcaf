/** What sealing and opening one G.711 packet costs, the best of some rounds. */
import { writeRtpHeader } from "../../src/media/rtp/mod.ts";
import { SrtpReceiver, SrtpSender } from "../../src/media/srtp/mod.ts";

const SUITES = [
  ["AES_CM_128_HMAC_SHA1_80", 30],
  ["AEAD_AES_128_GCM", 28],
] as const;
const LENGTH = 172;
const ROUNDS = 6;
/** Packets kept sealed, to be opened after. */
const STRETCH = 2000;
const STRETCHES = 10;

export interface CryptoCost {
  readonly suite: string;
  readonly sealMicros: number;
  readonly openMicros: number;
}

export function cryptoMicros(): readonly CryptoCost[] {
  return SUITES.map(([suite, length]) => {
    const key = { suite, keyAndSalt: new Uint8Array(length).fill(7) };
    const sender = new SrtpSender(key), receiver = new SrtpReceiver(key);
    const packets = Array.from({ length: STRETCH }, () => new Uint8Array(LENGTH + 32));
    let sequence = 0, sealMicros = Infinity, openMicros = Infinity;
    for (let round = 0; round < ROUNDS; round++) {
      let sealMs = 0, openMs = 0;
      for (let stretch = 0; stretch < STRETCHES; stretch++) {
        for (const packet of packets) {
          const sequenceNumber = sequence++ & 0xffff;
          writeRtpHeader(packet, { marker: false, payloadType: 0, sequenceNumber, timestamp: 0, ssrc: 7 });
        }
        const lengths = new Int32Array(STRETCH);
        const start = performance.now();
        for (let i = 0; i < STRETCH; i++) lengths[i] = sender.seal(packets[i]!, LENGTH);
        const sealed = performance.now();
        for (let i = 0; i < STRETCH; i++) {
          if (receiver.open(packets[i]!, lengths[i]!) !== LENGTH) throw new Error(`Cannot open own ${suite}`);
        }
        sealMs += sealed - start;
        openMs += performance.now() - sealed;
      }
      const count = STRETCH * STRETCHES;
      sealMicros = Math.min(sealMicros, sealMs * 1000 / count);
      openMicros = Math.min(openMicros, openMs * 1000 / count);
    }
    return { suite, sealMicros, openMicros };
  });
}
