/**
 * AES key stream made ahead. The counters of the next packets of a stream are known before the packets are
 * (RFC 3711 §4.1.1, RFC 7714 §8.1), and one call of the block cipher over many blocks costs a tenth per block of what
 * a call for each packet does.
 */
import { createCipheriv } from "node:crypto";
import type { PacketJob } from "./packet_job.ts";
import type { SrtpSuite } from "./suites.ts";

const BLOCK = 16;
/** Blocks of key stream kept for one stream: 2.5 kB, 14 packets of 20 ms G.711; twice as many would save 5 % of the time. */
const AHEAD_BLOCKS = 160;
const FIRST_AHEAD_PACKETS = 4;
const MOST_AHEAD_PACKETS = 64;

/** Shared by all streams of a thread: counters on their way into the cipher. */
const counters = new Uint8Array(AHEAD_BLOCKS * BLOCK);
const counterWords = new Int32Array(counters.buffer);
const first = new Uint8Array(BLOCK);
const firstWords = new Int32Array(first.buffer);
const NOTHING = new Uint8Array(0);

/**
 * The runtime keeps what stands behind a cipher until its `final`, not until nobody holds it: without this each call would
 * leave a kilobyte behind, with its key.
 */
const leftovers = new FinalizationRegistry<ReturnType<typeof createCipheriv>>((cipher) => cipher.final());

/** Makes counter blocks and encrypts them with one long-lived cipher object. */
export class KeyStreamSource {
  readonly #cipher: ReturnType<typeof createCipheriv>;
  /** The counter block of packet 0 of SSRC 0. */
  readonly #template = new Uint8Array(BLOCK);
  /**
   *     CM:  salt(14) ^ [0 0 0 0 | SSRC | index(6)] , block counter(2)     from 0
   *     GCM: salt(12) ^ [0 0 | SSRC | index(6)] , 0 0 , block counter(2)   from 1, of which 1 masks the tag
   */
  readonly #ssrcAt: number;
  readonly #firstCounter: number;

  constructor(suite: SrtpSuite, keys: { readonly encryption: Uint8Array; readonly salt: Uint8Array }) {
    this.#cipher = createCipheriv(suite.blockCipher, keys.encryption, null);
    this.#cipher.setAutoPadding(false);
    leftovers.register(this, this.#cipher);
    this.#template.set(keys.salt);
    this.#ssrcAt = suite.mode === "gcm" ? 2 : 4;
    this.#firstCounter = suite.mode === "gcm" ? 1 : 0;
  }

  /** Encrypts whole blocks; the hash subkey of GCM is made so. */
  encrypt(blocks: Uint8Array): Uint8Array {
    return this.#cipher.update(blocks);
  }

  /** Key stream of `packets` packets from `index` on, `blocks` blocks each. */
  make(range: { ssrc: number; index: number; packets: number; blocks: number }): Uint8Array {
    const size = range.packets * range.blocks * BLOCK;
    const isLarge = size > counters.length;
    const bytes = isLarge ? new Uint8Array(size) : counters;
    const words = isLarge ? new Int32Array(bytes.buffer) : counterWords;
    let at = 0;
    for (let packet = 0; packet < range.packets; packet++) {
      this.#writeFirst(range.ssrc, range.index + packet);
      const w0 = firstWords[0]!, w1 = firstWords[1]!, w2 = firstWords[2]!, w3 = firstWords[3]!;
      for (let block = 0; block < range.blocks; block++, at += BLOCK) {
        const word = at >>> 2, counter = this.#firstCounter + block;
        words[word] = w0;
        words[word + 1] = w1;
        words[word + 2] = w2;
        words[word + 3] = w3;
        bytes[at + 14] = counter >>> 8;
        bytes[at + 15] = counter;
      }
    }
    return this.#cipher.update(bytes.subarray(0, size));
  }

  /** Counter block of a packet, block counter 0, into `first`. */
  #writeFirst(ssrc: number, index: number): void {
    for (let i = 0; i < BLOCK; i++) first[i] = this.#template[i]!;
    let place = this.#ssrcAt;
    first[place++]! ^= ssrc >>> 24;
    first[place++]! ^= ssrc >>> 16;
    first[place++]! ^= ssrc >>> 8;
    first[place++]! ^= ssrc;
    const high = Math.floor(index / 0x1_0000_0000);
    first[place++]! ^= high >>> 8;
    first[place++]! ^= high;
    first[place++]! ^= index >>> 24;
    first[place++]! ^= index >>> 16;
    first[place++]! ^= index >>> 8;
    first[place]! ^= index;
  }
}

/** The key stream of one synchronization source, some packets ahead. */
export class KeyStreamAhead {
  #buffer: Uint8Array = NOTHING;
  #base = 0;
  #packets = 0;
  #blocks = 0;
  /** Longest packet since the buffer was made, and how many packets of it were used. */
  #mostBlocks = 0;
  #used = 0;

  /**
   * Points `job` to key stream of `blocks` blocks for its packet: from the buffer, else made for this packet alone
   * (reordered far back, a gap, a longer packet). Changes nothing that another packet could notice, so it may be
   * asked before the packet has authenticated.
   */
  locate(source: KeyStreamSource, job: PacketJob, blocks: number): void {
    const ahead = job.index - this.#base;
    if (ahead >= 0 && ahead < this.#packets && blocks <= this.#blocks) {
      job.keyStream = this.#buffer;
      job.keyStreamAt = ahead * this.#blocks * BLOCK;
      return;
    }
    job.keyStream = source.make({ ssrc: job.ssrc, index: job.index, packets: 1, blocks });
    job.keyStreamAt = 0;
  }

  /** After an authenticated packet: makes the next stretch when the one at hand is used up or was left behind. */
  advance(source: KeyStreamSource, job: PacketJob, blocks: number): void {
    if (blocks > this.#mostBlocks) this.#mostBlocks = blocks;
    this.#used++;
    if (job.index < this.#base + this.#packets - 1) return;
    const fit = Math.max(1, Math.floor(AHEAD_BLOCKS / this.#mostBlocks));
    // A stream that leaves most of its stretch unused gets short ones, a steady one soon the longest.
    const wanted = this.#used * 2 >= this.#packets ? this.#packets * 2 : this.#packets >>> 1;
    this.#packets = Math.min(fit, MOST_AHEAD_PACKETS, Math.max(FIRST_AHEAD_PACKETS, wanted));
    this.#blocks = this.#mostBlocks;
    this.#base = job.index + 1;
    this.#buffer = source.make({
      ssrc: job.ssrc,
      index: this.#base,
      packets: this.#packets,
      blocks: this.#blocks,
    });
    this.#mostBlocks = 1;
    this.#used = 0;
  }

  /** Forgets the key stream at hand; it is made anew when the stream goes on. */
  release(): void {
    this.#buffer = NOTHING;
    this.#packets = 0;
  }
}
