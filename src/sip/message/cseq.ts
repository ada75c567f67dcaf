/** CSeq (RFC 3261 §20.16, §8.1.1.5). */
import { ok, type Result } from "../../base/mod.ts";
import { fault } from "./fault.ts";
import { isAll, parseDigits, TOKEN, trimSpace } from "./lexer.ts";
import type { CSeq, ParseFault } from "./types.ts";

/** A sequence number MUST be less than 2**31. */
const MAX_SEQUENCE = 2 ** 31 - 1;

export function parseCSeq(text: string): Result<CSeq, ParseFault> {
  let end = 0;
  while (text.charCodeAt(end) > 32) end++;
  const sequence = parseDigits(text.slice(0, end), MAX_SEQUENCE);
  if (sequence === undefined) return fault("CSeq", "sequence number is not 0 to 2147483647");
  const method = trimSpace(text.slice(end));
  if (!isAll(method, TOKEN)) return fault("CSeq", "no method");
  return ok({ sequence, method });
}

export function printCSeq({ sequence, method }: CSeq): string {
  return `${sequence} ${method}`;
}
