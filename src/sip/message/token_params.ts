/** `token;name=value`: the shape that many headers share (RFC 3261 §25.1). */
import { ok, type Result } from "../../base/mod.ts";
import { fault } from "./fault.ts";
import { Cursor, TOKEN } from "./lexer.ts";
import { printParams, readParams } from "./params.ts";
import type { Params, ParseFault } from "./types.ts";

export interface TokenParams {
  /** As written. */
  readonly token: string;
  readonly params: Params;
}

/** `where` names the header in a fault. */
export function parseTokenParams(text: string, where: string): Result<TokenParams, ParseFault> {
  const cursor = new Cursor(text);
  cursor.skipSpace();
  const token = cursor.run(TOKEN);
  if (token === "") return fault(where, "no token");
  const params = readParams(cursor);
  return typeof params === "string" ? fault(where, params) : ok({ token, params });
}

export function printTokenParams({ token, params }: TokenParams): string {
  return token + printParams(params);
}

/** Whole number of a parameter, when it is there and one. */
export function numberParam(params: Params, name: string): number | undefined {
  const text = params.get(name);
  return typeof text === "string" && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
