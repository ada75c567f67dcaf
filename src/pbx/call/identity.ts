/**
 * Who the called side is told is calling (RFC 3261 §8.1.1.3, RFC 3323, RFC 3325): what the server has proven, never what a
 * phone claims.
 */

import type { NameAddr, SipRequest, SipUri } from "../../sip/message/mod.ts";
import { tokens } from "../../sip/message/mod.ts";
import type { ExtraHeaders } from "../../sip/mod.ts";

/** The caller as the callee may see it. */
export interface Caller {
  readonly domain: string;
  readonly number: string;
  readonly name: string;
  /** The caller asked to stay unknown. */
  readonly isPrivate: boolean;
}

/** True when the caller asks for privacy (RFC 3323 §4.1) or calls as `anonymous`. */
export function asksPrivacy(request: SipRequest): boolean {
  const wishes = tokens(request, "Privacy").flatMap((value) => value.split(";"));
  return wishes.some((wish) => ["id", "user", "header"].includes(wish.trim().toLowerCase()));
}

export function sipUri(user: string | undefined, host: string): SipUri {
  return { scheme: "sip", ...(user !== undefined && { user }), host, params: new Map(), headers: new Map() };
}

/** From of a leg towards the called side. */
export function fromHeader(caller: Caller, prefix = ""): NameAddr {
  if (caller.isPrivate) {
    return {
      displayName: `${prefix}Anonymous`,
      uri: sipUri("anonymous", "anonymous.invalid"),
      params: new Map(),
    };
  }
  const displayName = `${prefix}${caller.name || (prefix ? caller.number : "")}`.slice(0, 128);
  return {
    ...(displayName && { displayName }),
    uri: sipUri(caller.number, caller.domain),
    params: new Map(),
  };
}

/** P-Asserted-Identity for phones of the house, Privacy for all (RFC 3325 §9). */
export function identityHeaders(caller: Caller): ExtraHeaders {
  if (caller.isPrivate) return [["Privacy", "id"]];
  const name = caller.name ? `"${caller.name.replace(/["\\]/g, "\\$&")}" ` : "";
  return [["P-Asserted-Identity", `${name}<sip:${encodeURIComponent(caller.number)}@${caller.domain}>`]];
}
