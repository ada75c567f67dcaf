/** A raw phone that speaks SRTP in real time: its first sequence number and its suite are the test's to choose. */

import assert from "node:assert/strict";
import { encodePcma } from "../../src/media/codec/mod.ts";
import type { Network, SrtpKey } from "../../src/media/mod.ts";
import { openLibcNetwork } from "../../src/platform/datagram.ts";
import { CRYPTO_SUITES, type CryptoAttribute, parseCrypto, printCrypto } from "../../src/sdp/mod.ts";
import { RawPhone } from "./raw_phone.ts";
import { RtpPeer } from "./rtp_peer.ts";

export interface SrtpPhoneOptions {
  readonly user: string;
  readonly address: string;
  readonly server: string;
  readonly domain?: string;
  readonly suite: SrtpKey["suite"];
  readonly firstSequence: number;
}

const PACKET_MS = 20;
const PCMA = 8;
/** Its tone has whole periods in a packet, so that one packet is all of it. */
export const SRTP_PHONE_TONE = 1000;
const VOICE = tonePacket();

function tonePacket(): Uint8Array {
  const samples = Int16Array.from(
    { length: 160 },
    (_, i) => 8000 * Math.sin(2 * Math.PI * SRTP_PHONE_TONE * i / 8000),
  );
  const codes = new Uint8Array(samples.length);
  encodePcma(samples, codes);
  return codes;
}

export class SrtpPhone implements AsyncDisposable {
  readonly phone: RawPhone;
  readonly rtp: RtpPeer;
  /** How many keys the server has named so far. */
  keys = 0;
  /** Packets sent. */
  sent = 0;
  readonly #network: Network = openLibcNetwork() ?? assert.fail("libc cannot be opened");
  readonly #own: CryptoAttribute;
  #theirs = "";
  /** What we wish ourselves. */
  #wish: "sendrecv" | "sendonly" = "sendrecv";
  #isRunning = true;
  readonly #running: Promise<void>;

  constructor({ suite, firstSequence, ...place }: SrtpPhoneOptions) {
    const { keyBytes, saltBytes } = CRYPTO_SUITES[suite];
    const keyAndSalt = crypto.getRandomValues(new Uint8Array(keyBytes + saltBytes));
    this.#own = { tag: 1, suite, spelling: suite, keyAndSalt };
    this.rtp = new RtpPeer(this.#network, { host: place.address, ssrc: 0x5a5a0001 });
    this.rtp.sequence = firstSequence;
    this.phone = new RawPhone({ ...place, describe: (offer) => this.#describe(offer) });
    this.#running = this.#speak();
  }

  #describe(offer: string | undefined): string {
    const direction = /^a=sendonly/m.test(offer ?? "") ? "recvonly" : this.#wish;
    // An answer repeats the tag of the line that it takes (RFC 4568 §5.1.2).
    const tag = Number(new RegExp(`^a=crypto:(\\d+) ${this.#own.suite}`, "m").exec(offer ?? "")?.[1] ?? 1);
    return `m=audio ${this.rtp.port} RTP/SAVP ${PCMA}\r\na=rtcp:${this.rtp.rtcpPort}\r\na=${direction}\r\n` +
      `a=crypto:${printCrypto({ ...this.#own, tag })}\r\n`;
  }

  /** Holds the other side, or talks again. */
  async hold(isHeld: boolean): Promise<void> {
    this.#wish = isHeld ? "sendonly" : "sendrecv";
    await this.phone.offer();
  }

  /** What the server describes says where to send, whether, and what opens what it sends. */
  #obey(): boolean {
    const { described } = this.phone;
    const port = Number(/^m=audio (\d+)/m.exec(described)?.[1] ?? 0);
    const line = new RegExp(`^a=crypto:(\\d+ ${this.#own.suite} .*)\r$`, "m").exec(described)?.[1];
    if (port === 0 || line === undefined) return false;
    const theirs = parseCrypto(line);
    assert.ok(theirs.ok);
    const key = theirs.value.keyAndSalt.toBase64();
    if (key !== this.#theirs) {
      this.#theirs = key;
      this.keys++;
      this.rtp.secure({ send: this.#own, receive: theirs.value });
      this.rtp.aimAt(port, this.#server);
    }
    return !/^a=(sendonly|inactive)/m.test(described) && this.#wish === "sendrecv";
  }

  get #server(): string {
    return /^c=IN IP4 (\S+)/m.exec(this.phone.described)![1]!;
  }

  async #speak(): Promise<void> {
    for (let next = performance.now(); this.#isRunning;) {
      await this.#network.pump(Math.max(1, next - performance.now()));
      if (performance.now() < next) continue;
      next += PACKET_MS;
      if (this.#obey() && this.rtp.send(VOICE, { payloadType: PCMA })) this.sent++;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isRunning = false;
    await this.#running;
    this.rtp.close();
    this.#network.close();
    await this.phone[Symbol.asyncDispose]();
  }
}
