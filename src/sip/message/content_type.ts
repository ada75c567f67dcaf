/** Content-Type (RFC 3261 §20.15) and the media types of Accept. */
import { ok, type Result } from "../../base/mod.ts";
import { fault } from "./fault.ts";
import { Cursor, SLASH, TOKEN } from "./lexer.ts";
import { printParams, readParams } from "./params.ts";
import type { Params, ParseFault } from "./types.ts";

export interface ContentType {
  /** Lower case: `application`. */
  readonly type: string;
  /** Lower case: `sdp`. */
  readonly subtype: string;
  readonly params: Params;
}

export function parseContentType(text: string): Result<ContentType, ParseFault> {
  return parseMediaType(text, "Content-Type");
}

/** `where` names the header in a fault. */
export function parseMediaType(text: string, where: string): Result<ContentType, ParseFault> {
  const cursor = new Cursor(text);
  cursor.skipSpace();
  const type = cursor.run(TOKEN).toLowerCase();
  if (type === "" || !cursor.takeSpaced(SLASH)) return fault(where, "not type/subtype");
  const subtype = cursor.run(TOKEN).toLowerCase();
  if (subtype === "") return fault(where, "not type/subtype");
  const params = readParams(cursor);
  return typeof params === "string" ? fault(where, params) : ok({ type, subtype, params });
}

export function printContentType({ type, subtype, params }: ContentType): string {
  return `${type}/${subtype}${printParams(params)}`;
}
