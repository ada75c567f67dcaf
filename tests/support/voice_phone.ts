/** A raw phone with plain RTP: it says a packet when told to, and remembers what it hears. */

import assert from "node:assert/strict";
import type { Network } from "../../src/media/mod.ts";
import { openLibcNetwork } from "../../src/platform/datagram.ts";
import { RawPhone } from "./raw_phone.ts";
import { PCMA, RtpPeer } from "./rtp_peer.ts";

export interface VoicePhoneOptions {
  readonly user: string;
  readonly address: string;
  readonly server: string;
  /** Names telephone-event as payload type 101. */
  readonly takesEvents?: boolean;
}

/** Twenty seconds of silence; a packet that comes ends its turn at once. */
const MAX_PUMPS = 1000;

export class VoicePhone implements AsyncDisposable {
  readonly phone: RawPhone;
  readonly rtp: RtpPeer;
  readonly #network: Network = openLibcNetwork() ?? assert.fail("libc cannot be opened");
  readonly #server: string;

  constructor({ takesEvents = false, ...place }: VoicePhoneOptions) {
    this.#server = place.server;
    this.rtp = new RtpPeer(this.#network, { host: place.address, ssrc: 0x6000 + Number(place.user) });
    const formats = takesEvents ? "8 101\r\na=rtpmap:101 telephone-event/8000" : "8";
    const lines = () => `m=audio ${this.rtp.port} RTP/AVP ${formats}\r\na=rtcp:${this.rtp.rtcpPort}\r\n`;
    this.phone = new RawPhone({ ...place, describe: lines });
  }

  /** Sends 20 ms whose every byte is `code`. */
  say(code: number): void {
    const port = Number(/^m=audio (\d+)/m.exec(this.phone.described)?.[1] ?? 0);
    this.rtp.aimAt(port, this.#server);
    assert.ok(this.rtp.send(new Uint8Array(160).fill(code), { payloadType: PCMA.payloadType }));
  }

  /** True once it hears such a packet of another. */
  hears(code: number): boolean {
    return this.rtp.heard.some(({ payload }) => payload.length > 0 && payload.every((byte) => byte === code));
  }

  /** Listens until it is so; `meanwhile` runs every 20 ms. */
  async until(isSo: () => boolean, what: string, meanwhile: () => void = () => {}): Promise<void> {
    for (let turn = 0; turn < MAX_PUMPS && !isSo(); turn++) {
      meanwhile();
      await this.#network.pump(20);
    }
    assert.ok(isSo(), `no ${what}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.rtp.close();
    this.#network.close();
    await this.phone[Symbol.asyncDispose]();
  }
}
