/** Who calls over a line, as its carrier says (RFC 3325 §9.1, draft-ietf-sip-privacy-04, RFC 3261 §20.20). Pure. */

import {
  from,
  type NameAddr,
  nameAddrs,
  parseRemotePartyId,
  readHeader,
  type SipRequest,
  telDigits,
  type Uri,
} from "../../sip/mod.ts";

export interface OutsideCaller {
  /** Digits with a leading `+` where it was given, or a name; empty when the caller is unknown. */
  readonly number: string;
  readonly name: string;
  /** The caller wants to stay unknown, or is. */
  readonly isPrivate: boolean;
}

const MAX_NUMBER = 40;
const MAX_NAME = 64;

/** What the carrier vouches for comes before what From says. */
export function readCaller(request: SipRequest): OutsideCaller {
  const vouched = vouchedFor(request);
  const shown = from(request);
  const isPrivate = isAnonymous(shown) || asksForId(request) || vouched?.isPrivate === true;
  const identity = vouched?.address ?? shown;
  const number = isAnonymous(identity) ? "" : numberOf(identity.uri);
  const name = isPrivate ? "" : textOf(vouched?.address.displayName ?? shown.displayName ?? "");
  return { number, name: name === number ? "" : name, isPrivate: isPrivate || number === "" };
}

/** The user part of a URI as a number: without parameters and visual separators, of harmless characters only. */
export function numberOf(uri: Uri): string {
  if (uri.scheme === "other") return "";
  const text = uri.scheme === "tel" ? telDigits(uri.number) : uri.user ?? "";
  const plain = text.split(";", 1)[0]!;
  // Separators between digits only: `sales.berlin` is a name and keeps its dot.
  const number = /^\+?[0-9\s().*#-]+$/.test(plain) ? plain.replace(/[\s().-]/g, "") : plain;
  return number.replace(/[^0-9A-Za-z+*#._-]/g, "").slice(0, MAX_NUMBER);
}

function vouchedFor(request: SipRequest): { address: NameAddr; isPrivate: boolean } | undefined {
  const asserted = nameAddrs(request, "P-Asserted-Identity").find(({ uri }) => numberOf(uri) !== "");
  if (asserted) return { address: asserted, isPrivate: false };
  const remote = readHeader(request, "Remote-Party-ID", parseRemotePartyId);
  if (!remote?.ok || remote.value.party === "called") return undefined;
  const { address, privacy } = remote.value;
  return { address, isPrivate: privacy !== undefined && privacy !== "off" };
}

function isAnonymous({ uri }: NameAddr): boolean {
  if (uri.scheme === "tel" || uri.scheme === "other") return false;
  const user = uri.user?.toLowerCase() ?? "";
  return uri.host === "anonymous.invalid" || ["", "anonymous", "unavailable", "restricted"].includes(user);
}

function asksForId(request: SipRequest): boolean {
  return request.headers.all("Privacy").some((value) =>
    value.toLowerCase().split(/[;,]/).some((wish) => ["id", "user", "header"].includes(wish.trim()))
  );
}

/** Printable text of bounded length; control characters go. */
function textOf(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x1f\x7f]/g, "").trim().slice(0, MAX_NAME);
}
