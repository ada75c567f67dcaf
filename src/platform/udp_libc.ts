/** UDP for SIP on libc: answers leave from the address that was asked (RFC 3261 §18.2.2 on boxes with several), and bursts find room. */

import { setImmediate } from "node:timers";
import { fail, ok, parseIp, printIp, type Result } from "../base/mod.ts";
import type {
  Address,
  DatagramNetwork,
  DatagramPath,
  DatagramSocket,
  DatagramTaker,
} from "../sip/transport/mod.ts";
import * as libc from "./libc.ts";
import { type Parcel, SendBatch } from "./udp_batch.ts";
import { MessageBlock } from "./udp_message.ts";

/** Asked of the kernel, which grants what `net.core.rmem_max` allows: a burst shall outlast a garbage collection. */
export const RECEIVE_BUFFER_BYTES = 4_194_304;
/** Datagrams taken from one socket before the others and the event loop get their turn. */
const DATAGRAMS_PER_TURN = 64;
const EVENTS = 16;
/**
 * While datagrams come one after the other they are looked for this often: each wait for the kernel costs two changes of
 * thread, ten times as much as looking, and what comes together is handled and passed on together. After so many looks
 * in vain the kernel is waited for again.
 */
const LOOK_MS = 2;
const LOOKS_IN_VAIN = 5;
/** Datagrams that wait when the kernel's queue is full; beyond, they are lost as in any full queue. */
const MAX_WAITING = 1000;
const RETRY_MS = 1;

/** Undefined where FFI is not to be had; use `UdpNetwork` then. */
export function openLibcUdpNetwork(): DatagramNetwork | undefined {
  const handle = libc.openLibc();
  return handle && new LibcUdpNetwork(handle);
}

/** One thread of the runtime's pool waits for all sockets of a network while there are any. */
class LibcUdpNetwork implements DatagramNetwork {
  readonly #libc: libc.LibcHandle;
  readonly #sockets = new Map<number, LibcUdpSocket>();
  #epoll = -1;
  #wakeUp = -1;

  constructor(handle: libc.LibcHandle) {
    this.#libc = handle;
  }

  bind(local: Address, taker: DatagramTaker): Result<DatagramSocket, string> {
    const { calls } = this.#libc, bytes = parseIp(local.host);
    if (!bytes) return fail("not an address");
    const isIpv6 = bytes.length === 16;
    const type = libc.SOCK_DGRAM | libc.SOCK_NONBLOCK | libc.SOCK_CLOEXEC;
    const descriptor = calls.socket(isIpv6 ? libc.AF_INET6 : libc.AF_INET, type, 0);
    if (descriptor < 0) return fail(this.#reason(local.port));
    this.#setOptions(descriptor, isIpv6);
    const block = new MessageBlock(isIpv6);
    block.setAddress(bytes, local.port);
    if (calls.bind(descriptor, block.address, block.address.length) !== 0) {
      const reason = this.#reason(local.port);
      calls.close(descriptor);
      return fail(reason);
    }
    calls.getsockname(descriptor, block.address, new Uint8Array(Uint32Array.of(block.address.length).buffer));
    const socket = new LibcUdpSocket(this.#libc, {
      descriptor,
      inbound: block,
      outbound: new MessageBlock(isIpv6),
      batch: new SendBatch(this.#libc.calls, { descriptor, isIpv6 }),
      taker,
      local: { host: local.host, port: block.port },
      onClose: () => this.#forget(descriptor),
    });
    this.#watch(descriptor);
    this.#sockets.set(descriptor, socket);
    if (this.#sockets.size === 1) this.#pump();
    return ok(socket);
  }

  #setOptions(descriptor: number, isIpv6: boolean): void {
    const { calls } = this.#libc;
    const set = (level: number, name: number, value: number) =>
      calls.setsockopt(descriptor, level, name, libc.int32(value), 4);
    // Forcing needs CAP_NET_ADMIN; without it the kernel's limit holds.
    if (set(libc.SOL_SOCKET, libc.SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES) !== 0) {
      set(libc.SOL_SOCKET, libc.SO_RCVBUF, RECEIVE_BUFFER_BYTES);
    }
    // The kernel shall tell with each datagram where it was sent to.
    if (isIpv6) {
      set(libc.IPPROTO_IPV6, libc.IPV6_V6ONLY, 0);
      set(libc.IPPROTO_IPV6, libc.IPV6_RECVPKTINFO, 1);
    }
    // On an IPv6 socket this serves the IPv4 datagrams that come mapped.
    set(libc.IPPROTO_IP, libc.IP_PKTINFO, 1);
  }

  /** Waits and takes in turn until no socket is left. */
  async #pump(): Promise<void> {
    const { calls } = this.#libc;
    const epoll = this.#epoll, wakeUp = this.#wakeUp;
    const events = new Uint8Array(EVENTS * libc.EPOLL_EVENT_BYTES);
    while (this.#sockets.size > 0 && this.#epoll === epoll) {
      await calls.epoll_wait_async(epoll, events, EVENTS, -1);
      for (let inVain = 0; inVain < LOOKS_IN_VAIN && this.#epoll === epoll; inVain++) {
        const taken = this.#takeAll();
        if (taken > 0) inVain = 0;
        // Where a whole turn was taken more is waiting: others get their turn, but nobody sleeps.
        await (taken < DATAGRAMS_PER_TURN ? pause(LOOK_MS) : turn());
      }
    }
    calls.close(epoll);
    calls.close(wakeUp);
  }

  /** Number of datagrams taken. */
  #takeAll(): number {
    let taken = 0;
    for (const socket of this.#sockets.values()) taken += socket.take(DATAGRAMS_PER_TURN);
    return taken;
  }

  #watch(descriptor: number): void {
    const { calls } = this.#libc;
    if (this.#epoll < 0) {
      this.#epoll = calls.epoll_create1(libc.EPOLL_CLOEXEC);
      this.#wakeUp = calls.eventfd(0, libc.EFD_CLOEXEC | libc.EFD_NONBLOCK);
      calls.epoll_ctl(this.#epoll, libc.EPOLL_CTL_ADD, this.#wakeUp, libc.epollEvent(this.#wakeUp));
    }
    calls.epoll_ctl(this.#epoll, libc.EPOLL_CTL_ADD, descriptor, libc.epollEvent(descriptor));
  }

  /** The last socket wakes the waiting thread for good; a later one starts anew. */
  #forget(descriptor: number): void {
    this.#sockets.delete(descriptor);
    if (this.#sockets.size > 0) return;
    this.#libc.calls.write(this.#wakeUp, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0), 8n);
    this.#epoll = this.#wakeUp = -1;
  }

  #reason(port: number): string {
    switch (this.#libc.errno()) {
      case libc.EADDRINUSE:
        return "port is in use";
      case libc.EADDRNOTAVAIL:
        return "this machine has no such address";
      case libc.EACCES:
        return port < 1024 ? "ports below 1024 need CAP_NET_BIND_SERVICE" : "not permitted";
      case libc.EMFILE:
      case libc.ENFILE:
        return "too many open files; raise LimitNOFILE";
      default:
        return `the system says error ${this.#libc.errno()}`;
    }
  }
}

interface SocketOptions {
  readonly descriptor: number;
  readonly inbound: MessageBlock;
  /** Apart from what came in: that is often being read while its answer goes out. */
  readonly outbound: MessageBlock;
  /** What goes out while datagrams are taken; sent when that is over. */
  readonly batch: SendBatch;
  readonly taker: DatagramTaker;
  readonly local: Address;
  readonly onClose: () => void;
}

class LibcUdpSocket implements DatagramSocket {
  readonly local: Address;
  readonly #libc: libc.LibcHandle;
  readonly #options: SocketOptions;
  readonly #names = new AddressNames();
  #waiting: Parcel[] = [];
  #isTaking = false;
  #isClosed = false;

  constructor(handle: libc.LibcHandle, options: SocketOptions) {
    this.#libc = handle;
    this.#options = options;
    this.local = options.local;
  }

  /** Takes up to `count` datagrams; returns how many there were. */
  take(count: number): number {
    this.#isTaking = true;
    try {
      return this.#take(count);
    } finally {
      this.#isTaking = false;
      this.#sendBatch();
    }
  }

  #take(count: number): number {
    const { descriptor, inbound, taker } = this.#options;
    let taken = 0;
    for (; taken < count && !this.#isClosed; taken++) {
      inbound.prepareReceive();
      const length = this.#libc.calls.recvmsg(descriptor, inbound.header, libc.MSG_DONTWAIT);
      if (length < 0) return taken;
      const host = this.#names.name(inbound.remote), local = inbound.receivedAt;
      const bytes = inbound.data.subarray(0, length), { port } = inbound;
      if (port === 0) continue;
      taker(bytes, local ? { host, port, localHost: this.#names.name(local) } : { host, port });
    }
    return taken;
  }

  send(bytes: Uint8Array<ArrayBuffer>, path: DatagramPath): void {
    if (this.#isTaking && this.#addToBatch(bytes, path)) return;
    this.#sendBatch();
    this.#sendAlone(bytes, path);
  }

  /** False when it has to go alone. */
  #addToBatch(bytes: Uint8Array<ArrayBuffer>, path: DatagramPath): boolean {
    const { batch, outbound } = this.#options;
    const to = this.#isClosed || this.#waiting.length > 0 ? undefined : this.#names.bytes(path.remote.host);
    if (!to || !outbound.reaches(to.length)) return false;
    if (!batch.takes(bytes.length)) this.#sendBatch();
    if (!batch.takes(bytes.length)) return false;
    batch.add(
      { bytes, path },
      to,
      path.localHost === undefined ? undefined : this.#names.bytes(path.localHost),
    );
    return true;
  }

  #sendBatch(): void {
    const { batch } = this.#options;
    if (!batch.isEmpty) batch.flush(this.#sendParcel);
  }

  readonly #sendParcel = ({ bytes, path }: Parcel): void => this.#sendAlone(bytes, path);

  #sendAlone(bytes: Uint8Array<ArrayBuffer>, path: DatagramPath): void {
    if (this.#waiting.length > 0) return this.#wait(bytes, path);
    const error = this.#trySend(bytes, path);
    if (error === libc.EAGAIN) this.#wait(bytes, path);
    else if (error !== 0) {
      const fault = error === libc.EMSGSIZE ? "too large" : "connection failed";
      queueMicrotask(() => path.onFault(fault));
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#sendBatch();
    this.#isClosed = true;
    this.#waiting = [];
    this.#libc.calls.close(this.#options.descriptor);
    this.#options.onClose();
  }

  /** Error number, or 0. */
  #trySend(bytes: Uint8Array<ArrayBuffer>, { remote, localHost }: DatagramPath): number {
    const { outbound } = this.#options;
    const to = this.#isClosed ? undefined : this.#names.bytes(remote.host);
    if (!to || !outbound.reaches(to.length)) return -1;
    if (bytes.length > outbound.data.length) return libc.EMSGSIZE;
    const from = localHost === undefined ? undefined : this.#names.bytes(localHost);
    outbound.prepareSend(bytes, { to, port: remote.port, from });
    if (this.#sendmsg() >= 0) return 0;
    const error = this.#libc.errno();
    if (from === undefined || error === libc.EAGAIN || error === libc.EMSGSIZE) return error;
    // The address may have left this machine since: any other is better than silence.
    outbound.prepareSend(bytes, { to, port: remote.port, from: undefined });
    return this.#sendmsg() >= 0 ? 0 : this.#libc.errno();
  }

  #sendmsg(): number {
    const { descriptor, outbound } = this.#options;
    return this.#libc.calls.sendmsg(descriptor, outbound.header, libc.MSG_DONTWAIT);
  }

  #wait(bytes: Uint8Array<ArrayBuffer>, path: DatagramPath): void {
    if (this.#waiting.length >= MAX_WAITING) return queueMicrotask(() => path.onFault("connection failed"));
    if (this.#waiting.push({ bytes: bytes.slice(), path }) === 1) setTimeout(() => this.#flush(), RETRY_MS);
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { bytes, path } of waiting) this.#sendAlone(bytes, path);
  }
}

/** Addresses as text and bytes, those met of late at hand; IPv4 mapped into IPv6 reads as IPv4. */
class AddressNames {
  static readonly #MAX = 10_000;
  readonly #names = new Map<number, string>();
  readonly #bytes = new Map<string, Uint8Array>();

  name(bytes: Uint8Array): string {
    if (bytes.length !== 4) return printIp(bytes);
    const key = (bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!;
    let name = this.#names.get(key);
    if (name === undefined) {
      if (this.#names.size >= AddressNames.#MAX) this.#names.clear();
      this.#names.set(key, name = printIp(bytes));
    }
    return name;
  }

  bytes(host: string): Uint8Array | undefined {
    let bytes: Uint8Array | undefined = this.#bytes.get(host);
    if (!bytes && (bytes = parseIp(host))) {
      if (this.#bytes.size >= AddressNames.#MAX) this.#bytes.clear();
      this.#bytes.set(host, bytes);
    }
    return bytes;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The event loop's next turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
