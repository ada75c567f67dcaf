/** `Scheme name=value, name="value"`: the grammar common to challenges and answers (RFC 3261 §25.1, RFC 7616 §3.3). */
import { fail, ok, type Result } from "../../base/mod.ts";
import type { ParseFault } from "../message/mod.ts";
import { COMMA, Cursor, EQUALS, QUOTE, TOKEN } from "../message/mod.ts";

export interface SchemeParams {
  /** Lower case. */
  readonly scheme: string;
  /** Names in lower case, values unquoted. */
  readonly params: ReadonlyMap<string, string>;
}

/** A digest answer has a dozen parameters; more are an attack on whoever reads them. */
const MAX_PARAMS = 64;

function refuse(reason: string): Result<never, ParseFault> {
  return fail({ where: "digest", reason });
}

/** Parses one field, which may hold several challenges: a token without `=` after a comma begins the next. */
export function parseSchemes(text: string): Result<readonly SchemeParams[], ParseFault> {
  const cursor = new Cursor(text);
  const found: SchemeParams[] = [];
  cursor.skipSpace();
  while (!cursor.isAtEnd) {
    const scheme = cursor.run(TOKEN).toLowerCase();
    if (scheme === "") return refuse("no scheme");
    cursor.skipSpace();
    const params = new Map<string, string>();
    found.push({ scheme, params });
    const reason = scheme === "digest" ? readParams(cursor, params) : skipOther(cursor);
    if (reason !== undefined) return refuse(reason);
  }
  return found.length === 0 ? refuse("empty") : ok(found);
}

/** Reads parameters up to the end or to the name of the next scheme. */
function readParams(cursor: Cursor, params: Map<string, string>): string | undefined {
  while (!cursor.isAtEnd) {
    const start = cursor.at;
    const name = cursor.run(TOKEN).toLowerCase();
    if (name === "") return "parameter without name";
    const isSeparated = cursor.peek() === 32;
    cursor.skipSpace();
    if (!cursor.take(EQUALS)) {
      if (!isSeparated || params.size === 0) return "parameter without value";
      cursor.at = start;
      return undefined;
    }
    cursor.skipSpace();
    const value = cursor.peek() === QUOTE ? cursor.quoted() : readBareValue(cursor);
    if (value === undefined) return "value without end or beginning";
    if (params.has(name)) return "parameter given twice";
    if (params.size === MAX_PARAMS) return "too many parameters";
    params.set(name, value);
    cursor.skipSpace();
    if (cursor.isAtEnd) return undefined;
    if (!cursor.take(COMMA)) return "text after a value";
    while (cursor.takeSpaced(COMMA)) { /* empty list members mean nothing (RFC 7230 §7) */ }
    cursor.skipSpace();
  }
  return undefined;
}

/** Up to the next comma or white space; undefined for nothing. */
function readBareValue(cursor: Cursor): string | undefined {
  const start = cursor.at;
  while (!cursor.isAtEnd && cursor.peek() > 32 && cursor.peek() !== COMMA && cursor.peek() !== QUOTE) {
    cursor.at++;
  }
  return cursor.at === start ? undefined : cursor.text.slice(start, cursor.at);
}

/** Other schemes have other grammars (`Basic` carries bare base64), so nothing after their name is looked at. */
function skipOther(cursor: Cursor): undefined {
  cursor.rest();
  return undefined;
}
