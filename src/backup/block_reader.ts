/** Blocks of a wished size out of chunks of any. */

export class BlockReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();
  #isEnded = false;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Exactly `length` bytes; fewer only at the end. */
  async read(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const block = new Uint8Array(length);
    let filled = 0;
    while (filled < length && !await this.isAtEnd()) {
      const part = this.#rest.subarray(0, length - filled);
      block.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return block.subarray(0, filled);
  }

  /** At most `length` bytes, at least one unless it is the end; no copy is made. */
  async readSome(length: number): Promise<Uint8Array> {
    if (await this.isAtEnd()) return new Uint8Array();
    const part = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#rest.length === 0 && !this.#isEnded) {
      const next = await this.#chunks.next();
      if (next.done) this.#isEnded = true;
      else this.#rest = next.value;
    }
    return this.#rest.length === 0;
  }
}
