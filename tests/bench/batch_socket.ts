/** A UDP socket of the load generator that sends and takes many datagrams in one call (sendmmsg(2), recvmmsg(2)). */
import { SocketAddress } from "../../src/media/mod.ts";
import * as libc from "../../src/platform/libc.ts";

const handle = libc.openLibc();
if (!handle) throw new Error("Cannot generate load: libc cannot be opened");
const { calls } = handle;
const { symbols } = Deno.dlopen("libc.so.6", {
  sendmmsg: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  recvmmsg: { parameters: ["i32", "buffer", "u32", "i32", "pointer"], result: "i32" },
});

/** Datagrams in one call. */
export const BATCH = 64;
/** Room of each. */
export const SLOT = 512;
const BUFFER_BYTES = 4_000_000;
/** `struct mmsghdr` as in udp_message.ts with the length behind it; `struct iovec`; `struct sockaddr_in`. */
const HEADER = 64, LENGTH_AT = 56, VECTOR = 16, ADDRESS = 16;

/** Headers that point to `BATCH` slots of one block of memory. */
class Slots {
  readonly bytes = new Uint8Array(BATCH * SLOT);
  readonly headers = new Uint8Array(BATCH * HEADER);
  readonly headerView = new DataView(this.headers.buffer);
  readonly vectorView: DataView;
  readonly addressView: DataView;
  /** Kept, since the headers point into them. */
  readonly vectors = new Uint8Array(BATCH * VECTOR);
  readonly addresses = new Uint8Array(BATCH * ADDRESS);

  constructor() {
    this.vectorView = new DataView(this.vectors.buffer);
    this.addressView = new DataView(this.addresses.buffer);
    const [bytes, vectors, addresses] = [this.bytes, this.vectors, this.addresses].map((block) =>
      BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(block)))
    ) as [bigint, bigint, bigint];
    for (let i = 0; i < BATCH; i++) {
      this.vectorView.setBigUint64(i * VECTOR, bytes + BigInt(i * SLOT), true);
      this.vectorView.setBigUint64(i * VECTOR + 8, BigInt(SLOT), true);
      this.headerView.setBigUint64(i * HEADER, addresses + BigInt(i * ADDRESS), true);
      this.headerView.setUint32(i * HEADER + 8, ADDRESS, true);
      this.headerView.setBigUint64(i * HEADER + 16, vectors + BigInt(i * VECTOR), true);
      this.headerView.setBigUint64(i * HEADER + 24, 1n, true);
      this.addresses.set(SocketAddress.parse("127.0.0.1", 0)!.bytes.subarray(0, ADDRESS), i * ADDRESS);
    }
  }
}

export class BatchSocket {
  readonly port: number;
  readonly #descriptor: number;
  readonly #out = new Slots();
  readonly #in = new Slots();
  #waiting = 0;

  constructor() {
    this.#descriptor = calls.socket(libc.AF_INET, libc.SOCK_DGRAM | libc.SOCK_NONBLOCK, 0);
    const address = SocketAddress.parse("127.0.0.1", 0)!;
    const size = new Uint8Array(new Int32Array([BUFFER_BYTES]).buffer);
    calls.setsockopt(this.#descriptor, libc.SOL_SOCKET, libc.SO_RCVBUF, size, 4);
    if (calls.bind(this.#descriptor, address.bytes, 16) !== 0) {
      throw new Error("Cannot bind generator socket");
    }
    calls.getsockname(this.#descriptor, address.bytes, new Uint8Array(new Uint32Array([28]).buffer));
    this.port = address.port;
  }

  /** The block that outgoing datagrams are written into, and where the next begins. */
  get outgoing(): Uint8Array<ArrayBuffer> {
    return this.#out.bytes;
  }

  get outgoingAt(): number {
    return this.#waiting * SLOT;
  }

  /** Queues what stands at {@linkcode outgoingAt}; goes out with the next {@linkcode flush}, or when the batch is full. */
  push(length: number, port: number): void {
    const slot = this.#waiting;
    this.#out.vectorView.setUint32(slot * VECTOR + 8, length, true);
    this.#out.addressView.setUint16(slot * ADDRESS + 2, port);
    if (++this.#waiting === BATCH) this.flush();
  }

  flush(): void {
    for (let tried = 0; this.#waiting > 0; tried++) {
      const sent = symbols.sendmmsg(this.#descriptor, this.#out.headers, this.#waiting, libc.MSG_DONTWAIT);
      // The first datagram's error stands for all (an ICMP message about an earlier one): the same again.
      if (sent === this.#waiting || tried === BATCH) this.#waiting = 0;
      else if (sent > 0) {
        throw new Error(`Cannot go on: the kernel took ${sent} of ${this.#waiting} datagrams`);
      }
    }
  }

  /** Number of datagrams taken into {@linkcode incoming}, at most {@linkcode BATCH}. */
  take(): number {
    return Math.max(0, symbols.recvmmsg(this.#descriptor, this.#in.headers, BATCH, libc.MSG_DONTWAIT, null));
  }

  get incoming(): Uint8Array<ArrayBuffer> {
    return this.#in.bytes;
  }

  incomingLength(slot: number): number {
    return this.#in.headerView.getUint32(slot * HEADER + LENGTH_AT, true);
  }
}
