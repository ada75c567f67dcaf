/** `<URI>;params` of Alert-Info and Call-Info (RFC 3261 §25.1). */
import { ok, type Result } from "../../base/mod.ts";
import { fault } from "./fault.ts";
import { Cursor, LESS } from "./lexer.ts";
import { printParams, readParams } from "./params.ts";
import type { Params, ParseFault } from "./types.ts";

export interface InfoUri {
  /** As written; it is never fetched here. */
  readonly uri: string;
  readonly params: Params;
}

/** `where` names the header in a fault. */
export function parseInfoUri(text: string, where: string): Result<InfoUri, ParseFault> {
  const cursor = new Cursor(text);
  cursor.skipSpace();
  const end = text.indexOf(">", cursor.at);
  if (cursor.peek() !== LESS || end < 0) return fault(where, "no URI in angle brackets");
  const uri = text.slice(cursor.at + 1, end);
  cursor.at = end + 1;
  const params = readParams(cursor);
  return typeof params === "string" ? fault(where, params) : ok({ uri, params });
}

export function printInfoUri({ uri, params }: InfoUri): string {
  return `<${uri}>${printParams(params)}`;
}
