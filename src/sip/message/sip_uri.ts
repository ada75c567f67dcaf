/** `sip:` and `sips:` URIs (RFC 3261 §19.1.1). */
import { ok, type Result } from "../../base/mod.ts";
import { escapeText, unescapeText } from "./escape.ts";
import { fault } from "./fault.ts";
import { printHostPort, readHost, readPort } from "./host.ts";
import {
  AT,
  COLON,
  Cursor,
  EQUALS,
  isOf,
  PASSWORD,
  PERCENT,
  QUESTION,
  SEMICOLON,
  URI_HEADER,
  URI_HEADER_NAME,
  URI_HEADER_VALUE,
  URI_PARAM,
  URI_PARAM_NAME,
  URI_PARAM_VALUE,
  USER,
} from "./lexer.ts";
import { NO_PARAMS, type Params, type ParseFault, type SipUri } from "./types.ts";

/** Parses what follows `sip:` or `sips:`. */
export function parseSipUri(scheme: "sip" | "sips", text: string): Result<SipUri, ParseFault> {
  const cursor = new Cursor(text, scheme.length + 1);
  const uri: SipUri = { scheme, host: "", params: NO_PARAMS, headers: NO_PARAMS };
  const reason = readUserinfo(cursor, uri) ?? readHostPort(cursor, uri) ??
    readUriParams(cursor, uri) ?? readUriHeaders(cursor, uri);
  return reason === undefined ? ok(uri) : fault("uri", reason);
}

/** Prints with everything escaped that its place does not allow plain. */
export function printSipUri(uri: SipUri): string {
  let out = uri.scheme + ":";
  if (uri.user !== undefined) {
    out += printUser(uri);
    if (uri.password !== undefined) out += ":" + escapeText(uri.password, PASSWORD);
    out += "@";
  }
  out += printHostPort(uri.host, uri.port);
  if (uri.params.size > 0) {
    for (const [name, value] of uri.params) {
      out += ";" + escapeText(name, URI_PARAM);
      if (value !== null) out += "=" + escapeText(value, URI_PARAM);
    }
  }
  if (uri.headers.size === 0) return out;
  let mark = "?";
  for (const [name, value] of uri.headers) {
    out += `${mark}${escapeText(name, URI_HEADER)}=${escapeText(value ?? "", URI_HEADER)}`;
    mark = "&";
  }
  return out;
}

/** A peer finds its own user part again as it wrote it, unless it was changed since. */
function printUser(uri: SipUri): string {
  const { user, escapedUser } = uri;
  if (escapedUser !== undefined && unescapeText(escapedUser) === user) return escapedUser;
  return escapeText(user!, USER).replaceAll("#", "%23");
}

/** Where `@` ends a user part; -1 when the text has none. A character no user can hold ends the search. */
function endOfUserinfo(text: string, start: number): number {
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === AT) return i;
    if (code < 128 && code !== COLON && code !== PERCENT && !isOf(code, USER)) return -1;
  }
  return -1;
}

function readUserinfo(cursor: Cursor, uri: SipUri): string | undefined {
  const { text, at: start } = cursor;
  const end = endOfUserinfo(text, start);
  if (end < 0) return undefined;
  const colon = text.indexOf(":", start);
  const userEnd = colon >= 0 && colon < end ? colon : end;
  const written = text.slice(start, userEnd);
  const user = unescapeText(written);
  if (user === undefined) return "percent sign without two hex digits";
  if (user === "") return "empty user part";
  uri.user = user;
  if (user !== written) uri.escapedUser = written;
  if (userEnd < end) {
    const password = unescapeText(text.slice(userEnd + 1, end));
    if (password === undefined) return "percent sign without two hex digits";
    uri.password = password;
  }
  cursor.at = end + 1;
  return undefined;
}

function readHostPort(cursor: Cursor, uri: SipUri): string | undefined {
  const host = readHost(cursor);
  if (host === undefined) return "no host";
  uri.host = host;
  if (!cursor.take(COLON)) return undefined;
  // Port 0 stands in the Contact of phones that can be reached over their own connection only.
  const port = readPort(cursor);
  if (port === undefined) return "port is not 0 to 65535";
  uri.port = port;
  return undefined;
}

function readUriParams(cursor: Cursor, uri: SipUri): string | undefined {
  const params: Params = cursor.peek() === SEMICOLON ? new Map() : NO_PARAMS;
  uri.params = params;
  while (cursor.take(SEMICOLON)) {
    const name = unescapeText(cursor.wideRun(URI_PARAM_NAME))?.toLowerCase();
    if (name === undefined) return "percent sign without two hex digits";
    if (name === "") return "parameter without name";
    if (params.has(name)) return "parameter given twice";
    let value: string | null | undefined = null;
    if (cursor.take(EQUALS)) value = unescapeText(cursor.wideRun(URI_PARAM_VALUE));
    if (value === undefined) return "percent sign without two hex digits";
    params.set(name, value);
  }
  return cursor.isAtEnd || cursor.peek() === QUESTION ? undefined : "character that a URI cannot hold";
}

function readUriHeaders(cursor: Cursor, uri: SipUri): string | undefined {
  if (!cursor.take(QUESTION)) return undefined;
  const headers: Params = uri.headers = new Map();
  do {
    const name = unescapeText(cursor.wideRun(URI_HEADER_NAME));
    if (!name) return "URI header without name";
    if (!cursor.take(EQUALS)) return "URI header without value";
    const value = unescapeText(cursor.wideRun(URI_HEADER_VALUE));
    if (value === undefined) return "percent sign without two hex digits";
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  } while (cursor.take(38));
  return cursor.isAtEnd ? undefined : "character that a URI cannot hold";
}
