/** RSeq of a reliable provisional response (RFC 3262 §7.1). */
import { ok, type Result } from "../../base/mod.ts";
import { fault } from "./fault.ts";
import { parseDigits } from "./lexer.ts";
import type { ParseFault } from "./types.ts";

/** 1 to 2**32-1. */
export function parseRSeq(text: string): Result<number, ParseFault> {
  const sequence = parseDigits(text, 2 ** 32 - 1);
  return !sequence ? fault("RSeq", "not 1 to 4294967295") : ok(sequence);
}

export function printRSeq(sequence: number): string {
  return String(sequence);
}
