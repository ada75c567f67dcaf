/** What people type, as URIs: numbers, addresses, servers. */

import { fail, ok, type Result } from "../base/mod.ts";
import { parseUri, type SipUri, type TransportName, type Uri } from "../sip/message/mod.ts";

/** `101`, `101@office.example`, `sip:101@office.example`, `tel:+4930123`; a bare number belongs to `domain`. */
export function parseTarget(text: string, domain: string): Result<Uri, string> {
  const trimmed = text.trim();
  if (trimmed === "") return fail("nobody is named");
  const hasScheme = /^(?:sips?|tel):/i.test(trimmed);
  if (!hasScheme && /^[a-z][a-z0-9+.-]*:/i.test(trimmed)) {
    return fail(`"${trimmed}" is neither sip:, sips: nor tel:`);
  }
  if (hasScheme || trimmed.includes("@")) {
    const parsed = parseUri(hasScheme ? trimmed : `sip:${trimmed}`);
    return parsed.ok ? ok(parsed.value) : fail(`"${trimmed}" is no SIP address: ${parsed.error.reason}`);
  }
  if (/[\s<>"]/.test(trimmed)) return fail(`"${trimmed}" is no number`);
  return ok(sipUri(domain, trimmed));
}

/** Where the requests of an account go: `text`, or else the domain itself, always over `transport`. */
export function parseServer(
  text: string | undefined,
  { domain, transport }: { readonly domain: string; readonly transport: TransportName },
): Result<SipUri, string> {
  const written = text ?? (domain.includes(":") ? `[${domain}]` : domain);
  const parsed = parseUri(/^sips?:/i.test(written) ? written : `sip:${written}`);
  if (!parsed.ok) return fail(`"${written}" is no address of a server: ${parsed.error.reason}`);
  const uri = parsed.value;
  if (uri.scheme !== "sip" && uri.scheme !== "sips") return fail(`"${written}" is no address of a server`);
  const { host, port } = uri;
  return ok({
    scheme: "sip",
    host,
    ...(port !== undefined && { port }),
    params: new Map([["transport", transport]]),
    headers: new Map(),
  });
}

/** `sip:user@host`. */
export function sipUri(host: string, user?: string): SipUri {
  return {
    scheme: "sip",
    ...(user !== undefined && { user }),
    host: host.toLowerCase(),
    params: new Map(),
    headers: new Map(),
  };
}

/** What a person calls the other side: the user part or number, else the whole address. */
export function shortName(uri: Uri): string {
  if (uri.scheme === "tel") return uri.number;
  if (uri.scheme === "other") return uri.text;
  return uri.user ?? uri.host;
}
