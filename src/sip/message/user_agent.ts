/** User-Agent and Server (RFC 3261 §20.41, §20.35). */
import { ok, type Result } from "../../base/mod.ts";
import { skipComment } from "./comment.ts";
import { fault } from "./fault.ts";
import { Cursor, SLASH, TOKEN } from "./lexer.ts";
import type { ParseFault } from "./types.ts";

export type ServerValue =
  | { readonly product: string; readonly version?: string }
  /** Text within the outer round brackets, escapes as written. */
  | { readonly comment: string };

/** Products and comments in order. Many phones send text outside the grammar: use the raw value for showing. */
export function parseUserAgent(text: string): Result<readonly ServerValue[], ParseFault> {
  const cursor = new Cursor(text);
  const values: ServerValue[] = [];
  for (cursor.skipSpace(); !cursor.isAtEnd; cursor.skipSpace()) {
    const start = cursor.at;
    if (!skipComment(cursor)) return fault("User-Agent", "comment without end");
    if (cursor.at > start) {
      values.push({ comment: text.slice(start + 1, cursor.at - 1) });
      continue;
    }
    const product = cursor.run(TOKEN);
    if (product === "") return fault("User-Agent", "neither product nor comment");
    if (!cursor.take(SLASH)) {
      values.push({ product });
      continue;
    }
    const version = cursor.run(TOKEN);
    if (version === "") return fault("User-Agent", "product without version");
    values.push({ product, version });
  }
  return values.length === 0 ? fault("User-Agent", "empty") : ok(values);
}

export function printUserAgent(values: readonly ServerValue[]): string {
  return values.map((value) => {
    if ("comment" in value) return `(${value.comment})`;
    return value.version === undefined ? value.product : `${value.product}/${value.version}`;
  }).join(" ");
}
