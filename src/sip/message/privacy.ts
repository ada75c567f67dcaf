/** Privacy (RFC 3323 §4.2; `id` RFC 3325 §9.3; `history` RFC 7044 §10.1). */
import { ok, type Result } from "../../base/mod.ts";
import { fault } from "./fault.ts";
import { isAll, SEMICOLON, split, TOKEN } from "./lexer.ts";
import type { ParseFault } from "./types.ts";

/** Lower case: `none`, `id`, `header`, `session`, `user`, `critical`, `history`. Commas are taken too, as some phones send. */
export function parsePrivacy(text: string): Result<readonly string[], ParseFault> {
  const values = split(text.replaceAll(",", ";"), SEMICOLON);
  if (values.length === 0 || !values.every((value) => isAll(value, TOKEN))) {
    return fault("Privacy", "not a list of tokens");
  }
  return ok(values.map((value) => value.toLowerCase()));
}

export function printPrivacy(values: readonly string[]): string {
  return values.join(";");
}
