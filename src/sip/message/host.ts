/** `hostport` of URIs and Via (RFC 3261 §25.1): names, IPv4 and bracketed IPv6 addresses. */
import { CLOSE, COLON, Cursor, HOST, OPEN, parseDigits } from "./lexer.ts";

/** Lower-case host without brackets, or undefined when none stands here. IPv6 text is checked for its alphabet only. */
export function readHost(cursor: Cursor): string | undefined {
  if (cursor.peek() !== OPEN) {
    const name = cursor.run(HOST);
    return name === "" ? undefined : name.toLowerCase();
  }
  const start = ++cursor.at;
  while (isIpv6Character(cursor.peek())) cursor.at++;
  const address = cursor.text.slice(start, cursor.at);
  if (!address.includes(":") || !cursor.take(CLOSE)) return undefined;
  return address.toLowerCase();
}

/** Port after `:`; undefined when it is no number from 0 to 65535. */
export function readPort(cursor: Cursor): number | undefined {
  const { text, at } = cursor;
  let end = at;
  while (end < text.length && isDigit(text.charCodeAt(end))) end++;
  cursor.at = end;
  return parseDigits(text.slice(at, end), 65535);
}

/** `host` or `[ipv6]`, with the port where there is one. */
export function printHostPort(host: string, port?: number): string {
  const text = host.includes(":") ? `[${host}]` : host;
  return port === undefined ? text : `${text}:${port}`;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isIpv6Character(code: number): boolean {
  const lower = code | 32;
  return isDigit(code) || code === COLON || code === 46 || (lower >= 97 && lower <= 102);
}
