/**
 * AES-GCM (RFC 7714). Key stream block 1 masks the tag, the body begins at block 2; the tag is always 16 bytes. AES blocks
 * come from `node:crypto`, GHASH does not: its GCM wants an object for each nonce, which costs 4 µs a packet.
 */
import { Ghash } from "./ghash.ts";
import type { SessionKeys } from "./key_derivation.ts";
import { type KeyStreamAhead, KeyStreamSource } from "./key_stream.ts";
import { applyKeyStream, type PacketCipher } from "./packet_cipher.ts";
import type { PacketJob } from "./packet_job.ts";
import type { SrtpSuite } from "./suites.ts";

const BLOCK = 16;
const hash = new Int32Array(4);
const lengths = { aad: 0, text: 0 };
const rtcpAad = new Uint8Array(12);

export class GcmCipher implements PacketCipher {
  readonly tagLength = 16;
  readonly #source: KeyStreamSource;
  readonly #ghash: Ghash;

  constructor(suite: SrtpSuite, { keys }: { keys: SessionKeys }) {
    this.#source = new KeyStreamSource(suite, keys);
    this.#ghash = new Ghash(this.#source.encrypt(new Uint8Array(BLOCK)));
  }

  seal(job: PacketJob, ahead: KeyStreamAhead | undefined): void {
    this.#locate(job, ahead);
    applyKeyStream(job, BLOCK);
    this.#hash(job);
    for (let i = 0; i < this.tagLength; i++) job.packet[job.tagAt + i] = tagByte(job, i);
    ahead?.advance(this.#source, job, blocksOf(job));
  }

  verify(job: PacketJob, ahead: KeyStreamAhead | undefined): boolean {
    this.#locate(job, ahead);
    this.#hash(job);
    let difference = 0;
    for (let i = 0; i < this.tagLength; i++) difference |= job.packet[job.tagAt + i]! ^ tagByte(job, i);
    return difference === 0;
  }

  /** Goes on with the key stream that {@linkcode verify} has found. */
  decrypt(job: PacketJob, ahead: KeyStreamAhead | undefined): void {
    applyKeyStream(job, BLOCK);
    ahead?.advance(this.#source, job, blocksOf(job));
  }

  #locate(job: PacketJob, ahead: KeyStreamAhead | undefined): void {
    const blocks = blocksOf(job);
    if (ahead !== undefined) {
      ahead.locate(this.#source, job, blocks);
      return;
    }
    job.keyStream = this.#source.make({ ssrc: job.ssrc, index: job.index, packets: 1, blocks });
    job.keyStreamAt = 0;
  }

  /** GHASH over associated data and the encrypted body, into `hash`. */
  #hash(job: PacketJob): void {
    this.#ghash.reset();
    if (job.rtcpWordAt < 0) {
      lengths.aad = job.bodyStart;
      this.#ghash.update(job.packet, 0, job.bodyStart);
    } else {
      // RTCP: the fixed header and, behind the tag in the packet, E bit and index (RFC 7714 §9.2).
      for (let i = 0; i < 8; i++) rtcpAad[i] = job.packet[i]!;
      for (let i = 0; i < 4; i++) rtcpAad[8 + i] = job.packet[job.rtcpWordAt + i]!;
      lengths.aad = rtcpAad.length;
      this.#ghash.update(rtcpAad, 0, rtcpAad.length);
    }
    lengths.text = job.bodyEnd - job.bodyStart;
    this.#ghash.update(job.packet, job.bodyStart, job.bodyEnd);
    this.#ghash.finish(lengths, hash);
  }
}

function blocksOf(job: PacketJob): number {
  return 1 + ((job.bodyEnd - job.bodyStart + 15) >>> 4);
}

function tagByte(job: PacketJob, i: number): number {
  return ((hash[i >> 2]! >>> (24 - (i & 3) * 8)) & 0xff) ^ job.keyStream[job.keyStreamAt + i]!;
}
