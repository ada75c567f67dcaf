/** Cuts encoded 20 ms frames into packets of 10, 30, 40 or 60 ms for codecs whose bytes are evenly spaced in time. */

/** G.711 and G.722 at 64 kbit/s. */
export const BYTES_PER_MS = 8;

export class Packetizer {
  readonly #bytes: Uint8Array;
  readonly #packet: number;
  #filled = 0;

  /** `packetMs` between 10 and 60, a multiple of 10. */
  constructor(packetMs: number) {
    if (packetMs < 10 || packetMs > 60 || packetMs % 10 !== 0) {
      throw new RangeError(`Cannot cut packets: packetMs is ${packetMs}, expected 10 to 60 in steps of 10`);
    }
    this.#packet = packetMs * BYTES_PER_MS;
    this.#bytes = new Uint8Array(this.#packet + 20 * BYTES_PER_MS);
  }

  /** Adds one encoded frame. */
  push(frame: Uint8Array, length: number): void {
    const bytes = this.#bytes, at = this.#filled;
    const count = Math.min(length, bytes.length - at);
    for (let i = 0; i < count; i++) bytes[at + i] = frame[i]!;
    this.#filled = at + count;
  }

  /** Writes the next packet's payload to `target` from `offset`; returns its length, 0 when none is complete. */
  pop(target: Uint8Array, offset: number): number {
    if (this.#filled < this.#packet) return 0;
    const bytes = this.#bytes;
    for (let i = 0; i < this.#packet; i++) target[offset + i] = bytes[i]!;
    bytes.copyWithin(0, this.#packet, this.#filled);
    this.#filled -= this.#packet;
    return this.#packet;
  }
}
