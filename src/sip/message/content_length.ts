/** Content-Length (RFC 3261 §20.14): the only thing that says where a message on a stream ends. */
import { ok, type Result } from "../../base/mod.ts";
import { fault } from "./fault.ts";
import type { Headers } from "./headers.ts";
import { parseDigits } from "./lexer.ts";
import { MAX_MESSAGE_BYTES } from "./limits.ts";
import type { ParseFault } from "./types.ts";

/** Bytes of the body, at most `MAX_MESSAGE_BYTES`. */
export function parseContentLength(text: string): Result<number, ParseFault> {
  const length = parseDigits(text, Number.MAX_SAFE_INTEGER);
  if (length === undefined) return fault("Content-Length", "not a number");
  if (length > MAX_MESSAGE_BYTES) return fault("Content-Length", "larger than any message");
  return ok(length);
}

export function printContentLength(length: number): string {
  return String(length);
}

/** The length all Content-Length fields agree on; undefined without any. Fields that differ are a smuggler's (RFC 4475 §3.3.9). */
export function readContentLength(headers: Headers): Result<number | undefined, ParseFault> {
  let length: number | undefined;
  for (const value of headers.all("Content-Length")) {
    const parsed = parseContentLength(value);
    if (!parsed.ok) return parsed;
    if (length !== undefined && length !== parsed.value) {
      return fault("Content-Length", "two fields that differ");
    }
    length = parsed.value;
  }
  return ok(length);
}
