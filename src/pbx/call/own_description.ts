/** Our own description towards one peer: its identity, and a version that grows with every change (RFC 3264 §8). */

import { type Random, sameBytes } from "../../base/mod.ts";
import { describe, type LocalStream, printSdp } from "../../sdp/mod.ts";

export interface OwnDescriptionOptions {
  readonly random: Random;
  readonly family: "ipv4" | "ipv6";
  readonly host: string;
}

export class OwnDescription {
  /** The m-lines as said last. */
  streams: readonly LocalStream[] = [];
  readonly #family: "ipv4" | "ipv6";
  readonly #host: string;
  readonly #sessionId: string;
  #version = 0;
  #printed: Uint8Array | undefined;

  constructor({ random, family, host }: OwnDescriptionOptions) {
    this.#family = family;
    this.#host = host;
    const [a, b, c, d] = random.bytes(4);
    this.#sessionId = String(((a! << 24) | (b! << 16) | (c! << 8) | d!) >>> 0);
  }

  /** The text of `streams`, which become what was said last. */
  print(streams: readonly LocalStream[]): Uint8Array {
    this.streams = streams;
    const printed = this.#printed;
    if (printed && sameBytes(printed, this.#print())) return printed;
    this.#version++;
    return this.#printed = this.#print();
  }

  #print(): Uint8Array {
    const session = { sessionId: this.#sessionId, version: this.#version, streams: this.streams };
    return printSdp(describe({ ...session, family: this.#family, host: this.#host }));
  }
}
