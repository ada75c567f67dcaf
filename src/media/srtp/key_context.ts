/** A master key and what is remembered under it (RFC 3711 §3.2): identifier, streams; without the ciphers. */
import { sameBytes } from "../../base/mod.ts";
import type { SrtpKey } from "../plane.ts";
import { NONE } from "../rtp/mod.ts";
import { SrtpStream, type SrtpStreamState } from "./stream.ts";
import { type SrtpSuite, suiteOf } from "./suites.ts";

/**
 * Most synchronization sources under one key. A phone that takes a new one at each hold and resume stays far below it
 * in a day; a peer that invents them gains less than 100 kB.
 */
export const MAX_STREAMS = 128;
/** A master key identifier of SDES has 1 to 128 bytes (RFC 4568 §6.1). */
const MAX_MKI_LENGTH = 128;
const NO_MKI = new Uint8Array(0);

/** Plain data of a context. */
export interface SrtpContextState {
  readonly key: SrtpKey;
  readonly streams: readonly SrtpStreamState[];
}

export class KeyContext {
  readonly suite: SrtpSuite;
  #key: SrtpKey;
  #mki: Uint8Array;
  readonly #streams = new Map<number, SrtpStream>();
  #last: SrtpStream | undefined;

  /** @throws {RangeError} when the MKI is longer than allowed. */
  constructor(key: SrtpKey) {
    this.suite = suiteOf(key.suite);
    this.#key = { ...key, keyAndSalt: Uint8Array.from(key.keyAndSalt) };
    this.#mki = mkiBytes(key);
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

  /** The highest index (RFC 3711 §3.3.1) of the packets of `ssrc` that were sealed or opened under this key. */
  highestIndex(ssrc: number): number | undefined {
    const highest = this.find(ssrc | 0)?.rtp.highest ?? NONE;
    return highest === NONE ? undefined : highest;
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
    return key.suite === this.#key.suite && sameBytes(key.keyAndSalt, this.#key.keyAndSalt);
  }

  save(): SrtpContextState {
    return { key: this.#key, streams: [...this.#streams.values()].map((stream) => stream.save()) };
  }

  /** Takes over the streams of a saved context. */
  restoreStreams(state: SrtpContextState): void {
    for (const stream of state.streams) this.add(SrtpStream.restore(stream));
  }
}

function mkiBytes({ mki }: SrtpKey): Uint8Array {
  if (mki === undefined) return NO_MKI;
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
