/** Cuts messages out of a byte stream (RFC 3261 §18.3) and hears its keep-alives (RFC 5626 §3.5.1). */
import { readContentLength } from "./content_length.ts";
import { endOfHead, type Head, readHead } from "./head.ts";
import { isOf, TOKEN } from "./lexer.ts";
import { MAX_MESSAGE_BYTES } from "./limits.ts";
import { malformed } from "./malformed.ts";
import { parseAfterHead } from "./parse_message.ts";
import type { MalformedMessage, SipMessage } from "./message.ts";
import type { ParseFault } from "./types.ts";

/** `ping` wants a CRLF back, `pong` is one; a flood of them within one push is told once. */
export type Framed = SipMessage | MalformedMessage | "ping" | "pong";

const EMPTY = new Uint8Array(0);

/**
 * One per connection. Bytes come in any cut; at most `MAX_MESSAGE_BYTES` are kept between pushes. A message that is
 * malformed but ends where it says is reported and the stream goes on; once its end is in doubt the stream has `failed`,
 * what was read is reported, nothing more is read, and the connection must close.
 */
export class StreamFramer {
  #buffer: Uint8Array = EMPTY;
  #start = 0;
  #end = 0;
  /** The head of the message whose body is still on its way. */
  #head: { readonly head: Head; readonly bodyStart: number; readonly bodyLength: number } | undefined;
  /** How far from `#start` no end of a head was found. */
  #scanned = 0;
  /** A single CRLF was just told as a pong; one more makes it a ping. */
  #hasHalfPing = false;
  #failed: ParseFault | undefined;

  /** Why the stream cannot be read on. */
  get failed(): ParseFault | undefined {
    return this.#failed;
  }

  /** Bytes that wait for the rest of their message. */
  get waiting(): number {
    return this.#end - this.#start;
  }

  /** Takes the next bytes (they are copied where they must be kept) and returns what they complete, in order. */
  push(bytes: Uint8Array): Framed[] {
    const out: Framed[] = [];
    if (this.#failed !== undefined) return out;
    this.#append(bytes);
    while (this.#failed === undefined && this.#step(out)) { /* each step takes one thing off the buffer */ }
    if (this.#failed !== undefined || this.#start === this.#end) this.#forget();
    else if (this.#buffer === bytes) this.#keep(this.waiting);
    return out;
  }

  /** Takes the next thing off the buffer; false when more bytes are needed. */
  #step(out: Framed[]): boolean {
    if (this.#head === undefined) {
      this.#takeLineBreaks(out);
      if (!this.#readHead(out)) return false;
    }
    const { head, bodyStart, bodyLength } = this.#head!;
    const messageEnd = bodyStart + bodyLength;
    if (this.waiting < messageEnd) return false;
    const rest = { bytes: this.#buffer, start: this.#start + bodyStart, end: this.#start + messageEnd };
    const message = parseAfterHead(head, rest, { stream: true });
    out.push(message.ok ? message.value : message.error);
    this.#start += messageEnd;
    this.#head = undefined;
    this.#scanned = 0;
    return true;
  }

  /** CRLFs between messages are keep-alives. */
  #takeLineBreaks(out: Framed[]): void {
    let pings = 0;
    while (this.waiting >= 2 && this.#buffer[this.#start] === 13 && this.#buffer[this.#start + 1] === 10) {
      this.#start += 2;
      this.#scanned = 0;
      if (this.#hasHalfPing) pings++;
      this.#hasHalfPing = !this.#hasHalfPing;
    }
    if (pings > 0 && !out.includes("ping")) out.push("ping");
    if (this.#hasHalfPing && pings === 0 && !out.includes("pong") && this.waiting === 0) out.push("pong");
    if (this.waiting > 0 && this.#buffer[this.#start] !== 13) this.#hasHalfPing = false;
  }

  /** Reads the head when it is complete; false when it is not, or cannot be trusted. */
  #readHead(out: Framed[]): boolean {
    if (this.waiting === 0) return false;
    const first = this.#buffer[this.#start]!;
    if (!isOf(first, TOKEN) && first !== 13) return this.#fail(out, { where: "message", reason: "not SIP" });
    const view = this.#buffer.subarray(this.#start, Math.min(this.#end, this.#start + MAX_MESSAGE_BYTES));
    const bodyStart = endOfHead(view, this.#scanned);
    if (bodyStart < 0) {
      this.#scanned = Math.max(0, view.length - 3);
      if (view.length < MAX_MESSAGE_BYTES) return false;
      return this.#fail(out, { where: "message", reason: "too large" });
    }
    const head = readHead(view, 0, bodyStart);
    if (head.fault !== undefined) return this.#fail(out, head.fault, head);
    const length = readContentLength(head.headers);
    if (!length.ok) return this.#fail(out, length.error, head);
    if (length.value === undefined) {
      return this.#fail(out, { where: "Content-Length", reason: "missing on a stream" }, head);
    }
    if (bodyStart + length.value > MAX_MESSAGE_BYTES) {
      return this.#fail(out, { where: "message", reason: "too large", statusCode: 513 }, head);
    }
    this.#head = { head, bodyStart, bodyLength: length.value };
    return true;
  }

  #fail(out: Framed[], problem: ParseFault & { readonly statusCode?: number }, head?: Head): false {
    this.#failed = { where: problem.where, reason: problem.reason };
    out.push(malformed(problem, head));
    return false;
  }

  /** With nothing waiting the new bytes are read where they lie. */
  #append(bytes: Uint8Array): void {
    if (this.#start === this.#end) {
      this.#buffer = bytes;
      this.#start = 0;
      this.#end = bytes.length;
      return;
    }
    const needed = this.waiting + bytes.length;
    if (this.#end + bytes.length > this.#buffer.length) this.#keep(2 * needed);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Moves what waits into a buffer of its own; doubling keeps byte-wise delivery linear. */
  #keep(capacity: number): void {
    const buffer = new Uint8Array(capacity);
    buffer.set(this.#buffer.subarray(this.#start, this.#end));
    this.#end -= this.#start;
    this.#start = 0;
    this.#buffer = buffer;
  }

  #forget(): void {
    this.#buffer = EMPTY;
    this.#start = this.#end = 0;
  }
}
