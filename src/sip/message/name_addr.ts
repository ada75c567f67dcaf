/** `"name" <uri>;params`: From, To, Contact, Route and their kin (RFC 3261 §20.10, §25.1 name-addr, addr-spec). */
import { ok, type Result } from "../../base/mod.ts";
import { fault } from "./fault.ts";
import { Cursor, DISPLAY, LESS, QUESTION, QUOTE, quote, trimSpace } from "./lexer.ts";
import { printParams, readParams } from "./params.ts";
import type { NameAddr, ParseFault } from "./types.ts";
import { parseUri, printUri } from "./uri.ts";

/** Parses one value. Without angle brackets everything from the first semicolon belongs to the header, not to the URI. */
export function parseNameAddr(text: string): Result<NameAddr, ParseFault> {
  const where = "name-addr";
  const cursor = new Cursor(text);
  cursor.skipSpace();
  let displayName: string | undefined;
  if (cursor.peek() === QUOTE) {
    displayName = cursor.quoted();
    if (displayName === undefined) return fault(where, "quoted string without end");
    cursor.skipSpace();
    if (cursor.peek() !== LESS) return fault(where, "no URI after the display name");
  } else {
    const start = cursor.at;
    const words = trimSpace(cursor.wideRun(DISPLAY));
    if (cursor.peek() !== LESS) cursor.at = start;
    else if (words !== "") displayName = words;
  }
  const written = cursor.peek() === LESS ? readBracketed(cursor) : readBare(cursor);
  if (written === undefined) return fault(where, "angle bracket without end");
  const uri = parseUri(written);
  if (!uri.ok) return fault(where, uri.error.reason);
  const params = readParams(cursor);
  if (typeof params === "string") return fault(where, params);
  return ok(
    displayName === undefined ? { uri: uri.value, params } : { displayName, uri: uri.value, params },
  );
}

function readBracketed(cursor: Cursor): string | undefined {
  const start = cursor.at + 1;
  const end = cursor.text.indexOf(">", start);
  if (end < 0) return undefined;
  cursor.at = end + 1;
  return cursor.text.slice(start, end);
}

/** A bare URI ends at a semicolon or space; a question mark needs brackets, so it is left standing as a fault. */
function readBare(cursor: Cursor): string {
  const { text, at } = cursor;
  let end = at;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === 59 || code === 32 || code === 9 || code === QUESTION) break;
  }
  cursor.at = end;
  return text.slice(at, end);
}

/** Always with angle brackets, the display name always quoted. */
export function printNameAddr(value: NameAddr): string {
  const address = `<${printUri(value.uri)}>${printParams(value.params)}`;
  return value.displayName === undefined ? address : `${quote(value.displayName)} ${address}`;
}

/** The `tag` parameter; undefined when there is none. */
export function tagOf(value: NameAddr): string | undefined {
  return value.params.get("tag") ?? undefined;
}
