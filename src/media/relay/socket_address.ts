/** An IP address and port as the kernel lays it out (`sockaddr_in`, `sockaddr_in6`), comparable without allocation. */

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
  readonly bytes: Uint8Array<ArrayBuffer> = new Uint8Array(SOCKET_ADDRESS_BYTES);
  readonly #words = new Uint32Array(this.bytes.buffer);

  /** Undefined when `host` is no IP address or `port` is out of range; names are not resolved here. */
  static parse(host: string, port: number): SocketAddress | undefined {
    if (!Number.isInteger(port) || port < 0 || port > 65535) return undefined;
    const address = new SocketAddress();
    const groups = parseIpv4(host);
    if (groups) {
      address.bytes[0] = AF_INET;
      address.bytes.set(groups, 4);
    } else {
      const wide = parseIpv6(host);
      if (!wide) return undefined;
      address.bytes[0] = AF_INET6;
      address.bytes.set(wide, 8);
    }
    address.port = port;
    return address;
  }

  get isIpv6(): boolean {
    return this.bytes[0] === AF_INET6;
  }

  /** False for an address never written. */
  get isSet(): boolean {
    return this.#words[0] !== 0;
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
    return this.#words[0] === other.#words[0] && this.hasHostOf(other);
  }

  /** Same address, any port. */
  hasHostOf(other: SocketAddress): boolean {
    const mine = this.#words, theirs = other.#words;
    if (this.bytes[0] !== other.bytes[0]) return false;
    if (this.bytes[0] === AF_INET) return mine[1] === theirs[1];
    return mine[2] === theirs[2] && mine[3] === theirs[3] && mine[4] === theirs[4] && mine[5] === theirs[5];
  }

  copyFrom(other: SocketAddress): void {
    this.#words.set(other.#words);
  }

  clear(): void {
    this.#words.fill(0);
  }

  /** `0.0.0.0`, `::` and the unset address: nowhere to send to. */
  get isUnspecified(): boolean {
    const words = this.#words;
    if (this.bytes[0] === AF_INET) return words[1] === 0;
    return (words[2]! | words[3]! | words[4]! | words[5]!) === 0;
  }

  get host(): string {
    if (this.bytes[0] === AF_INET) return this.bytes.subarray(4, 8).join(".");
    return this.bytes[0] === AF_INET6 ? printIpv6(this.bytes.subarray(8, 24)) : "";
  }

  /** `192.0.2.1:4000`, `[2001:db8::1]:4000`. */
  toString(): string {
    return this.isIpv6 ? `[${this.host}]:${this.port}` : `${this.host}:${this.port}`;
  }
}

function parseIpv4(text: string): number[] | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  const groups = text.split(".").map(Number);
  return groups.every((group) => group < 256) ? groups : undefined;
}

/** Forms of RFC 4291 §2.2 without a zone; brackets are taken off. */
function parseIpv6(text: string): number[] | undefined {
  let body = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  if (body.length > 45 || !/^[0-9a-fA-F:.]+$/.test(body)) return undefined;
  const lastColon = body.lastIndexOf(":");
  if (body.includes(".")) {
    const tail = parseIpv4(body.slice(lastColon + 1));
    if (!tail) return undefined;
    const high = (tail[0]! << 8 | tail[1]!).toString(16), low = (tail[2]! << 8 | tail[3]!).toString(16);
    body = `${body.slice(0, lastColon + 1)}${high}:${low}`;
  }
  const halves = body.split("::");
  if (halves.length > 2) return undefined;
  const [front = [], back = []] = halves.map((half) => half === "" ? [] : half.split(":"));
  const missing = 8 - front.length - back.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...front, ...Array<string>(missing).fill("0"), ...back];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]);
}

/** RFC 5952: lower case, the longest run of zeros shortened. */
function printIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes[2 * i]! << 8 | bytes[2 * i + 1]!);
  let bestStart = -1, bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > bestLength) [bestStart, bestLength] = [i, end - i];
  }
  const text = (part: number[]) => part.map((group) => group.toString(16)).join(":");
  if (bestStart < 0) return text(groups);
  return `${text(groups.slice(0, bestStart))}::${text(groups.slice(bestStart + bestLength))}`;
}
