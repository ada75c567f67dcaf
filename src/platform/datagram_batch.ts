/**
 * Datagrams by the row: those that wait at one socket are taken in one call (recvmmsg(2)), and those that follow each
 * other to the same peer leave in one (UDP_SEGMENT, udp(7)), which the kernel cuts up at the far end of its way. A thread
 * that keeps up finds one datagram at a time and has no use for it; one that does not gets by with half the work.
 */

import { type Inbox, MAX_DATAGRAM_BYTES, SOCKET_ADDRESS_BYTES, SocketAddress } from "../media/relay/mod.ts";
import * as libc from "./libc.ts";

/** Datagrams in one call: a flood on one port costs the others no more than so many. */
const SLOTS = 16;
/** Places in a `mmsghdr` and an `iovec` (see libc.ts), in words of 32 bits; upper halves of lengths stay 0. */
const HEADER = libc.MMSGHDR_BYTES / 4,
  NAME = libc.MSGHDR_NAME / 4,
  NAME_LENGTH = libc.MSGHDR_NAMELEN / 4,
  VECTORS = libc.MSGHDR_IOV / 4,
  VECTORS_LENGTH = libc.MSGHDR_IOVLEN / 4,
  CONTROL = libc.MSGHDR_CONTROL / 4,
  CONTROL_LENGTH = libc.MSGHDR_CONTROLLEN / 4,
  LENGTH = libc.MMSGHDR_LEN / 4;
const VECTOR = libc.IOVEC_BYTES / 4, VECTOR_LENGTH = libc.IOVEC_LEN / 4;
/** What is sent along: a `cmsghdr` and the length of a segment, filled up to eight bytes. */
const SEGMENT_BYTES = 2, CONTROL_BYTES = libc.CMSGHDR_BYTES + 8;

/** A socket as a batch needs it. */
interface BatchSocket {
  readonly handle: number;
  /** A datagram of `length` bytes lies in the inbox. Must not throw. */
  give(length: number): void;
  send(bytes: Uint8Array<ArrayBuffer>, length: number, to: SocketAddress): boolean;
}

export class DatagramBatch {
  readonly #libc: libc.LibcHandle;
  readonly #memory: Uint8Array<ArrayBuffer>;
  readonly #inHeaders = new Uint32Array(SLOTS * HEADER);
  readonly #inHeaderBytes = new Uint8Array(this.#inHeaders.buffer);
  readonly #inVectors = new Uint32Array(SLOTS * VECTOR);
  readonly #outHeader = new Uint32Array(HEADER);
  readonly #outHeaderBytes = new Uint8Array(this.#outHeader.buffer);
  readonly #outVectors = new Uint32Array(SLOTS * VECTOR);
  readonly #target = new SocketAddress();
  readonly #control = new Uint8Array(CONTROL_BYTES);
  readonly #segmentLength = new Uint16Array(this.#control.buffer, libc.CMSGHDR_BYTES, 1);
  /** Where each datagram lies, with room behind it. */
  readonly #slots: readonly Uint8Array<ArrayBuffer>[];
  readonly #sources = Array.from({ length: SLOTS }, () => new SocketAddress());
  /** Slot of the datagram that its receiver looks at; −1 when there is none. */
  #current = -1;
  /** What leaves with the next {@linkcode flush}: so many, each of this length, from there to there. */
  #waiting = 0;
  #length = 0;
  #socket: BatchSocket | undefined;
  #to: SocketAddress | undefined;
  readonly #outSlots = new Uint8Array(SLOTS);

  constructor(handle: libc.LibcHandle, slotBytes: number) {
    this.#libc = handle;
    this.#memory = new Uint8Array(SLOTS * slotBytes);
    const memory = libc.pointerTo(this.#memory), vectors = libc.pointerTo(this.#inVectors);
    for (let slot = 0; slot < SLOTS; slot++) {
      const header = slot * HEADER, vector = slot * VECTOR;
      setPointer(this.#inHeaders, header + NAME, libc.pointerTo(this.#sources[slot]!.bytes));
      setPointer(this.#inHeaders, header + VECTORS, vectors + BigInt(slot * libc.IOVEC_BYTES));
      this.#inHeaders[header + VECTORS_LENGTH] = 1;
      setPointer(this.#inVectors, vector, memory + BigInt(slot * slotBytes));
      this.#inVectors[vector + VECTOR_LENGTH] = MAX_DATAGRAM_BYTES;
    }
    setPointer(this.#outHeader, NAME, libc.pointerTo(this.#target.bytes));
    setPointer(this.#outHeader, VECTORS, libc.pointerTo(this.#outVectors));
    setPointer(this.#outHeader, CONTROL, libc.pointerTo(this.#control));
    this.#outHeader[CONTROL_LENGTH] = CONTROL_BYTES;
    const control = new DataView(this.#control.buffer);
    control.setUint32(libc.CMSGHDR_LEN, libc.CMSGHDR_BYTES + SEGMENT_BYTES, true);
    control.setInt32(libc.CMSGHDR_LEVEL, libc.SOL_UDP, true);
    control.setInt32(libc.CMSGHDR_TYPE, libc.UDP_SEGMENT, true);
    this.#slots = Array.from(
      { length: SLOTS },
      (_, slot) => this.#memory.subarray(slot * slotBytes, (slot + 1) * slotBytes),
    );
  }

  /** Takes what waits at the socket, at most {@linkcode SLOTS}, shows each in the inbox, sends what came of it; how many. */
  deliver(socket: BatchSocket, inbox: Inbox): number {
    const { bytes, source } = inbox, count = this.#receive(socket.handle);
    for (let slot = 0; slot < count; slot++) {
      this.#current = slot;
      inbox.bytes = this.#slots[slot]!;
      inbox.source = this.#sources[slot]!;
      // Also of a datagram that was longer than its slot.
      socket.give(this.#inHeaders[slot * HEADER + LENGTH]!);
    }
    this.flush();
    this.#current = -1;
    inbox.bytes = bytes;
    inbox.source = source;
    return count;
  }

  #receive(descriptor: number): number {
    for (let slot = 0; slot < SLOTS; slot++) {
      this.#inHeaders[slot * HEADER + NAME_LENGTH] = SOCKET_ADDRESS_BYTES;
    }
    const flags = libc.MSG_DONTWAIT | libc.MSG_TRUNC;
    return Math.max(0, this.#libc.calls.recvmmsg(descriptor, this.#inHeaderBytes, SLOTS, flags, null));
  }

  /** True for where the datagram lies whose receiver looks at it. */
  holds(bytes: Uint8Array): boolean {
    return this.#current >= 0 && bytes === this.#slots[this.#current];
  }

  get isEmpty(): boolean {
    return this.#waiting === 0;
  }

  /** Keeps the datagram whose receiver looks at it for the next {@linkcode flush}. */
  add(socket: BatchSocket, length: number, to: SocketAddress): void {
    if (this.#waiting > 0 && (socket !== this.#socket || length !== this.#length || to !== this.#to)) {
      this.flush();
    }
    this.#socket = socket;
    this.#length = length;
    this.#to = to;
    const slot = this.#current, from = slot * VECTOR, vector = this.#waiting * VECTOR;
    this.#outVectors[vector] = this.#inVectors[from]!;
    this.#outVectors[vector + 1] = this.#inVectors[from + 1]!;
    this.#outVectors[vector + VECTOR_LENGTH] = length;
    this.#outSlots[this.#waiting++] = slot;
  }

  /** Sends what waits. */
  flush(): void {
    const socket = this.#socket, to = this.#to, count = this.#waiting;
    this.#waiting = 0;
    this.#socket = this.#to = undefined;
    if (count === 0 || socket === undefined || to === undefined) return;
    if (count > 1 && this.#sendSegments(socket, count, to)) return;
    for (let i = 0; i < count; i++) socket.send(this.#slots[this.#outSlots[i]!]!, this.#length, to);
  }

  /** False when the kernel did not take them as one: a path with a smaller MTU, a device that cannot count checksums. */
  #sendSegments(socket: BatchSocket, count: number, to: SocketAddress): boolean {
    this.#target.copyFrom(to);
    this.#outHeader[NAME_LENGTH] = to.byteLength;
    this.#outHeader[VECTORS_LENGTH] = count;
    this.#segmentLength[0] = this.#length;
    return this.#libc.calls.sendmsg(socket.handle, this.#outHeaderBytes, libc.MSG_DONTWAIT) >= 0;
  }
}

function setPointer(words: Uint32Array, at: number, value: bigint): void {
  words[at] = Number(value & 0xffff_ffffn);
  words[at + 1] = Number(value >> 32n);
}
