/**
 * All calls into libc by FFI, and the kernel's numbers and structures that they take: sockets, waiting, threads, memory.
 * Three structures stand where they are written or read, beside their drawings: socket addresses
 * (`media/relay/socket_address.ts`, which is pure and may not import this; `udp_message.ts`, `network_addresses.ts`,
 * `service_notifier.ts`), what the kernel adds to a datagram (`udp_message.ts`), its clock (`machine_facts.ts`).
 */

/**
 * Numbers are those of Linux on x86-64 and arm64, which agree in all that stands here; both are little-endian and
 * LP64. One layout differs: `struct epoll_event` is packed on x86-64 only.
 * ```
 * x86-64  events(4) data(8)              12 bytes
 * arm64   events(4) padding(4) data(8)   16 bytes
 * ```
 */
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_DGRAM = 2;
export const SOCK_CLOEXEC = 0x80000;
export const SOCK_NONBLOCK = 0x800;
export const SOL_SOCKET = 1;
export const SO_RCVBUF = 8;
/** Beyond `net.core.rmem_max`, for who has CAP_NET_ADMIN. */
export const SO_RCVBUFFORCE = 33;
/** Socket memory counters; entry 8 counts what a full buffer dropped, the same counter that SO_RXQ_OVFL reports. */
export const SO_MEMINFO = 55;
export const SK_MEMINFO_DROPS = 8;
export const SK_MEMINFO_WORDS = 9;
export const IPPROTO_IP = 0;
export const IP_TOS = 1;
/** Both as an option and as what then comes with each datagram: where it was sent to. */
export const IP_PKTINFO = 8;
export const IPPROTO_IPV6 = 41;
export const IPV6_V6ONLY = 26;
/** The option, and what then comes with each datagram. */
export const IPV6_RECVPKTINFO = 49;
export const IPV6_PKTINFO = 50;
export const IPV6_TCLASS = 67;
export const SOL_UDP = 17;
/** Length of the datagrams into which the kernel cuts what is sent in one call (udp(7)). */
export const UDP_SEGMENT = 103;
export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
export const EPOLLIN = 1;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CLOEXEC = 0x80000;
export const EFD_CLOEXEC = 0x80000;
export const EFD_NONBLOCK = 0x800;
/** On Linux the calling thread alone, when asked for 0 (setpriority(2), "C library/kernel differences"). */
export const PRIO_PROCESS = 0;
export const O_CLOEXEC = 0x80000;
/** Options of mallopt(3), which are glibc's own. */
export const M_TRIM_THRESHOLD = -1;
export const M_TOP_PAD = -2;
export const M_MMAP_THRESHOLD = -3;
export const EAGAIN = 11;
export const EACCES = 13;
export const ENFILE = 23;
export const EMFILE = 24;
export const EMSGSIZE = 90;
export const EADDRINUSE = 98;
export const EADDRNOTAVAIL = 99;

export const EPOLL_LAYOUTS = {
  x86_64: { bytes: 12, dataAt: 4 },
  aarch64: { bytes: 16, dataAt: 8 },
} as const;
export const EPOLL_EVENT_BYTES: number = EPOLL_LAYOUTS[Deno.build.arch].bytes;
/** Where the low half of `data` lies in an event, in bytes. */
export const EPOLL_DATA_OFFSET: number = EPOLL_LAYOUTS[Deno.build.arch].dataAt;

/**
 * Messages of recvmsg(2), sendmmsg(2) and cmsg(3), by bytes:
 * ```
 * mmsghdr  msghdr(56) len(4) pad(4)
 * msghdr   name*(8) namelen(4) pad(4) iov*(8) iovlen(8) control*(8) controllen(8) flags(4) pad(4)
 * iovec    base*(8) len(8)
 * cmsghdr  len(8) level(4) type(4), then what it carries
 * ```
 */
export const MSGHDR_BYTES = 56;
export const MSGHDR_NAME = 0;
export const MSGHDR_NAMELEN = 8;
export const MSGHDR_IOV = 16;
export const MSGHDR_IOVLEN = 24;
export const MSGHDR_CONTROL = 32;
export const MSGHDR_CONTROLLEN = 40;
export const MMSGHDR_BYTES = 64;
export const MMSGHDR_LEN = 56;
export const IOVEC_BYTES = 16;
export const IOVEC_BASE = 0;
export const IOVEC_LEN = 8;
export const CMSGHDR_BYTES = 16;
export const CMSGHDR_LEN = 0;
export const CMSGHDR_LEVEL = 8;
export const CMSGHDR_TYPE = 12;

/**
 * `size_t` is declared as such, so arguments are BigInts: take them from a
 * {@linkcode sizeTable}, since one made per packet would be garbage. Results are read as `i32`, the low half of `ssize_t`.
 */
const SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  recvfrom: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "buffer"], result: "i32" },
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "i32" },
  recvmsg: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  recvmmsg: { parameters: ["i32", "buffer", "u32", "i32", "pointer"], result: "i32" },
  sendmsg: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  sendmmsg: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  epoll_create1: { parameters: ["i32"], result: "i32" },
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  epoll_wait_async: {
    name: "epoll_wait",
    parameters: ["i32", "buffer", "i32", "i32"],
    result: "i32",
    nonblocking: true,
  },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  open: { parameters: ["buffer", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  setpriority: { parameters: ["i32", "u32", "i32"], result: "i32" },
  usleep: { parameters: ["u32"], result: "i32" },
  adjtimex: { parameters: ["buffer"], result: "i32" },
  mallopt: { parameters: ["i32", "i32"], result: "i32" },
  malloc_trim: { parameters: ["usize"], result: "i32", nonblocking: true },
  __errno_location: { parameters: [], result: "pointer" },
} as const;

/** Lengths up to `longest`, ready to be passed as `size_t`. */
export function sizeTable(longest: number): readonly bigint[] {
  return Array.from({ length: longest + 1 }, (_, length) => BigInt(length));
}

/** `value` as the kernel reads an `int`. */
export function int32(value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Int32Array.of(value).buffer);
}

/** Where `block` lies, for structures that point to others; good as long as `block` is held. */
export function pointerTo(block: Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): bigint {
  return BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(block)));
}

/** `struct epoll_event` for what can be read, with `data` to know it by. */
export function epollEvent(data: number): Uint8Array<ArrayBuffer> {
  const event = new DataView(new ArrayBuffer(EPOLL_EVENT_BYTES));
  event.setUint32(0, EPOLLIN, true);
  event.setUint32(EPOLL_DATA_OFFSET, data, true);
  return new Uint8Array(event.buffer);
}

export type Libc = Deno.StaticForeignLibraryInterface<typeof SYMBOLS>;

/** libc of this thread; undefined where it cannot be opened (no FFI permission, another system). */
export interface LibcHandle {
  readonly calls: Libc;
  /** Error number of the last failed call on this thread. */
  errno(): number;
}

let opened: LibcHandle | undefined;

/** Opens libc once per thread. */
export function openLibc(): LibcHandle | undefined {
  if (opened) return opened;
  if (Deno.build.os !== "linux") return undefined;
  try {
    const calls = Deno.dlopen("libc.so.6", SYMBOLS).symbols;
    const place = calls.__errno_location();
    if (place === null) return undefined;
    const view = new Deno.UnsafePointerView(place);
    opened = { calls, errno: () => view.getInt32() };
    return opened;
  } catch {
    return undefined;
  }
}
