/**
 * Messages in the order they passed, the oldest forgotten first: columns and one buffer instead of an object each, so that a
 * flood of registrations makes no garbage that lives.
 */

import { filedUnder, numberOf, type TracedMessage, type TracedPath } from "./traced_message.ts";

const FIRST_BYTES = 65_536;

export class TraceRing {
  readonly #maxBytes: number;
  readonly #maxMessages: number;
  readonly #at: Float64Array;
  readonly #sequence: Float64Array;
  readonly #start: Int32Array;
  readonly #length: Int32Array;
  readonly #number: Int32Array;
  readonly #isOut: Uint8Array;
  readonly #paths: TracedPath[] = [];
  #buffer: Uint8Array;
  /** Place of the oldest message in the columns. */
  #first = 0;
  /** Where the next message goes in the buffer, as long as there is room. */
  #end = 0;
  messages = 0;
  bytes = 0;

  constructor({ maxBytes, maxMessages }: { readonly maxBytes: number; readonly maxMessages: number }) {
    this.#maxBytes = maxBytes;
    this.#maxMessages = maxMessages;
    this.#at = new Float64Array(maxMessages);
    this.#sequence = new Float64Array(maxMessages);
    this.#start = new Int32Array(maxMessages);
    this.#length = new Int32Array(maxMessages);
    this.#number = new Int32Array(maxMessages);
    this.#isOut = new Uint8Array(maxMessages);
    this.#buffer = new Uint8Array(Math.min(FIRST_BYTES, maxBytes));
  }

  /** Keeps a copy. `number` is that of the Call-ID, see {@linkcode numberOf}. What is empty or larger than the ring is not. */
  add(number: number, message: TracedMessage): void {
    const { length } = message.bytes;
    if (length === 0 || length > this.#maxBytes) return;
    if (this.messages === this.#maxMessages) this.#forgetOldest();
    const start = this.#makeRoom(length);
    const place = (this.#first + this.messages) % this.#maxMessages;
    this.#buffer.set(message.bytes, start);
    this.#at[place] = message.at;
    this.#sequence[place] = message.sequence;
    this.#start[place] = start;
    this.#length[place] = length;
    this.#number[place] = number;
    this.#isOut[place] = message.direction === "out" ? 1 : 0;
    this.#paths[place] = message.path;
    this.#end = start + length;
    this.messages++;
    this.bytes += length;
  }

  /** The messages of these Call-IDs, oldest first; their bytes hold until the next message comes. */
  of(callIds: ReadonlySet<string>): TracedMessage[] {
    const numbers = new Set([...callIds].map(numberOf));
    const messages: TracedMessage[] = [];
    for (let i = 0; i < this.messages; i++) {
      if (!numbers.has(this.#number[(this.#first + i) % this.#maxMessages]!)) continue;
      const message = this.#message(i);
      if (callIds.has(filedUnder(message.bytes).callId)) messages.push(message);
    }
    return messages;
  }

  /** The newest `limit` messages, oldest of them first; their bytes hold until the next message comes. */
  newest(limit: number): TracedMessage[] {
    const messages: TracedMessage[] = [];
    for (let i = Math.max(0, this.messages - limit); i < this.messages; i++) messages.push(this.#message(i));
    return messages;
  }

  #message(index: number): TracedMessage {
    const place = (this.#first + index) % this.#maxMessages, start = this.#start[place]!;
    return {
      sequence: this.#sequence[place]!,
      at: this.#at[place]!,
      direction: this.#isOut[place] ? "out" : "in",
      path: this.#paths[place]!,
      bytes: this.#buffer.subarray(start, start + this.#length[place]!),
    };
  }

  /** Where `length` bytes may be written. */
  #makeRoom(length: number): number {
    for (;;) {
      if (this.messages === 0) {
        if (length <= this.#buffer.length) return 0;
      } else {
        const oldest = this.#start[this.#first]!, isWrapped = this.#end <= oldest;
        if (length <= (isWrapped ? oldest : this.#buffer.length) - this.#end) return this.#end;
        if (!isWrapped && length <= oldest) return 0;
      }
      if (this.#buffer.length < this.#maxBytes) this.#grow(length);
      else this.#forgetOldest();
    }
  }

  #forgetOldest(): void {
    this.bytes -= this.#length[this.#first]!;
    this.#first = (this.#first + 1) % this.#maxMessages;
    this.messages--;
  }

  /** A buffer twice as large, or as large as it may be, with all messages one after the other. */
  #grow(length: number): void {
    const larger = new Uint8Array(
      Math.min(this.#maxBytes, Math.max(2 * this.#buffer.length, this.bytes + length)),
    );
    let end = 0;
    for (let i = 0; i < this.messages; i++) {
      const place = (this.#first + i) % this.#maxMessages, start = this.#start[place]!;
      larger.set(this.#buffer.subarray(start, start + this.#length[place]!), end);
      this.#start[place] = end;
      end += this.#length[place]!;
    }
    this.#buffer = larger;
    this.#end = end;
  }
}
