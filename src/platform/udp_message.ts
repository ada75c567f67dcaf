/** `recvmsg` and `sendmsg` with the local address beside the datagram (recvmsg(2), ip(7), ipv6(7)). */

import * as libc from "./libc.ts";

const MAX_DATAGRAM_BYTES = 65_536;
const CONTROL_BYTES = 128;
/** Where what the kernel adds begins, and where in it the address lies that a datagram is sent from, or was sent to. */
const INFO = libc.CMSGHDR_BYTES;
const SOURCE_IPV4 = INFO + 4, TARGET_IPV4 = INFO + 8, BOTH_IPV6 = INFO;
const INFO_IPV4_BYTES = 12, INFO_IPV6_BYTES = 20;
const MAPPED_PREFIX = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255);

/**
 * The memory of one call, used again and again: a `msghdr` (see libc.ts) and what it points to.
 * ```
 * in_pktinfo     ifindex(4) spec_dst(4) addr(4)
 * in6_pktinfo    addr(16) ifindex(4)
 * sockaddr_in    family(2) port(2) addr(4) zero(8)
 * sockaddr_in6   family(2) port(2) flowinfo(4) addr(16) scope(4)
 * ```
 */
export class MessageBlock {
  readonly header: Uint8Array<ArrayBuffer>;
  readonly address: Uint8Array<ArrayBuffer>;
  readonly data: Uint8Array<ArrayBuffer>;
  readonly #isIpv6: boolean;
  readonly #headerView: DataView;
  readonly #addressView: DataView;
  readonly #vector = new Uint8Array(libc.IOVEC_BYTES);
  readonly #vectorView = new DataView(this.#vector.buffer);
  /** Set aside so that no packet makes a new BigInt. */
  readonly #controlPointer: bigint;
  readonly #control = new Uint8Array(CONTROL_BYTES);
  readonly #controlView = new DataView(this.#control.buffer);
  /** Where the host stands in `address`. */
  readonly #host: Uint8Array;
  readonly #mappedHost: Uint8Array;

  /** `place`: where the header lies, zeroed, and the most bytes of a datagram; absent: memory of its own for any. */
  constructor(
    isIpv6: boolean,
    place: { readonly header: Uint8Array<ArrayBuffer>; readonly dataBytes: number } = {
      header: new Uint8Array(libc.MSGHDR_BYTES),
      dataBytes: MAX_DATAGRAM_BYTES,
    },
  ) {
    this.#isIpv6 = isIpv6;
    this.header = place.header;
    this.#headerView = new DataView(this.header.buffer, this.header.byteOffset, libc.MSGHDR_BYTES);
    this.data = new Uint8Array(place.dataBytes);
    this.address = new Uint8Array(isIpv6 ? 28 : 16);
    this.#addressView = new DataView(this.address.buffer);
    this.#host = isIpv6 ? this.address.subarray(8, 24) : this.address.subarray(4, 8);
    this.#mappedHost = isIpv6 ? this.address.subarray(20, 24) : this.#host;
    this.#controlPointer = libc.pointerTo(this.#control);
    this.#headerView.setBigUint64(libc.MSGHDR_NAME, libc.pointerTo(this.address), true);
    this.#headerView.setBigUint64(libc.MSGHDR_IOV, libc.pointerTo(this.#vector), true);
    this.#headerView.setBigUint64(libc.MSGHDR_IOVLEN, 1n, true);
    this.#vectorView.setBigUint64(libc.IOVEC_BASE, libc.pointerTo(this.data), true);
  }

  /** True when a host of so many bytes can be reached from this socket. */
  reaches(hostLength: number): boolean {
    return this.#isIpv6 || hostLength === 4;
  }

  /** Port in `address`. */
  get port(): number {
    return this.#addressView.getUint16(2);
  }

  /** Host in `address`: four bytes, also when it came mapped, or sixteen. */
  get remote(): Uint8Array {
    return this.#isIpv6 && isMapped(this.#host) ? this.#mappedHost : this.#host;
  }

  setAddress(host: Uint8Array, port: number): void {
    this.#addressView.setUint16(0, this.#isIpv6 ? libc.AF_INET6 : libc.AF_INET, true);
    this.#addressView.setUint16(2, port);
    if (this.#isIpv6 && host.length === 4) {
      this.#host.set(MAPPED_PREFIX);
      this.#mappedHost.set(host);
    } else this.#host.set(host);
  }

  prepareReceive(): void {
    this.#vectorView.setUint32(libc.IOVEC_LEN, this.data.length, true);
    this.#headerView.setUint32(libc.MSGHDR_NAMELEN, this.address.length, true);
    this.#setControl(CONTROL_BYTES);
  }

  /** The local address of what was received; undefined when the kernel did not tell. */
  get receivedAt(): Uint8Array | undefined {
    const end = this.#headerView.getUint32(libc.MSGHDR_CONTROLLEN, true);
    for (let at = 0; at + libc.CMSGHDR_BYTES <= end;) {
      const length = this.#controlView.getUint32(at + libc.CMSGHDR_LEN, true);
      if (length < libc.CMSGHDR_BYTES) return undefined;
      const level = this.#controlView.getInt32(at + libc.CMSGHDR_LEVEL, true),
        type = this.#controlView.getInt32(at + libc.CMSGHDR_TYPE, true);
      if (level === libc.IPPROTO_IP && type === libc.IP_PKTINFO) {
        return this.#control.subarray(at + TARGET_IPV4, at + TARGET_IPV4 + 4);
      }
      if (level === libc.IPPROTO_IPV6 && type === libc.IPV6_PKTINFO) {
        const host = this.#control.subarray(at + BOTH_IPV6, at + BOTH_IPV6 + 16);
        return isMapped(host) ? host.subarray(12) : host;
      }
      at += (length + 7) & ~7;
    }
    return undefined;
  }

  /** What was prepared last to be sent. */
  get prepared(): Uint8Array<ArrayBuffer> {
    return this.data.subarray(0, this.#vectorView.getUint32(libc.IOVEC_LEN, true));
  }

  /** `from` must be of the family of `to`; else the kernel chooses. */
  prepareSend(
    bytes: Uint8Array,
    path: { readonly to: Uint8Array; readonly port: number; readonly from: Uint8Array | undefined },
  ): void {
    this.data.set(bytes);
    this.#vectorView.setUint32(libc.IOVEC_LEN, bytes.length, true);
    this.setAddress(path.to, path.port);
    this.#headerView.setUint32(libc.MSGHDR_NAMELEN, this.address.length, true);
    if (path.from?.length === path.to.length) this.#setSource(path.from);
    else this.#setControl(0);
  }

  /** IPv4 on an IPv6 socket takes its source as a mapped one. */
  #setSource(from: Uint8Array): void {
    const length = INFO + (this.#isIpv6 ? INFO_IPV6_BYTES : INFO_IPV4_BYTES), room = (length + 7) & ~7;
    this.#control.fill(0, 0, room);
    this.#controlView.setUint32(libc.CMSGHDR_LEN, length, true);
    this.#controlView.setInt32(
      libc.CMSGHDR_LEVEL,
      this.#isIpv6 ? libc.IPPROTO_IPV6 : libc.IPPROTO_IP,
      true,
    );
    this.#controlView.setInt32(libc.CMSGHDR_TYPE, this.#isIpv6 ? libc.IPV6_PKTINFO : libc.IP_PKTINFO, true);
    if (!this.#isIpv6) this.#control.set(from, SOURCE_IPV4);
    else if (from.length === 16) this.#control.set(from, BOTH_IPV6);
    else {
      this.#control.set(MAPPED_PREFIX, BOTH_IPV6);
      this.#control.set(from, BOTH_IPV6 + MAPPED_PREFIX.length);
    }
    this.#setControl(room);
  }

  #setControl(length: number): void {
    this.#headerView.setBigUint64(libc.MSGHDR_CONTROL, length === 0 ? 0n : this.#controlPointer, true);
    this.#headerView.setUint32(libc.MSGHDR_CONTROLLEN, length, true);
  }
}

function isMapped(host: Uint8Array): boolean {
  for (let i = 0; i < 12; i++) if (host[i] !== MAPPED_PREFIX[i]) return false;
  return true;
}
