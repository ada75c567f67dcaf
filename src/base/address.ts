/** IP addresses and networks as text and bytes (RFC 4291 §2.2, RFC 5952, RFC 4632); pure, linear, never throws. */

/** Four or sixteen bytes in network order; undefined when `text` is no literal address (no brackets, no zone). */
export function parseIp(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length > 45) return undefined;
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Uint8Array<ArrayBuffer> | undefined {
  const value = readIpv4(text);
  return value < 0 ? undefined : Uint8Array.of(value / 2 ** 24, value >> 16, value >> 8, value);
}

/** The address as one number, or -1; asked for every message, so it leaves no garbage. */
function readIpv4(text: string): number {
  let value = 0, part = -1, dots = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i === text.length ? 46 : text.charCodeAt(i);
    if (code === 46) {
      if (part < 0 || ++dots > 4) return -1;
      value = value * 256 + part;
      part = -1;
      continue;
    }
    // Leading zeros are octal to some readers and decimal to others: refused.
    if (code < 48 || code > 57 || part === 0) return -1;
    part = Math.max(part, 0) * 10 + code - 48;
    if (part > 255) return -1;
  }
  return dots === 4 ? value : -1;
}

function parseIpv6(text: string): Uint8Array<ArrayBuffer> | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? "", true) : [];
  if (!head || !tail) return undefined;
  const length = head.length + tail.length;
  if (halves.length === 1 ? length !== 16 : length > 14) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(head, 0);
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [index, group] of groups.entries()) {
    if (group.includes(".")) {
      const tail = mayEndInIpv4 && index === groups.length - 1 ? parseIpv4(group) : undefined;
      if (!tail) return undefined;
      bytes.push(...tail);
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(group)) return undefined;
      const value = parseInt(group, 16);
      bytes.push(value >> 8, value & 255);
    }
  }
  return bytes;
}

/** Canonical text (RFC 5952) of four or sixteen bytes. */
export function printIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) throw new RangeError(`Cannot print address: ${bytes.length} bytes, want 4 or 16`);
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16));
  let start = -1, longest = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === "0") end++;
    if (end - i > longest) [start, longest] = [i, end - i];
  }
  if (start < 0) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + longest).join(":")}`;
}

/** The IPv4 bytes inside `::ffff:a.b.c.d`; other bytes as they are. */
function unmapped(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes.length !== 16 || bytes[10] !== 255 || bytes[11] !== 255) return bytes;
  for (let i = 0; i < 10; i++) if (bytes[i] !== 0) return bytes;
  return bytes.slice(12);
}

/**
 * One spelling for one address: RFC 5952 text, IPv4 written plainly when it came mapped into IPv6, brackets and zone
 * taken off. Undefined when `host` is no literal address.
 */
export function canonicalIp(host: string): string | undefined {
  // The usual case: sockets give plain IPv4 text.
  if (readIpv4(host) >= 0) return host;
  const bare = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
  const zone = bare.indexOf("%");
  const bytes = parseIp(zone < 0 ? bare : bare.slice(0, zone));
  return bytes && printIp(unmapped(bytes));
}

/** 4 or 6 for a literal address, undefined for a name. IPv4 mapped into IPv6 counts as 4. */
export function ipFamily(host: string): 4 | 6 | undefined {
  if (readIpv4(host) >= 0) return 4;
  const bytes = parseIp(host);
  return bytes && (unmapped(bytes).length === 4 ? 4 : 6);
}

/** 127.0.0.0/8 and ::1. */
export function isLoopback(host: string): boolean {
  const bytes = bytesOf(host);
  return bytes !== undefined &&
    (bytes.length === 4 ? bytes[0] === 127 : bytes[15] === 1 && bytes.subarray(0, 15).every((b) => b === 0));
}

/** 0.0.0.0 and ::, which mean "every address" to a listener. */
export function isUnspecified(host: string): boolean {
  return bytesOf(host)?.every((byte) => byte === 0) ?? false;
}

/** 224.0.0.0/4 and ff00::/8. */
export function isMulticast(host: string): boolean {
  const bytes = bytesOf(host);
  return bytes !== undefined && (bytes.length === 4 ? bytes[0]! >> 4 === 14 : bytes[0] === 255);
}

/** 169.254.0.0/16 and fe80::/10. */
export function isLinkLocal(host: string): boolean {
  const bytes = bytesOf(host);
  if (!bytes) return false;
  return bytes.length === 4
    ? bytes[0] === 169 && bytes[1] === 254
    : bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80;
}

function bytesOf(host: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = parseIp(host);
  return bytes && unmapped(bytes);
}

/** `host:port`, with brackets around IPv6. */
export function printHostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A block of addresses. */
export interface Network {
  /** Host bits are zero. */
  readonly bytes: Uint8Array;
  /** 0–32 or 0–128. */
  readonly prefixLength: number;
}

/** `10.0.0.0/8`, `2001:db8::/32`, or a single address; host bits are cleared. Undefined when it is neither. */
export function parseNetwork(text: string): Network | undefined {
  const [address, length, ...rest] = text.split("/");
  const bytes = rest.length === 0 && address !== undefined ? parseIp(address) : undefined;
  if (!bytes) return undefined;
  if (length === undefined) {
    const plain = unmapped(bytes);
    return { bytes: plain, prefixLength: plain.length * 8 };
  }
  if (!/^[0-9]{1,3}$/.test(length) || Number(length) > bytes.length * 8) return undefined;
  return { bytes: masked(bytes, Number(length)), prefixLength: Number(length) };
}

export function printNetwork(network: Network): string {
  return `${printIp(network.bytes)}/${network.prefixLength}`;
}

/** True when the literal address `host` lies in `network`; a name lies in none. */
export function networkContains(network: Network, host: string): boolean {
  const bytes = bytesOf(host);
  if (bytes?.length !== network.bytes.length) return false;
  const whole = network.prefixLength >> 3, bits = network.prefixLength & 7;
  for (let i = 0; i < whole; i++) if (bytes[i] !== network.bytes[i]) return false;
  return bits === 0 || (bytes[whole]! >> (8 - bits)) === (network.bytes[whole]! >> (8 - bits));
}

/**
 * Who counts as one sender: an IPv4 address, or the /64 of an IPv6 address, since whoever has one address of a /64
 * has them all. A name stands for itself.
 */
export function senderKey(host: string): string {
  const bytes = bytesOf(host);
  if (!bytes) return host;
  return bytes.length === 4 ? printIp(bytes) : `${printIp(masked(bytes, 64))}/64`;
}

function masked(bytes: Uint8Array<ArrayBuffer>, prefixLength: number): Uint8Array<ArrayBuffer> {
  const out = bytes.slice();
  for (let i = 0; i < out.length; i++) {
    const keep = Math.min(8, Math.max(0, prefixLength - 8 * i));
    out[i]! &= 0xff << (8 - keep);
  }
  return out;
}
