/** Any URI of a SIP message (RFC 3261 §19.1, §25.1 addr-spec): parses and prints by scheme. */
import { detached, ok, type Result } from "../../base/mod.ts";
import { fault } from "./fault.ts";
import { parseSipUri, printSipUri } from "./sip_uri.ts";
import { parseTelUri, printTelUri } from "./tel_uri.ts";
import type { ParseFault, Uri } from "./types.ts";

/** Parses a URI without angle brackets. Unknown schemes are kept as they are, when nothing in them could break a header. */
export function parseUri(text: string): Result<Uri, ParseFault> {
  const colon = text.indexOf(":");
  if (colon < 1) return fault("uri", "no scheme");
  const scheme = text.slice(0, colon).toLowerCase();
  if (scheme === "sip" || scheme === "sips") return parseSipUri(scheme, text);
  if (hasForbiddenCharacter(text)) return fault("uri", "character that a URI cannot hold");
  if (scheme === "tel") return parseTelUri(text);
  if (!isScheme(scheme) || colon + 1 === text.length) return fault("uri", "no scheme");
  return ok({ scheme: "other", text });
}

/** The text of `uri`, without angle brackets. */
export function printUri(uri: Uri): string {
  if (uri.scheme === "other") return uri.text;
  return uri.scheme === "tel" ? printTelUri(uri) : printSipUri(uri);
}

/** The same URI with text of its own, see {@linkcode detached}. */
export function detachedUri(uri: Uri): Uri {
  const parsed = parseUri(detached(printUri(uri)));
  return parsed.ok ? parsed.value : uri;
}

/** Controls, space, quotes and angle brackets would end or split the field that carries the URI. */
function hasForbiddenCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 32 || code === 34 || code === 60 || code === 62 || code === 127) return true;
  }
  return false;
}

function isScheme(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const isLetter = code >= 97 && code <= 122;
    const isLater = (code >= 48 && code <= 57) || code === 43 || code === 45 || code === 46;
    if (!isLetter && !(isLater && i > 0)) return false;
  }
  return true;
}
