/** Allow (RFC 3261 §20.5). */
import { ok, type Result } from "../../base/mod.ts";
import { fault } from "./fault.ts";
import { isAll, TOKEN } from "./lexer.ts";
import type { ParseFault } from "./types.ts";

/** Parses one method; methods have case. */
export function parseMethod(text: string): Result<string, ParseFault> {
  return isAll(text, TOKEN) ? ok(text) : fault("Allow", "not a method");
}

export function printAllow(methods: readonly string[]): string {
  return methods.join(", ");
}
