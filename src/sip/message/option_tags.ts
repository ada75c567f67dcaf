/** Option tags: Supported, Require, Proxy-Require, Unsupported (RFC 3261 §20.37, §20.32, §20.29, §20.40). */
import { ok, type Result } from "../../base/mod.ts";
import { fault } from "./fault.ts";
import { isAll, TOKEN } from "./lexer.ts";
import { type HasHeaders, tokens } from "./reads.ts";
import type { ParseFault } from "./types.ts";

/** Parses one tag, to lower case. */
export function parseOptionTag(text: string): Result<string, ParseFault> {
  return isAll(text, TOKEN) ? ok(text.toLowerCase()) : fault("option-tag", "not a token");
}

export function printOptionTags(tags: readonly string[]): string {
  return tags.join(", ");
}

/** The tags of Require that are not in `supported`: what a 420 lists in Unsupported (RFC 3261 §8.2.2.3). */
export function unsupportedTags(message: HasHeaders, supported: ReadonlySet<string>): readonly string[] {
  return tokens(message, "Require").filter((tag) => !supported.has(tag));
}
