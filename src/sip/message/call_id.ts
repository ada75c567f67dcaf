/** Call-ID (RFC 3261 §20.8). */
import { ok, type Result } from "../../base/mod.ts";
import { fault } from "./fault.ts";
import type { ParseFault } from "./types.ts";

/**
 * A Call-ID is compared byte by byte and never taken apart, so any text without white space or control characters
 * passes (a departure: `word ["@" word]` is narrower, but nothing is won by refusing more).
 */
export function parseCallId(text: string): Result<string, ParseFault> {
  if (text === "") return fault("Call-ID", "empty");
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 32 || code === 127) return fault("Call-ID", "character that a Call-ID cannot hold");
  }
  return ok(text);
}

export function printCallId(callId: string): string {
  return callId;
}
