/** AES counter mode with HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1; RFC 6188). The tag covers header, body and index. */
import { HmacSha1 } from "./hmac_sha1.ts";
import type { SessionKeys } from "./key_derivation.ts";
import { type KeyStreamAhead, KeyStreamSource } from "./key_stream.ts";
import { applyKeyStream, type PacketCipher } from "./packet_cipher.ts";
import type { PacketJob } from "./packet_job.ts";
import { rolloverCounter } from "./rollover.ts";
import type { SrtpSuite } from "./suites.ts";

export class CounterCipher implements PacketCipher {
  readonly tagLength: number;
  readonly #source: KeyStreamSource;
  readonly #hmac: HmacSha1;

  constructor(suite: SrtpSuite, { keys, tagLength }: { keys: SessionKeys; tagLength: number }) {
    this.tagLength = tagLength;
    this.#source = new KeyStreamSource(suite, keys);
    this.#hmac = new HmacSha1(keys.authentication);
  }

  seal(job: PacketJob, ahead: KeyStreamAhead | undefined): void {
    this.decrypt(job, ahead);
    const { packet, tagAt } = job;
    const digest = this.#digest(job);
    for (let i = 0; i < this.tagLength; i++) packet[tagAt + i] = digest[i >> 2]! >>> (24 - (i & 3) * 8);
  }

  verify(job: PacketJob): boolean {
    const { packet, tagAt } = job;
    const digest = this.#digest(job);
    let difference = 0;
    for (let i = 0; i < this.tagLength; i++) {
      difference |= packet[tagAt + i]! ^ ((digest[i >> 2]! >>> (24 - (i & 3) * 8)) & 0xff);
    }
    return difference === 0;
  }

  /** Counter mode is its own inverse. */
  decrypt(job: PacketJob, ahead: KeyStreamAhead | undefined): void {
    const blocks = (job.bodyEnd - job.bodyStart + 15) >>> 4;
    if (blocks === 0) return;
    if (ahead === undefined) {
      job.keyStream = this.#source.make({ ssrc: job.ssrc, index: job.index, packets: 1, blocks });
      job.keyStreamAt = 0;
    } else {
      ahead.locate(this.#source, job, blocks);
    }
    applyKeyStream(job, 0);
    ahead?.advance(this.#source, job, blocks);
  }

  #digest(job: PacketJob): Int32Array {
    // RTP appends the rollover counter to what is authenticated; RTCP carries its whole index in the packet.
    if (job.rtcpWordAt < 0) return this.#hmac.digest(job.packet, job.bodyEnd, rolloverCounter(job.index));
    return this.#hmac.digest(job.packet, job.rtcpWordAt + 4, -1);
  }
}
