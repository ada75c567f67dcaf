/** Media sockets on libc: epoll, `recvfrom` and `sendto` in place, without a copy or an object per datagram. */
import { fail, ok, type Result } from "../base/mod.ts";
import {
  type AddressFamily,
  type BindFailure,
  type BindOptions,
  type DatagramReceiver,
  Inbox,
  INBOX_TAIL_BYTES,
  MAX_DATAGRAM_BYTES,
  type MediaSocket,
  type Network,
  SOCKET_ADDRESS_BYTES,
  SocketAddress,
} from "../media/relay/mod.ts";
import { DatagramBatch } from "./datagram_batch.ts";
import { SocketOptions } from "./datagram_options.ts";
import * as libc from "./libc.ts";

/** Events fetched by one call. */
const EVENTS = 256;
/** In the place of a slot's number: the wake-up descriptor. */
const WAKE_SLOT = 0xffff_ffff;
/** Longest stretch without a turn of the event loop, so that messages and files are served. */
const SLICE_MS = 4;
/** Under load the thread naps instead of waking for every datagram: half a millisecond of delay for a third less work. */
const NAP_US = 500;
/** Datagrams in one nap from which napping pays. */
const NAP_WORTH = 3;

/** Before everything ordinary (−20 to 19): a beat of 20 ms cannot wait for a database or a page. */
const MEDIA_NICE = -11;

/** Taken once: a wall clock that is set later must not move the beat. */
const EPOCH_MS = performance.timeOrigin;

const SIZES = libc.sizeTable(MAX_DATAGRAM_BYTES + INBOX_TAIL_BYTES);
/** Datagrams a socket in one turn, on the average, down to which it pays to take them by the row. */
const ROW_WORTH = 1.2;
/** And so many of which the work is done in half the time: until then they may gather for a nap. */
const ROW_WANTED = 4;
const CAPACITY = SIZES[MAX_DATAGRAM_BYTES]!;
/** What the kernel tells of a socket's memory, and its length: asked of every socket once a second. */
const memoryWords = new Uint32Array(libc.SK_MEMINFO_WORDS);
const memoryBytes = new Uint8Array(memoryWords.buffer);
const memoryLength = new Uint32Array(1);
const memoryLengthBytes = new Uint8Array(memoryLength.buffer);

export interface LibcNetworkOptions {
  /** Told once of each thing that the system does not grant and that media can do without. */
  readonly warn?: (event: string) => void;
  /** Default: this thread's. */
  readonly handle?: libc.LibcHandle;
}

/** Undefined where FFI is not to be had; use {@linkcode openDenoNetwork} then. */
export function openLibcNetwork(options: LibcNetworkOptions = {}): Network | undefined {
  const handle = options.handle ?? libc.openLibc();
  return handle && new LibcNetwork(handle, options.warn ?? (() => {}));
}

/**
 * Puts this thread, and those that it starts from now on to wait for it, before others. False where the system does not
 * allow it (no CAP_SYS_NICE, RLIMIT_NICE): media then runs like everything else.
 */
export function preferThisThread(): boolean {
  return libc.openLibc()?.calls.setpriority(libc.PRIO_PROCESS, 0, MEDIA_NICE) === 0;
}

class LibcNetwork implements Network {
  readonly inbox = new Inbox();
  readonly handles: readonly number[];
  readonly canMove = true;
  onFault: (error: unknown) => void = () => {};
  readonly #libc: libc.LibcHandle;
  readonly #calls: libc.Libc;
  readonly #epoll: number;
  readonly #wakeUp: number;
  readonly #events = new Uint8Array(EVENTS * libc.EPOLL_EVENT_BYTES);
  readonly #eventView = new DataView(this.#events.buffer);
  readonly #sourceLength = new Uint32Array([SOCKET_ADDRESS_BYTES]);
  readonly #sourceLengthBytes = new Uint8Array(this.#sourceLength.buffer);
  readonly #batch: DatagramBatch;
  /** Datagrams come faster than they are taken one by one. */
  #isBehind = false;
  readonly #slots: (LibcSocket | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  readonly #socketOptions: SocketOptions;
  #closed = false;
  #waitedMs = 0;
  #askedMs = this.now();

  constructor(handle: libc.LibcHandle, warn: (event: string) => void) {
    this.#libc = handle;
    this.#socketOptions = new SocketOptions(handle, warn);
    this.#calls = handle.calls;
    this.#batch = new DatagramBatch(handle, MAX_DATAGRAM_BYTES + INBOX_TAIL_BYTES);
    this.#epoll = this.#calls.epoll_create1(libc.EPOLL_CLOEXEC);
    this.#wakeUp = this.#calls.eventfd(0, libc.EFD_CLOEXEC | libc.EFD_NONBLOCK);
    this.handles = [this.#epoll, this.#wakeUp];
    this.#watch(this.#wakeUp, WAKE_SLOT);
  }

  bind(options: BindOptions): Result<MediaSocket, BindFailure> {
    const address = SocketAddress.parse(options.host, options.port);
    if (!address) return fail("no such address");
    const type = libc.SOCK_DGRAM | libc.SOCK_NONBLOCK | libc.SOCK_CLOEXEC;
    const descriptor = this.#calls.socket(address.isIpv6 ? libc.AF_INET6 : libc.AF_INET, type, 0);
    if (descriptor < 0) return fail(this.#failure());
    this.#socketOptions.set(descriptor, { isIpv6: address.isIpv6, dscp: options.dscp });
    if (this.#calls.bind(descriptor, address.bytes, address.byteLength) !== 0) {
      const failure = this.#failure();
      this.#calls.close(descriptor);
      return fail(failure);
    }
    this.#calls.getsockname(descriptor, address.bytes, addressLength());
    return ok(this.#open(descriptor, address.port, address.isIpv6 ? "ipv6" : "ipv4"));
  }

  now(): number {
    return EPOCH_MS + performance.now();
  }

  adopt(handle: number, port: number, family: AddressFamily): MediaSocket {
    return this.#open(handle, port, family);
  }

  async pump(waitMs: number): Promise<void> {
    const start = performance.now();
    const end = start + Math.min(SLICE_MS, waitMs);
    let taken = this.#drain(end);
    while (taken >= NAP_WORTH && performance.now() < end) {
      this.#nap();
      taken = this.#drain(end);
    }
    if (this.#closed) return;
    const before = performance.now();
    const count = await this.#wait(waitMs - (before - start));
    this.#waitedMs += performance.now() - before;
    if (!this.#closed) this.#dispatch(count);
  }

  /**
   * The kernel counts whole milliseconds; what is left after them is slept, so that the beat comes on time. Always by way
   * of the event loop: whoever pumps without a pause must still get the messages of other threads.
   */
  #wait(restMs: number): Promise<number> {
    const wholeMs = Math.max(0, Math.floor(restMs));
    if (restMs > 0 && wholeMs === 0) this.#calls.usleep(Math.ceil(restMs * 1000));
    return this.#calls.epoll_wait_async(this.#epoll, this.#events, EVENTS, wholeMs);
  }

  load(nowMs: number): number {
    const share = 1 - this.#waitedMs / Math.max(1, nowMs - this.#askedMs);
    this.#waitedMs = 0;
    this.#askedMs = nowMs;
    return Math.max(0, Math.min(1, share));
  }

  wake(): void {
    this.#calls.write(this.#wakeUp, new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]), 8n);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const socket of this.#slots) socket?.close();
    this.#calls.close(this.#wakeUp);
    this.#calls.close(this.#epoll);
  }

  #nap(): void {
    this.#calls.usleep(NAP_US);
    this.#waitedMs += NAP_US / 1000;
  }

  /**
   * Takes what is there, one datagram of each socket in turn, or one row of them when there is no end to it, so that a
   * flood on one delays the others little.
   */
  #drain(end: number): number {
    let taken = 0;
    do {
      const count = this.#calls.epoll_wait(this.#epoll, this.#events, EVENTS, 0);
      if (count <= 0) return taken;
      const inTurn = this.#dispatch(count);
      taken += inTurn;
      if (this.#isBehind && inTurn < count * ROW_WANTED) this.#nap();
    } while (performance.now() < end);
    this.#isBehind = true;
    return taken;
  }

  #dispatch(count: number): number {
    this.inbox.timeMs = this.now();
    let taken = 0;
    for (let i = 0; i < count; i++) {
      const slot = this.#eventView.getUint32(i * libc.EPOLL_EVENT_BYTES + libc.EPOLL_DATA_OFFSET, true);
      if (slot === WAKE_SLOT) this.#calls.read(this.#wakeUp, new Uint8Array(8), 8n);
      else taken += this.#take(this.#slots[slot]);
    }
    this.#isBehind &&= taken >= count * ROW_WORTH;
    return taken;
  }

  #take(socket: LibcSocket | undefined): number {
    if (socket === undefined) return 0;
    if (this.#isBehind) return this.#batch.deliver(socket, this.inbox);
    socket.take();
    return 1;
  }

  /** For {@linkcode LibcSocket}: what waits to be sent together. */
  get batch(): DatagramBatch {
    return this.#batch;
  }

  #open(descriptor: number, port: number, family: AddressFamily): LibcSocket {
    const slot = this.#freeSlots.pop() ?? this.#slots.length;
    const socket = new LibcSocket(this, { descriptor, port, family, slot });
    this.#slots[slot] = socket;
    this.#watch(descriptor, slot);
    return socket;
  }

  #watch(descriptor: number, slot: number): void {
    this.#calls.epoll_ctl(this.#epoll, libc.EPOLL_CTL_ADD, descriptor, libc.epollEvent(slot));
  }

  /** For {@linkcode LibcSocket}. */
  forget(descriptor: number, slot: number): void {
    this.#calls.epoll_ctl(this.#epoll, libc.EPOLL_CTL_DEL, descriptor, libc.epollEvent(slot));
    this.#slots[slot] = undefined;
    this.#freeSlots.push(slot);
  }

  /** For {@linkcode LibcSocket}: length of the datagram now in the inbox, negative when there was none. */
  receive(descriptor: number): number {
    this.#sourceLength[0] = SOCKET_ADDRESS_BYTES;
    return this.#calls.recvfrom(
      descriptor,
      this.inbox.bytes,
      CAPACITY,
      libc.MSG_DONTWAIT | libc.MSG_TRUNC,
      this.inbox.source.bytes,
      this.#sourceLengthBytes,
    );
  }

  get calls(): libc.Libc {
    return this.#calls;
  }

  #failure(): BindFailure {
    switch (this.#libc.errno()) {
      case libc.EADDRINUSE:
        return "in use";
      case libc.EACCES:
        return "not permitted";
      case libc.EADDRNOTAVAIL:
        return "no such address";
      case libc.EMFILE:
      case libc.ENFILE:
        return "too many sockets";
      default:
        return "failed";
    }
  }
}

class LibcSocket implements MediaSocket {
  readonly port: number;
  readonly family: AddressFamily;
  receiver: DatagramReceiver | undefined = undefined;
  readonly #network: LibcNetwork;
  readonly #calls: libc.Libc;
  readonly #slot: number;
  #descriptor: number;

  constructor(
    network: LibcNetwork,
    place: { descriptor: number; port: number; family: AddressFamily; slot: number },
  ) {
    this.#network = network;
    this.#calls = network.calls;
    this.port = place.port;
    this.family = place.family;
    this.#descriptor = place.descriptor;
    this.#slot = place.slot;
  }

  get handle(): number {
    return this.#descriptor;
  }

  /** One datagram, if there is one. */
  take(): void {
    this.give(this.#network.receive(this.#descriptor));
  }

  /** A datagram of this length lies in the inbox; a negative one: none. */
  give(length: number): void {
    if (length < 0 || length > MAX_DATAGRAM_BYTES) return;
    try {
      this.receiver?.onDatagram(length);
    } catch (error) {
      this.#network.onFault(error);
    }
  }

  sendOn(length: number, to: SocketAddress): boolean {
    const { inbox: { bytes }, batch } = this.#network;
    if (!batch.holds(bytes)) return this.send(bytes, length, to);
    batch.add(this, length, to);
    return true;
  }

  send(bytes: Uint8Array<ArrayBuffer>, length: number, to: SocketAddress): boolean {
    if (!this.#network.batch.isEmpty) this.#network.batch.flush();
    return this.#calls.sendto(
      this.#descriptor,
      bytes,
      SIZES[length]!,
      libc.MSG_DONTWAIT,
      to.bytes,
      to.byteLength,
    ) === length;
  }

  restrict(to: SocketAddress | undefined): void {
    const address = to ?? new SocketAddress();
    // The family AF_UNSPEC (0) of an unset address dissolves the association.
    this.#calls.connect(this.#descriptor, address.bytes, address.byteLength);
  }

  kernelDrops(): number {
    if (this.#descriptor < 0) return 0;
    memoryLength[0] = memoryBytes.length;
    const done = this.#calls.getsockopt(
      this.#descriptor,
      libc.SOL_SOCKET,
      libc.SO_MEMINFO,
      memoryBytes,
      memoryLengthBytes,
    );
    return done === 0 ? memoryWords[libc.SK_MEMINFO_DROPS]! : 0;
  }

  release(): void {
    if (this.#descriptor < 0) return;
    this.#network.forget(this.#descriptor, this.#slot);
    this.#descriptor = -1;
    this.receiver = undefined;
  }

  close(): void {
    const descriptor = this.#descriptor;
    this.release();
    if (descriptor >= 0) this.#calls.close(descriptor);
  }
}

/** Closes sockets of a thread that died without doing it; descriptors belong to the process. */
export function closeHandles(handles: Iterable<number>): void {
  const calls = libc.openLibc()?.calls;
  for (const handle of handles) calls?.close(handle);
}

function addressLength(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Uint32Array([SOCKET_ADDRESS_BYTES]).buffer);
}
