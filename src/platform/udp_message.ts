/** `recvmsg` and `sendmsg` with the local address beside the datagram (recvmsg(2), ip(7), ipv6(7)). */

import { AF_INET, AF_INET6, IPPROTO_IP, IPPROTO_IPV6, pointerTo } from "./libc.ts";

const IP_PKTINFO = 8;
const IPV6_PKTINFO = 50;
const MAX_DATAGRAM_BYTES = 65_536;
const HEADER_BYTES = 56;
const CONTROL_BYTES = 128;
const MAPPED_PREFIX = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255);

/**
 * The memory of one call, used again and again; equal on x86-64 and arm64 (LP64, little-endian).
 * ```
 * msghdr    name*(8) namelen(4) pad(4) iov*(8) iovlen(8) control*(8) controllen(8) flags(4) pad(4)
 * iovec     base*(8) len(8)
 * cmsghdr   len(8) level(4) type(4), then:
 *   in_pktinfo   ifindex(4) spec_dst(4) addr(4)      in6_pktinfo  addr(16) ifindex(4)
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
  readonly #vector = new Uint8Array(16);
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
      header: new Uint8Array(HEADER_BYTES),
      dataBytes: MAX_DATAGRAM_BYTES,
    },
  ) {
    this.#isIpv6 = isIpv6;
    this.header = place.header;
    this.#headerView = new DataView(this.header.buffer, this.header.byteOffset, HEADER_BYTES);
    this.data = new Uint8Array(place.dataBytes);
    this.address = new Uint8Array(isIpv6 ? 28 : 16);
    this.#addressView = new DataView(this.address.buffer);
    this.#host = isIpv6 ? this.address.subarray(8, 24) : this.address.subarray(4, 8);
    this.#mappedHost = isIpv6 ? this.address.subarray(20, 24) : this.#host;
    this.#controlPointer = pointerTo(this.#control);
    this.#headerView.setBigUint64(0, pointerTo(this.address), true);
    this.#headerView.setBigUint64(16, pointerTo(this.#vector), true);
    this.#headerView.setBigUint64(24, 1n, true);
    this.#vectorView.setBigUint64(0, pointerTo(this.data), true);
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
    this.#addressView.setUint16(0, this.#isIpv6 ? AF_INET6 : AF_INET, true);
    this.#addressView.setUint16(2, port);
    if (this.#isIpv6 && host.length === 4) {
      this.#host.set(MAPPED_PREFIX);
      this.#mappedHost.set(host);
    } else this.#host.set(host);
  }

  prepareReceive(): void {
    this.#vectorView.setUint32(8, this.data.length, true);
    this.#headerView.setUint32(8, this.address.length, true);
    this.#setControl(CONTROL_BYTES);
  }

  /** The local address of what was received; undefined when the kernel did not tell. */
  get receivedAt(): Uint8Array | undefined {
    const end = this.#headerView.getUint32(40, true);
    for (let at = 0; at + 16 <= end;) {
      const length = this.#controlView.getUint32(at, true);
      if (length < 16) return undefined;
      const level = this.#controlView.getInt32(at + 8, true),
        type = this.#controlView.getInt32(at + 12, true);
      if (level === IPPROTO_IP && type === IP_PKTINFO) return this.#control.subarray(at + 24, at + 28);
      if (level === IPPROTO_IPV6 && type === IPV6_PKTINFO) {
        const host = this.#control.subarray(at + 16, at + 32);
        return isMapped(host) ? host.subarray(12) : host;
      }
      at += (length + 7) & ~7;
    }
    return undefined;
  }

  /** What was prepared last to be sent. */
  get prepared(): Uint8Array<ArrayBuffer> {
    return this.data.subarray(0, this.#vectorView.getUint32(8, true));
  }

  /** `from` must be of the family of `to`; else the kernel chooses. */
  prepareSend(
    bytes: Uint8Array,
    path: { readonly to: Uint8Array; readonly port: number; readonly from: Uint8Array | undefined },
  ): void {
    this.data.set(bytes);
    this.#vectorView.setUint32(8, bytes.length, true);
    this.setAddress(path.to, path.port);
    this.#headerView.setUint32(8, this.address.length, true);
    if (path.from?.length === path.to.length) this.#setSource(path.from);
    else this.#setControl(0);
  }

  /** IPv4 on an IPv6 socket takes its source as a mapped one. */
  #setSource(from: Uint8Array): void {
    this.#control.fill(0, 0, 40);
    this.#controlView.setUint32(0, this.#isIpv6 ? 36 : 28, true);
    this.#controlView.setInt32(8, this.#isIpv6 ? IPPROTO_IPV6 : IPPROTO_IP, true);
    this.#controlView.setInt32(12, this.#isIpv6 ? IPV6_PKTINFO : IP_PKTINFO, true);
    if (!this.#isIpv6) this.#control.set(from, 20);
    else if (from.length === 16) this.#control.set(from, 16);
    else {
      this.#control.set(MAPPED_PREFIX, 16);
      this.#control.set(from, 28);
    }
    this.#setControl(this.#isIpv6 ? 40 : 32);
  }

  #setControl(length: number): void {
    this.#headerView.setBigUint64(32, length === 0 ? 0n : this.#controlPointer, true);
    this.#headerView.setUint32(40, length, true);
  }
}

function isMapped(host: Uint8Array): boolean {
  for (let i = 0; i < 12; i++) if (host[i] !== MAPPED_PREFIX[i]) return false;
  return true;
}
