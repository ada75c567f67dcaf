/** Max-Forwards (RFC 3261 §20.22). */
import { ok, type Result } from "../../base/mod.ts";
import { fault } from "./fault.ts";
import { parseDigits } from "./lexer.ts";
import type { ParseFault } from "./types.ts";

/** Any number passes up to 2**32-1, though the RFC ends at 255: a large one harms nobody (RFC 4475 §3.1.2.4). */
export function parseMaxForwards(text: string): Result<number, ParseFault> {
  const hops = parseDigits(text, 2 ** 32 - 1);
  return hops === undefined ? fault("Max-Forwards", "not a number") : ok(hops);
}

export function printMaxForwards(hops: number): string {
  return String(hops);
}
