/** `tel:` URIs (RFC 3966 §3). */
import { ok, type Result } from "../../base/mod.ts";
import { escapeText, unescapeText } from "./escape.ts";
import { fault } from "./fault.ts";
import { URI_PARAM } from "./lexer.ts";
import type { Params, ParseFault, TelUri } from "./types.ts";

/** Digits, hex digits of local numbers, `*`, `#`, visual separators; `+` in front only. */
function isNumber(text: string): boolean {
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if ("0123456789abcdefABCDEF*#".includes(character)) digits++;
    else if (!"-.()".includes(character) && !(character === "+" && i === 0)) return false;
  }
  return digits > 0;
}

/** Parses the whole text, `tel:` included. */
export function parseTelUri(text: string): Result<TelUri, ParseFault> {
  const [number = "", ...rest] = text.slice(4).split(";");
  const plain = unescapeText(number);
  if (plain === undefined || !isNumber(plain)) return fault("uri", "not a telephone number");
  const params: Params = new Map();
  for (const part of rest) {
    const equals = part.indexOf("=");
    const name = unescapeText(equals < 0 ? part : part.slice(0, equals))?.toLowerCase();
    const value = equals < 0 ? null : unescapeText(part.slice(equals + 1));
    if (!name || value === undefined) return fault("uri", "parameter is not well-formed");
    if (params.has(name)) return fault("uri", "parameter given twice");
    params.set(name, value);
  }
  return ok({ scheme: "tel", number: plain, params });
}

export function printTelUri(uri: TelUri): string {
  let out = "tel:" + uri.number.replaceAll("#", "%23");
  for (const [name, value] of uri.params) {
    out += ";" + escapeText(name, URI_PARAM);
    if (value !== null) out += "=" + escapeText(value, URI_PARAM);
  }
  return out;
}

/** The number without visual separators, lower case. */
export function telDigits(number: string): string {
  let out = "";
  for (const character of number) {
    if (!"-.()".includes(character)) out += character;
  }
  return out.toLowerCase();
}
