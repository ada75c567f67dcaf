import assert from "node:assert/strict";
import * as libc from "./libc.ts";

/** What the C library's own headers say; the order is that of the answer. */
const NUMBERS = {
  AF_INET: "sys/socket.h",
  AF_INET6: "sys/socket.h",
  SOCK_DGRAM: "sys/socket.h",
  SOCK_CLOEXEC: "sys/socket.h",
  SOCK_NONBLOCK: "sys/socket.h",
  SOL_SOCKET: "sys/socket.h",
  SO_RCVBUF: "sys/socket.h",
  SO_RCVBUFFORCE: "sys/socket.h",
  SO_MEMINFO: "sys/socket.h",
  SK_MEMINFO_DROPS: "linux/sock_diag.h",
  IPPROTO_IP: "netinet/in.h",
  IP_TOS: "netinet/in.h",
  IP_PKTINFO: "netinet/in.h",
  IPPROTO_IPV6: "netinet/in.h",
  IPV6_V6ONLY: "netinet/in.h",
  IPV6_RECVPKTINFO: "netinet/in.h",
  IPV6_PKTINFO: "netinet/in.h",
  IPV6_TCLASS: "netinet/in.h",
  SOL_UDP: "netinet/udp.h",
  UDP_SEGMENT: "netinet/udp.h",
  MSG_TRUNC: "sys/socket.h",
  MSG_DONTWAIT: "sys/socket.h",
  EPOLLIN: "sys/epoll.h",
  EPOLL_CTL_ADD: "sys/epoll.h",
  EPOLL_CTL_DEL: "sys/epoll.h",
  EPOLL_CLOEXEC: "sys/epoll.h",
  EFD_CLOEXEC: "sys/eventfd.h",
  EFD_NONBLOCK: "sys/eventfd.h",
  O_CLOEXEC: "fcntl.h",
  M_TRIM_THRESHOLD: "malloc.h",
  M_TOP_PAD: "malloc.h",
  M_MMAP_THRESHOLD: "malloc.h",
  EAGAIN: "errno.h",
  EACCES: "errno.h",
  ENFILE: "errno.h",
  EMFILE: "errno.h",
  EMSGSIZE: "errno.h",
  EADDRINUSE: "errno.h",
  EADDRNOTAVAIL: "errno.h",
} as const satisfies Partial<Record<keyof typeof libc, string>>;

/** Structures as drawn in libc.ts, and those of addresses. */
const SIZES = {
  "sizeof(struct epoll_event)": libc.EPOLL_EVENT_BYTES,
  "offsetof(struct epoll_event, data)": libc.EPOLL_DATA_OFFSET,
  "sizeof(struct msghdr)": libc.MSGHDR_BYTES,
  "offsetof(struct msghdr, msg_name)": libc.MSGHDR_NAME,
  "offsetof(struct msghdr, msg_namelen)": libc.MSGHDR_NAMELEN,
  "offsetof(struct msghdr, msg_iov)": libc.MSGHDR_IOV,
  "offsetof(struct msghdr, msg_iovlen)": libc.MSGHDR_IOVLEN,
  "offsetof(struct msghdr, msg_control)": libc.MSGHDR_CONTROL,
  "offsetof(struct msghdr, msg_controllen)": libc.MSGHDR_CONTROLLEN,
  "sizeof(struct mmsghdr)": libc.MMSGHDR_BYTES,
  "offsetof(struct mmsghdr, msg_len)": libc.MMSGHDR_LEN,
  "sizeof(struct iovec)": libc.IOVEC_BYTES,
  "offsetof(struct iovec, iov_base)": libc.IOVEC_BASE,
  "offsetof(struct iovec, iov_len)": libc.IOVEC_LEN,
  "sizeof(struct cmsghdr)": libc.CMSGHDR_BYTES,
  "offsetof(struct cmsghdr, cmsg_len)": libc.CMSGHDR_LEN,
  "offsetof(struct cmsghdr, cmsg_level)": libc.CMSGHDR_LEVEL,
  "offsetof(struct cmsghdr, cmsg_type)": libc.CMSGHDR_TYPE,
  "sizeof(struct sockaddr_in)": 16,
  "sizeof(struct sockaddr_in6)": 28,
  "offsetof(struct sockaddr_in6, sin6_addr)": 8,
  "sizeof(size_t)": 8,
};

/** Compilers of this machine's C headers, and of arm64's where Debian's cross compiler is installed. */
const COMPILERS = [["cc", Deno.build.arch], ["aarch64-linux-gnu-gcc", "aarch64"]] as const;

for (const [compiler, arch] of COMPILERS) {
  const isThere = hasCompiler(compiler);
  const title = `numbers and layouts are those of the C headers (${compiler}${
    isThere ? "" : ": not installed"
  })`;
  Deno.test(title, { ignore: !isThere }, async () => {
    const { bytes, dataAt } = libc.EPOLL_LAYOUTS[arch];
    const sizes = {
      ...SIZES,
      "sizeof(struct epoll_event)": bytes,
      "offsetof(struct epoll_event, data)": dataAt,
    };
    const wanted = [
      ...Object.keys(NUMBERS).map((name) => [name, libc[name as keyof typeof NUMBERS]]),
      ...Object.entries(sizes),
    ];
    const headers = new Set([...Object.values(NUMBERS), "sys/uio.h", "stddef.h"]);
    const source = [
      "#define _GNU_SOURCE",
      ...[...headers].map((header) => `#include <${header}>`),
      ...wanted.map(([name, value]) => `_Static_assert((${name}) == ${value}, "${name}");`),
    ].join("\n");
    const { success, stderr } = await compile(compiler, source);
    assert.ok(success, new TextDecoder().decode(stderr));
  });
}

Deno.test("the event of epoll is packed on x86-64 and padded on arm64", () => {
  assert.deepEqual(libc.EPOLL_LAYOUTS, {
    x86_64: { bytes: 12, dataAt: 4 },
    aarch64: { bytes: 16, dataAt: 8 },
  });
});

function hasCompiler(name: string): boolean {
  try {
    return new Deno.Command(name, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}

async function compile(compiler: string, source: string): Promise<Deno.CommandOutput> {
  const child = new Deno.Command(compiler, {
    args: ["-fsyntax-only", "-x", "c", "-"],
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(source));
  await writer.close();
  return await child.output();
}
