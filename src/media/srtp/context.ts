/** A master key with its session ciphers and the streams under it: the cryptographic context of RFC 3711 §3.2. */
import type { SrtpKey } from "../plane.ts";
import { CounterCipher } from "./counter_cipher.ts";
import { GcmCipher } from "./gcm_cipher.ts";
import { deriveSessionKeys, type SessionKeys } from "./key_derivation.ts";
import type { PacketCipher } from "./packet_cipher.ts";
import { SrtpStream, type SrtpStreamState } from "./stream.ts";
import { type SrtpSuite, suiteOf } from "./suites.ts";

/**
 * Most synchronization sources under one key. A phone that takes a new one at each hold and resume stays far below it
 * in a day; a peer that invents them gains 30 kB.
 */
export const MAX_STREAMS = 128;
/** RFC 3711 §3.1: a master key identifier of SDES has 1 to 128 bytes (RFC 4568 §6.1). */
const MAX_MKI_LENGTH = 128;

/** Plain data of a context. */
export interface SrtpContextState {
  readonly key: SrtpKey;
  readonly streams: readonly SrtpStreamState[];
}

export class SrtpContext {
  readonly suite: SrtpSuite;
  readonly rtp: PacketCipher;
  readonly rtcp: PacketCipher;
  #key: SrtpKey;
  #mki: Uint8Array;
  readonly #streams = new Map<number, SrtpStream>();
  #last: SrtpStream | undefined;

  /** @throws {RangeError} when key and salt have not the suite's length or the MKI is longer than allowed. */
  constructor(key: SrtpKey) {
    this.suite = suiteOf(key.suite);
    this.#key = { ...key, keyAndSalt: Uint8Array.from(key.keyAndSalt) };
    this.#mki = mkiBytes(key);
    const keys = deriveSessionKeys(this.suite, key.keyAndSalt);
    this.rtp = cipher(this.suite, { keys: keys.rtp, tagLength: this.suite.tagLength });
    this.rtcp = cipher(this.suite, { keys: keys.rtcp, tagLength: this.suite.rtcpTagLength });
  }

  get key(): SrtpKey {
    return this.#key;
  }

  /** The master key identifier as it stands in packets; empty when there is none. Its value is not checked. */
  get mki(): Uint8Array {
    return this.#mki;
  }

  /** The same key may be signalled again with another identifier, or without. */
  takeMki(key: SrtpKey): void {
    this.#mki = mkiBytes(key);
    this.#key = { ...key, keyAndSalt: this.#key.keyAndSalt };
  }

  get streamCount(): number {
    return this.#streams.size;
  }

  /** The stream of `ssrc`, a signed 32-bit number; never makes one. */
  find(ssrc: number): SrtpStream | undefined {
    if (this.#last?.ssrc === ssrc) return this.#last;
    const stream = this.#streams.get(ssrc);
    if (stream !== undefined) this.#last = stream;
    return stream;
  }

  /** Remembers a stream whose packet has authenticated. The others give their key stream back: they rarely go on. */
  add(stream: SrtpStream): void {
    for (const other of this.#streams.values()) other.ahead.release();
    this.#streams.set(stream.ssrc, stream);
    this.#last = stream;
  }

  get isFull(): boolean {
    return this.#streams.size >= MAX_STREAMS;
  }

  /** True when `key` is the same key under the same suite, whatever its MKI. */
  hasKey(key: SrtpKey): boolean {
    const mine = this.#key.keyAndSalt, other = key.keyAndSalt;
    return key.suite === this.#key.suite && mine.length === other.length &&
      mine.every((byte, i) => byte === other[i]);
  }

  save(): SrtpContextState {
    return { key: this.#key, streams: [...this.#streams.values()].map((stream) => stream.save()) };
  }

  static restore(state: SrtpContextState): SrtpContext {
    const context = new SrtpContext(state.key);
    for (const stream of state.streams) context.add(SrtpStream.restore(stream));
    return context;
  }
}

function cipher(suite: SrtpSuite, options: { keys: SessionKeys; tagLength: number }): PacketCipher {
  return suite.mode === "gcm" ? new GcmCipher(suite, options) : new CounterCipher(suite, options);
}

function mkiBytes({ mki }: SrtpKey): Uint8Array {
  if (mki === undefined) return new Uint8Array(0);
  if (!Number.isInteger(mki.length) || mki.length < 1 || mki.length > MAX_MKI_LENGTH) {
    throw new RangeError(`Cannot use MKI: length ${mki.length}, want 1 to ${MAX_MKI_LENGTH}`);
  }
  const bytes = new Uint8Array(mki.length);
  let rest = BigInt(Math.max(0, Math.trunc(mki.value)));
  for (let i = bytes.length - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}
