/** A UDP socket of the load generator that sends and takes many datagrams in one call (sendmmsg(2), recvmmsg(2)). */
import { SocketAddress } from "../../src/media/mod.ts";
import * as libc from "../../src/platform/libc.ts";

const handle = libc.openLibc();
if (!handle) throw new Error("Cannot generate load: libc cannot be opened");
const { calls } = handle;

/** Datagrams, or rows of them, in one call. */
export const BATCH = 64;
/** Room of each that is sent, four datagrams at most, and of each row that arrives. */
const SLOT = 768, ROW = 3136;
const BUFFER_BYTES = 4_000_000;
/** `struct mmsghdr` and `struct iovec` (see libc.ts); `struct sockaddr_in`. */
const HEADER = libc.MMSGHDR_BYTES, VECTOR = libc.IOVEC_BYTES, ADDRESS = 16;
/** `struct cmsghdr` with the length of each datagram of a row (UDP_GRO and UDP_SEGMENT, udp(7)). */
const CONTROL = 32, SEGMENT_AT = libc.CMSGHDR_BYTES;
const UDP_GRO = 104;
/** Of the control message that asks for a row: with a 16-bit length, and rounded up. */
const ROW_CONTROL = libc.CMSGHDR_BYTES + 2, ROW_CONTROL_SPACE = libc.CMSGHDR_BYTES + 8;

/** Headers that point to `BATCH` slots of one block of memory. */
class Slots {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly each: readonly Uint8Array<ArrayBuffer>[];
  readonly headers = new Uint8Array(BATCH * HEADER);
  readonly headerView = new DataView(this.headers.buffer);
  readonly vectorView: DataView;
  readonly addressView: DataView;
  readonly controlView: DataView;
  /** Kept, since the headers point into them. */
  readonly #vectors = new Uint8Array(BATCH * VECTOR);
  readonly #addresses = new Uint8Array(BATCH * ADDRESS);
  readonly #controls = new Uint8Array(BATCH * CONTROL);

  constructor(slotBytes: number) {
    this.bytes = new Uint8Array(BATCH * slotBytes);
    this.each = Array.from(
      { length: BATCH },
      (_, i) => this.bytes.subarray(i * slotBytes, (i + 1) * slotBytes),
    );
    this.vectorView = new DataView(this.#vectors.buffer);
    this.addressView = new DataView(this.#addresses.buffer);
    this.controlView = new DataView(this.#controls.buffer);
    const bytes = libc.pointerTo(this.bytes), vectors = libc.pointerTo(this.#vectors);
    const addresses = libc.pointerTo(this.#addresses), controls = libc.pointerTo(this.#controls);
    for (let i = 0; i < BATCH; i++) {
      this.vectorView.setBigUint64(i * VECTOR + libc.IOVEC_BASE, bytes + BigInt(i * slotBytes), true);
      this.vectorView.setBigUint64(i * VECTOR + libc.IOVEC_LEN, BigInt(slotBytes), true);
      this.headerView.setBigUint64(i * HEADER + libc.MSGHDR_NAME, addresses + BigInt(i * ADDRESS), true);
      this.headerView.setUint32(i * HEADER + libc.MSGHDR_NAMELEN, ADDRESS, true);
      this.headerView.setBigUint64(i * HEADER + libc.MSGHDR_IOV, vectors + BigInt(i * VECTOR), true);
      this.headerView.setBigUint64(i * HEADER + libc.MSGHDR_IOVLEN, 1n, true);
      this.headerView.setBigUint64(i * HEADER + libc.MSGHDR_CONTROL, controls + BigInt(i * CONTROL), true);
      this.#addresses.set(SocketAddress.parse("127.0.0.1", 0)!.bytes.subarray(0, ADDRESS), i * ADDRESS);
    }
  }

  /** Room for what the kernel says about each, `bytes` long. */
  setControl(bytes: number): void {
    for (let i = 0; i < BATCH; i++) {
      this.headerView.setUint32(i * HEADER + libc.MSGHDR_CONTROLLEN, bytes, true);
    }
  }

  /** What is sent with a control message goes out as a row of datagrams. */
  askForRows(): void {
    for (let at = 0; at < BATCH * CONTROL; at += CONTROL) {
      this.controlView.setUint32(at + libc.CMSGHDR_LEN, ROW_CONTROL, true);
      this.controlView.setUint32(at + libc.CMSGHDR_LEVEL, libc.SOL_UDP, true);
      this.controlView.setUint32(at + libc.CMSGHDR_TYPE, libc.UDP_SEGMENT, true);
    }
  }
}

export class BatchSocket {
  readonly port: number;
  readonly #descriptor: number;
  readonly #out = new Slots(SLOT);
  readonly #in = new Slots(ROW);
  #waiting = 0;

  constructor() {
    this.#out.askForRows();
    this.#descriptor = calls.socket(libc.AF_INET, libc.SOCK_DGRAM | libc.SOCK_NONBLOCK, 0);
    const address = SocketAddress.parse("127.0.0.1", 0)!;
    calls.setsockopt(this.#descriptor, libc.SOL_SOCKET, libc.SO_RCVBUF, libc.int32(BUFFER_BYTES), 4);
    // Rows stay rows: taking must cost less than sending. Where the kernel has none (before 5.0) they come one by one.
    calls.setsockopt(this.#descriptor, libc.SOL_UDP, UDP_GRO, libc.int32(1), 4);
    if (calls.bind(this.#descriptor, address.bytes, 16) !== 0) {
      throw new Error("Cannot bind generator socket");
    }
    calls.getsockname(this.#descriptor, address.bytes, new Uint8Array(new Uint32Array([28]).buffer));
    this.port = address.port;
  }

  /** Where the next outgoing datagram is written. */
  get outgoing(): Uint8Array<ArrayBuffer> {
    return this.#out.each[this.#waiting]!;
  }

  /**
   * Queues what stands in {@linkcode outgoing}: so many datagrams of `length` bytes, one behind the other. They go out with
   * the next {@linkcode flush}, or when the batch is full.
   */
  push(length: number, port: number, datagrams = 1): void {
    const slot = this.#waiting, { vectorView, addressView, headerView, controlView } = this.#out;
    vectorView.setUint32(slot * VECTOR + libc.IOVEC_LEN, datagrams * length, true);
    addressView.setUint16(slot * ADDRESS + 2, port);
    headerView.setUint32(slot * HEADER + libc.MSGHDR_CONTROLLEN, datagrams > 1 ? ROW_CONTROL_SPACE : 0, true);
    controlView.setUint16(slot * CONTROL + SEGMENT_AT, length, true);
    if (++this.#waiting === BATCH) this.flush();
  }

  flush(): void {
    for (let tried = 0; this.#waiting > 0; tried++) {
      const sent = calls.sendmmsg(this.#descriptor, this.#out.headers, this.#waiting, libc.MSG_DONTWAIT);
      // The first datagram's error stands for all (an ICMP message about an earlier one): the same again.
      if (sent === this.#waiting || tried === BATCH) this.#waiting = 0;
      else if (sent > 0) {
        throw new Error(`Cannot go on: the kernel took ${sent} of ${this.#waiting} datagrams`);
      }
    }
  }

  /** Takes what waits, at most {@linkcode BATCH} rows, and shows each datagram where it lies; how many. */
  take(look: (bytes: Uint8Array<ArrayBuffer>, at: number, length: number) => void): number {
    const { headers, headerView, controlView, each } = this.#in;
    this.#in.setControl(CONTROL);
    const rows = calls.recvmmsg(this.#descriptor, headers, BATCH, libc.MSG_DONTWAIT, null);
    let taken = 0;
    for (let row = 0; row < rows; row++) {
      const length = headerView.getUint32(row * HEADER + libc.MMSGHDR_LEN, true);
      const isRow = headerView.getUint32(row * HEADER + libc.MSGHDR_CONTROLLEN, true) > SEGMENT_AT;
      const segment = isRow ? controlView.getInt32(row * CONTROL + SEGMENT_AT, true) : length;
      for (let at = 0; at < length; at += segment, taken++) {
        look(each[row]!, at, Math.min(segment, length - at));
      }
    }
    return taken;
  }
}
