/** An IP address and port as the kernel lays it out (`sockaddr_in`, `sockaddr_in6`), comparable without allocation. */
import { parseIp, printIp } from "../../base/mod.ts";

/**
 * ```
 * IPv4  family(2, host order) port(2, network order) address(4) zero(8)
 * IPv6  family(2, host order) port(2, network order) flowinfo(4) address(16) scope(4)
 * ```
 * Numbers are those of Linux; both machines we run on (x86-64, arm64) are little-endian.
 */
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCKET_ADDRESS_BYTES = 28;

export class SocketAddress {
  /** What the kernel reads and writes; 28 bytes, enough for both families. */
  readonly bytes: Uint8Array<ArrayBuffer>;

  /** Takes a copy of `bytes`, as {@linkcode bytes} of another gave them; unset without. */
  constructor(bytes?: Uint8Array) {
    this.bytes = new Uint8Array(SOCKET_ADDRESS_BYTES);
    if (bytes) this.bytes.set(bytes);
  }

  /** Undefined when `host` is no IP address or `port` is out of range; names are not resolved here. */
  static parse(host: string, port: number): SocketAddress | undefined {
    if (!Number.isInteger(port) || port < 0 || port > 65535) return undefined;
    const ip = parseIp(host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host);
    if (!ip) return undefined;
    const address = new SocketAddress();
    address.bytes[0] = ip.length === 4 ? AF_INET : AF_INET6;
    address.bytes.set(ip, ip.length === 4 ? 4 : 8);
    address.port = port;
    return address;
  }

  get isIpv6(): boolean {
    return this.bytes[0] === AF_INET6;
  }

  /** False for an address never written. */
  get isSet(): boolean {
    return this.bytes[0] !== 0;
  }

  /** Length of the kernel's structure: 16 or 28. */
  get byteLength(): number {
    return this.bytes[0] === AF_INET6 ? SOCKET_ADDRESS_BYTES : 16;
  }

  get port(): number {
    return this.bytes[2]! << 8 | this.bytes[3]!;
  }

  set port(port: number) {
    this.bytes[2] = port >> 8;
    this.bytes[3] = port & 255;
  }

  /** Same family, address and port; flow label and scope do not count. */
  equals(other: SocketAddress): boolean {
    const mine = this.bytes, theirs = other.bytes;
    return mine[2] === theirs[2] && mine[3] === theirs[3] && this.hasHostOf(other);
  }

  /** Same address, any port. */
  hasHostOf(other: SocketAddress): boolean {
    const mine = this.bytes, theirs = other.bytes;
    if (mine[0] !== theirs[0]) return false;
    if (mine[0] !== AF_INET) return this.#hasIpv6HostOf(other);
    return mine[4] === theirs[4] && mine[5] === theirs[5] && mine[6] === theirs[6] && mine[7] === theirs[7];
  }

  copyFrom(other: SocketAddress): void {
    this.bytes.set(other.bytes);
  }

  clear(): void {
    this.bytes.fill(0);
  }

  /** `0.0.0.0`, `::` and the unset address: nowhere to send to. */
  get isUnspecified(): boolean {
    for (let at = this.isIpv6 ? 8 : 4, end = this.isIpv6 ? 24 : 8; at < end; at++) {
      if (this.bytes[at] !== 0) return false;
    }
    return true;
  }

  /** An IPv4 address of this machine's loopback network. */
  get isIpv4Loopback(): boolean {
    return this.bytes[0] === AF_INET && this.bytes[4] === 127;
  }

  get host(): string {
    if (!this.isSet) return "";
    return printIp(this.isIpv6 ? this.bytes.slice(8, 24) : this.bytes.slice(4, 8));
  }

  /** `192.0.2.1:4000`, `[2001:db8::1]:4000`. */
  toString(): string {
    return this.isIpv6 ? `[${this.host}]:${this.port}` : `${this.host}:${this.port}`;
  }

  #hasIpv6HostOf(other: SocketAddress): boolean {
    for (let i = 8; i < 24; i++) if (this.bytes[i] !== other.bytes[i]) return false;
    return true;
  }
}
