/** Addresses to listen on and port ranges, as they stand in the file: `udp://0.0.0.0:5060`, `20000-29999`. */

import { splitHostPort } from "./fields.ts";
import type { ListenSettings, MediaSettings, SipListener } from "./types.ts";

const SIP_PORTS = { udp: 5060, tcp: 5060, tls: 5061 } as const;

/** Reads `udp://HOST[:PORT]`, `tcp://…`, `tls://…`; port 0 lets the system choose. */
export function readSipListener(text: string): SipListener | undefined {
  const match = /^(udp|tcp|tls):\/\/(.+)$/.exec(text);
  const place = match && splitHostPort(match[2] ?? "");
  if (!match || !place) return undefined;
  const transport = match[1] as SipListener["transport"];
  return { transport, host: place.host, port: place.port ?? SIP_PORTS[transport] };
}

/** Reads `http://HOST[:PORT]` or `https://…`; `off` gives undefined, anything else `"bad"`. */
export function readWebListener(text: string): ListenSettings["web"] | "bad" {
  if (text === "off") return undefined;
  const match = /^(https?):\/\/([^/]+)\/?$/.exec(text);
  const place = match && splitHostPort(match[2] ?? "");
  if (!match || !place) return "bad";
  const secure = match[1] === "https";
  return { secure, host: place.host, port: place.port ?? (secure ? 443 : 80) };
}

const HEP_PORT = 9060;

/** Reads `udp://HOST[:PORT]` of a capture server. */
export function readHepServer(text: string): { readonly host: string; readonly port: number } | undefined {
  const place = text.startsWith("udp://") ? splitHostPort(text.slice(6)) : undefined;
  return place && place.port !== 0 ? { host: place.host, port: place.port ?? HEP_PORT } : undefined;
}

/** Reads `20000-29999`. RTP takes the even port, RTCP the next (RFC 3550 §11), so the range is cut to whole pairs. */
export function readPortRange(text: string): MediaSettings["ports"] | undefined {
  const match = /^([0-9]{1,5})\s*-\s*([0-9]{1,5})$/.exec(text);
  if (!match) return undefined;
  const first = Number(match[1]), last = Number(match[2]);
  const pairs = { first: first + first % 2, last: last % 2 === 1 ? last : last - 1 };
  return first >= 1024 && last <= 65535 && pairs.last > pairs.first ? pairs : undefined;
}

/** Reads `auto`, an IP address, or `stun:HOST[:PORT]`. */
export function readMediaAddress(text: string): MediaSettings["address"] | undefined {
  if (text === "auto") return text;
  if (text.startsWith("stun:")) {
    const stun = text.slice(5);
    return splitHostPort(stun) ? { stun } : undefined;
  }
  const place = splitHostPort(text.includes(":") && !text.startsWith("[") ? `[${text}]` : text);
  return place && place.port === undefined && /^[0-9.]+$|:/.test(place.host) ? { ip: place.host } : undefined;
}

/** `udp://0.0.0.0:5060`, as it would stand in the file. */
export function printSipListener(listener: SipListener): string {
  const host = listener.host.includes(":") ? `[${listener.host}]` : listener.host;
  return `${listener.transport}://${host}:${listener.port}`;
}
