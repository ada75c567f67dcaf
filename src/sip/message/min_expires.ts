/** Min-Expires (RFC 3261 §20.23), in seconds. */
import { ok, type Result } from "../../base/mod.ts";
import { parseSeconds } from "./delta_seconds.ts";
import { fault } from "./fault.ts";
import type { ParseFault } from "./types.ts";

export function parseMinExpires(text: string): Result<number, ParseFault> {
  const seconds = parseSeconds(text);
  return seconds === undefined ? fault("Min-Expires", "not a number of seconds") : ok(seconds);
}

export function printMinExpires(seconds: number): string {
  return String(seconds);
}
