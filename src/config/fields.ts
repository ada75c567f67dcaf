/** The small words of the configuration: numbers, names, addresses, URIs. Every check is linear in the text. */

import { parseIp, parseNetwork } from "../base/mod.ts";
import { z } from "zod";

/** Longest text any field takes; names on telephone displays are far shorter. */
const MAX_TEXT = 256;

const NUMBER = /^[0-9A-Za-z+][0-9A-Za-z._+-]{0,31}$/;
const DIALLED = /^[0-9A-Za-z+*#][0-9A-Za-z.*#_+-]{0,63}$/;
const CODE = /^(?:|[0-9*#][0-9*#]{0,15})$/;
const PREFIX = /^(?:\*|\+?[0-9A-Za-z._-]{1,32}\*?)$/;
const RULE = /^\+?(?:[0-9#xX]|\[[0-9](?:-?[0-9]){0,19}\]){0,40}\*?$/;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;
const PLAIN_NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u;
const URI_PARAMETERS =
  /^(?:|;?[A-Za-z0-9._~-]+(?:=[A-Za-z0-9._~:%+-]+)?(?:;[A-Za-z0-9._~-]+(?:=[A-Za-z0-9._~:%+-]+)?){0,15})$/;

/** Characters that would break a header or a terminal line: C0, DEL and C1 (RFC 3261 §25.1 excludes them from quoted text). */
// deno-lint-ignore no-control-regex -- refusing control characters is the purpose
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** Text for people: no line breaks or control characters. */
export function text(maxLength: number = MAX_TEXT) {
  return z.string().max(maxLength).refine((value) => !CONTROL.test(value), {
    error: "must not contain line breaks or control characters",
  });
}

/** A number of a domain: what a phone registers as and what others dial. */
export const numberText = z.string().regex(NUMBER, {
  error: "expected up to 32 digits, letters or . _ + -, like 100",
});

/** Anything that can be dialled: a number, a code with * and #. */
export const dialledText = z.string().regex(DIALLED, { error: "expected a number to dial, like 102 or *97" });

/** A service code; empty switches it off. */
export const codeText = z.string().regex(CODE, {
  error: "expected a code of digits, * and #, or an empty text",
});

/** `*`, an exact number, or a prefix that ends in `*`. */
export const prefixText = z.string().regex(PREFIX, {
  error: "expected a number, a prefix that ends in *, or * alone",
});

/** A dial pattern: digits, `x` for any digit, `[2-5]` or `[17]` for one of several, `*` at the end for any rest. */
export const patternText = z.string().min(1).regex(RULE, {
  error:
    "expected digits, x for any digit, [2-5] for one of several, and * only at the end, like 9* or 0[1-9]x*",
});

/** The beginning of an international number: `+49`, `+1242`. */
export const countryText = z.string().regex(/^\+[1-9][0-9]{0,14}$/, {
  error: "expected the beginning of an international number, like +49",
});

/** A PIN as it is typed on a telephone. */
export const pinText = z.string().regex(/^[0-9]{2,16}$/, { error: "expected 2 to 16 digits" });

/** A name used as a key within its domain: lines, schedules, pickup groups, levels. */
export const nameText = z.string().regex(PLAIN_NAME, {
  error: "expected a name of up to 64 letters, digits, spaces or . _ -",
});

export const uriParametersText = z.string().regex(URI_PARAMETERS, {
  error: "expected URI parameters like user=phone or a=b;c",
});

export function isIp(value: string): boolean {
  return parseIp(value) !== undefined;
}

/** True for a DNS name of letters, digits and hyphens (underscores are met in the field), or an IP address. */
export function isHost(value: string): boolean {
  if (isIp(value)) return true;
  if (value.length === 0 || value.length > 253) return false;
  // A name of digits and dots only is a mistyped address, never a DNS name (RFC 1123 §2.1).
  return !/^[0-9.]+$/.test(value) && value.split(".").every((label) => LABEL.test(label));
}

/** Splits `host`, `host:port`, `[v6]` and `[v6]:port`; undefined when it is none of them. */
export function splitHostPort(value: string): { host: string; port?: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([^\[\]:/?#@;\s]{1,253}))(?::([0-9]{1,5}))?$/.exec(value);
  if (!match) return undefined;
  const host = match[1] ?? match[2] ?? "";
  if (match[1] !== undefined ? parseIp(host)?.length !== 16 : !isHost(host)) return undefined;
  if (match[3] === undefined) return { host };
  const port = Number(match[3]);
  return port <= 65535 ? { host, port } : undefined;
}

/** True for a `sip:` or `sips:` URI with a host that can be reached (RFC 3261 §19.1.1, without headers). */
export function isSipUri(value: string): boolean {
  if (value.length > 512) return false;
  const match = /^sips?:(?:([^@\s<>"]{1,128})@)?([^@;?\s<>"]+)((?:;[^;?@\s<>"]+)*)$/i.exec(value);
  return match !== null && splitHostPort(match[2] ?? "") !== undefined;
}

export const hostText = z.string().refine(isHost, { error: "expected a host name or an IP address" });
export const networkText = z.string().refine((value) => parseNetwork(value) !== undefined, {
  error: "expected an IP address or a network like 192.0.2.0/24",
});
export const sipUriText = z.string().refine(isSipUri, {
  error: "expected a SIP URI like sip:sip.carrier.example;transport=tls",
}).refine((value) => !/^sips?:[^@]*:[^@]*@/i.test(value), {
  error: "must hold no password, for it is shown: use username and password",
});

/** Whole seconds in a range. */
export function seconds(min: number, max: number) {
  return z.int().min(min).max(max);
}

/** True for a name of the time zone database that this runtime knows. */
export function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

export const timeZoneText = z.string().max(64).refine(isTimeZone, {
  error: "expected a time zone like Europe/Berlin or Asia/Shanghai",
});

/** An object that takes only the keys of its shape; the error text lists them, so that a reader can be helped. */
export function strict<Shape extends z.core.$ZodShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => issue.code === "unrecognized_keys" ? Object.keys(shape).join(", ") : undefined,
  });
}
