/** When two URIs mean the same (RFC 3261 §19.1.4; tel: RFC 3966 §4). */
import { telDigits } from "./tel_uri.ts";
import type { Params, SipUri, TelUri, Uri } from "./types.ts";

/** Parameters that never match when only one side has them; `transport` by the RFC's own example. */
const BOTH_OR_NEITHER = ["user", "ttl", "method", "maddr", "transport"] as const;
/** `@` and `:` are left out: a user part can hold them in no other way. */
const RESERVED = ";/?&=+$,";

/** True when both URIs are equivalent. The order of parameters and headers, and escapes, do not matter. */
export function sameUri(a: Uri, b: Uri): boolean {
  if (a.scheme === "other" || b.scheme === "other") {
    return a.scheme === "other" && b.scheme === "other" && a.text === b.text;
  }
  if (a.scheme === "tel" || b.scheme === "tel") {
    return a.scheme === "tel" && b.scheme === "tel" && sameTelUri(a, b);
  }
  return a.scheme === b.scheme && userKey(a) === userKey(b) && a.password === b.password &&
    a.host.toLowerCase() === b.host.toLowerCase() && a.port === b.port &&
    sameParams(a.params, b.params) && sameHeaders(a.headers, b.headers);
}

/** The user part in one spelling: escapes undone, except those of reserved characters, which mean another user. */
function userKey(uri: SipUri): string | undefined {
  const { user, escapedUser } = uri;
  if (user === undefined || escapedUser === undefined) return user;
  let key = "";
  let hasReserved = false;
  for (let i = 0; i < escapedUser.length; i++) {
    if (escapedUser[i] !== "%") {
      key += escapedUser[i];
      continue;
    }
    const octet = parseInt(escapedUser.slice(i + 1, i + 3), 16);
    const isReserved = RESERVED.includes(String.fromCharCode(octet));
    key += isReserved || octet >= 128
      ? escapedUser.slice(i, i + 3).toUpperCase()
      : String.fromCharCode(octet);
    hasReserved ||= isReserved;
    i += 2;
  }
  return hasReserved ? `escaped ${key}` : user;
}

function sameValue(a: string | null | undefined, b: string | null | undefined): boolean {
  return a === b || (typeof a === "string" && typeof b === "string" && a.toLowerCase() === b.toLowerCase());
}

function sameParams(a: Params, b: Params): boolean {
  for (const name of BOTH_OR_NEITHER) {
    if (a.has(name) !== b.has(name)) return false;
  }
  for (const [name, value] of a) {
    if (b.has(name) && !sameValue(value, b.get(name))) return false;
  }
  return true;
}

/** Headers are never ignored; values are compared as text (a departure: the RFC compares by each header's own rules). */
function sameHeaders(a: Params, b: Params): boolean {
  if (a.size !== b.size) return false;
  if (a.size === 0) return true;
  const other = new Map([...b].map(([name, value]) => [name.toLowerCase(), value]));
  for (const [name, value] of a) {
    if (!other.has(name.toLowerCase()) || other.get(name.toLowerCase()) !== value) return false;
  }
  return true;
}

function sameTelUri(a: TelUri, b: TelUri): boolean {
  if (telDigits(a.number) !== telDigits(b.number) || a.params.size !== b.params.size) return false;
  for (const [name, value] of a.params) {
    const other = b.params.get(name);
    if (other === undefined || value === null || other === null) {
      if (other !== value) return false;
    } else if (telDigits(value) !== telDigits(other)) return false;
  }
  return true;
}
