/**
 * What sealing and opening one G.711 packet costs: the median of some rounds, so that neither a lucky one nor the
 * engine's compiler counts.
 */
import type { SrtpKey } from "../../src/media/mod.ts";
import { writeRtpHeader } from "../../src/media/rtp/mod.ts";
import { SrtpReceiver, SrtpSender } from "../../src/media/srtp/mod.ts";
import { median } from "./median.ts";

const SUITES = [
  ["AES_CM_128_HMAC_SHA1_80", 30],
  ["AES_256_CM_HMAC_SHA1_80", 46],
  ["AEAD_AES_128_GCM", 28],
  ["AEAD_AES_256_GCM", 44],
] as const;
const LENGTH = 172;
/** Odd, that there be one in the middle. */
const ROUNDS = 7;
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
    const ends = new Ends({ suite, keyAndSalt: new Uint8Array(length).fill(7) });
    const rounds = Array.from({ length: ROUNDS }, () => ends.round());
    return {
      suite,
      sealMicros: median(rounds.map(({ sealMicros }) => sealMicros)),
      openMicros: median(rounds.map(({ openMicros }) => openMicros)),
    };
  });
}

/** Two ends of one stream. */
class Ends {
  readonly #sender: SrtpSender;
  readonly #receiver: SrtpReceiver;
  readonly #packets = Array.from({ length: STRETCH }, () => new Uint8Array(LENGTH + 32));
  readonly #lengths = new Int32Array(STRETCH);
  #sequence = 0;

  constructor(key: SrtpKey) {
    this.#sender = new SrtpSender(key);
    this.#receiver = new SrtpReceiver(key);
  }

  round(): Omit<CryptoCost, "suite"> {
    let sealMs = 0, openMs = 0;
    for (let stretch = 0; stretch < STRETCHES; stretch++) {
      this.#write();
      const start = performance.now();
      this.#seal();
      const sealed = performance.now();
      this.#open();
      sealMs += sealed - start;
      openMs += performance.now() - sealed;
    }
    const microsEach = 1000 / (STRETCH * STRETCHES);
    return { sealMicros: sealMs * microsEach, openMicros: openMs * microsEach };
  }

  #write(): void {
    for (const packet of this.#packets) {
      const sequenceNumber = this.#sequence++ & 0xffff;
      writeRtpHeader(packet, { marker: false, payloadType: 0, sequenceNumber, timestamp: 0, ssrc: 7 });
    }
  }

  #seal(): void {
    for (let i = 0; i < STRETCH; i++) this.#lengths[i] = this.#sender.seal(this.#packets[i]!, LENGTH);
  }

  #open(): void {
    for (let i = 0; i < STRETCH; i++) {
      const length = this.#receiver.open(this.#packets[i]!, this.#lengths[i]!);
      if (length !== LENGTH) throw new Error("Cannot open own packet");
    }
  }
}
