/** What a REGISTER asks for, read from its Contact, Expires and Path headers (RFC 3261 §10.2, §10.3; RFC 3327). Pure. */

import {
  contacts,
  expires,
  type NameAddr,
  parseRoute,
  printUri,
  type SipRequest,
  type SipUri,
} from "../../sip/message/mod.ts";

export interface WantedContact {
  readonly uri: SipUri;
  readonly text: string;
  readonly instance?: string;
  readonly q: number;
  /** Seconds; 0 removes. */
  readonly expiresSec: number;
}

export type RegisterWish =
  | { readonly kind: "query" }
  | { readonly kind: "remove all" }
  | { readonly kind: "change"; readonly contacts: readonly WantedContact[] }
  /** An answerable mistake. */
  | { readonly kind: "bad"; readonly statusCode: number; readonly reason: string };

/** Reads the wish; `defaultSec` stands where the phone names no time. */
export function readWish(request: SipRequest, defaultSec: number): RegisterWish {
  const found = contacts(request);
  if (found === undefined) {
    return request.headers.has("Contact") ? bad("Malformed Contact") : { kind: "query" };
  }
  if (found === "*") {
    return expires(request) === 0 ? { kind: "remove all" } : bad("Contact: * needs Expires: 0");
  }
  if (!Array.isArray(found)) return bad("Malformed Contact");
  // A way back with a hole in it leads somewhere else.
  if (request.headers.readAll("Path", parseRoute).some(({ ok }) => !ok)) return bad("Malformed Path");
  const wanted: WantedContact[] = [];
  for (const contact of found as readonly NameAddr[]) {
    const read = readContact(contact, expires(request) ?? defaultSec);
    if (typeof read === "string") return bad(read);
    wanted.push(read);
  }
  return wanted.length === 0 ? { kind: "query" } : { kind: "change", contacts: wanted };
}

function bad(reason: string): RegisterWish {
  return { kind: "bad", statusCode: 400, reason };
}

function readContact(contact: NameAddr, defaultSec: number): WantedContact | string {
  const { uri, params } = contact;
  if (uri.scheme !== "sip" && uri.scheme !== "sips") return "Contact is no SIP URI";
  const own = params.get("expires");
  // A malformed value counts as 3600 (RFC 3261 §10.2.1.1), as our default does.
  const expiresSec = own != null && /^\d{1,10}$/.test(own) ? Math.min(Number(own), 2 ** 32 - 1) : defaultSec;
  const instance = params.get("+sip.instance");
  return {
    uri,
    text: printUri(uri),
    q: readQ(params.get("q")),
    expiresSec,
    ...(instance != null && { instance }),
  };
}

function readQ(text: string | null | undefined): number {
  return text != null && /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(text) ? Number(text) : 1;
}
