/** Retry-After (RFC 3261 §20.33). */
import { ok, type Result } from "../../base/mod.ts";
import { parseSeconds } from "./delta_seconds.ts";
import { fault } from "./fault.ts";
import { skipComment } from "./comment.ts";
import { Cursor, TOKEN } from "./lexer.ts";
import { printParams, readParams } from "./params.ts";
import type { Params, ParseFault } from "./types.ts";

export interface RetryAfter {
  readonly seconds: number;
  /** `duration` in seconds stands here. The comment is dropped. */
  readonly params: Params;
}

export function parseRetryAfter(text: string): Result<RetryAfter, ParseFault> {
  const cursor = new Cursor(text);
  cursor.skipSpace();
  const seconds = parseSeconds(cursor.run(TOKEN));
  if (seconds === undefined) return fault("Retry-After", "not a number of seconds");
  cursor.skipSpace();
  if (!skipComment(cursor)) return fault("Retry-After", "comment without end");
  const params = readParams(cursor);
  return typeof params === "string" ? fault("Retry-After", params) : ok({ seconds, params });
}

export function printRetryAfter({ seconds, params }: RetryAfter): string {
  return String(seconds) + printParams(params);
}
