/** Header parameters `;name=value` (RFC 3261 §25.1 generic-param), also those of bodies and tokens. */
import { Cursor, EQUALS, isAll, QUOTE, quote, SEMICOLON, TOKEN, VALUE } from "./lexer.ts";
import { NO_PARAMS, type Params } from "./types.ts";

/** Parameters whose grammar knows only the quoted form (RFC 3840 §9, RFC 3326 §2); "+" names are quoted too. */
const ALWAYS_QUOTED: ReadonlySet<string> = new Set(["methods", "schemes", "text", "pub-gruu", "temp-gruu"]);

/**
 * Reads `*( SEMI name [ EQUAL value ] )` from the cursor to the end of the text.
 * Returns the parameters, or the reason why they are none; a name may stand once only (RFC 3261 §7.3.1).
 */
export function readParams(cursor: Cursor): Params | string {
  cursor.skipSpace();
  if (cursor.isAtEnd) return NO_PARAMS;
  const params: Params = new Map();
  while (!cursor.isAtEnd) {
    if (!cursor.take(SEMICOLON)) return "text after the value";
    const reason = readParam(cursor, params);
    if (reason !== undefined) return reason;
  }
  return params;
}

function readParam(cursor: Cursor, params: Params): string | undefined {
  cursor.skipSpace();
  const name = cursor.run(TOKEN).toLowerCase();
  if (name === "") return "parameter without name";
  if (params.has(name)) return "parameter given twice";
  cursor.skipSpace();
  if (!cursor.take(EQUALS)) {
    params.set(name, null);
    return undefined;
  }
  cursor.skipSpace();
  const value = cursor.peek() === QUOTE ? cursor.quoted() : cursor.wideRun(VALUE);
  if (value === undefined) return "quoted string without end";
  if (value === "" && cursor.text.charCodeAt(cursor.at - 1) !== QUOTE) return "parameter without value";
  params.set(name, value);
  cursor.skipSpace();
  return undefined;
}

/** `;name=value;flag`, values quoted where they must be. */
export function printParams(params: Params): string {
  let out = "";
  if (params.size === 0) return out;
  for (const [name, value] of params) {
    out += value === null ? ";" + name : `;${name}=${printParamValue(name, value)}`;
  }
  return out;
}

function printParamValue(name: string, value: string): string {
  if (name.startsWith("+") || ALWAYS_QUOTED.has(name) || !isPlain(value)) return quote(value);
  return value;
}

function isPlain(value: string): boolean {
  return isAll(value, TOKEN) || isAll(value, VALUE);
}
