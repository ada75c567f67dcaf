/** Warning (RFC 3261 §20.43). */
import { ok, type Result } from "../../base/mod.ts";
import { fault } from "./fault.ts";
import { Cursor, parseDigits, QUOTE, quote, TOKEN } from "./lexer.ts";
import type { ParseFault } from "./types.ts";

export interface Warning {
  /** 300 to 399 in SIP; any three digits pass. */
  readonly code: number;
  /** Host or pseudonym of who warns. */
  readonly agent: string;
  readonly text: string;
}

/** Parses one value. */
export function parseWarning(text: string): Result<Warning, ParseFault> {
  const cursor = new Cursor(text);
  cursor.skipSpace();
  const digits = cursor.run(TOKEN);
  const code = digits.length === 3 ? parseDigits(digits, 999) : undefined;
  if (code === undefined) return fault("Warning", "code is not three digits");
  cursor.skipSpace();
  const start = cursor.at;
  while (!cursor.isAtEnd && cursor.peek() > 32 && cursor.peek() !== QUOTE) cursor.at++;
  const agent = text.slice(start, cursor.at);
  cursor.skipSpace();
  const words = cursor.peek() === QUOTE ? cursor.quoted() : undefined;
  if (agent === "" || words === undefined || cursor.rest() !== "") {
    return fault("Warning", "no agent or text");
  }
  return ok({ code, agent, text: words });
}

export function printWarning({ code, agent, text }: Warning): string {
  return `${code} ${agent} ${quote(text)}`;
}
