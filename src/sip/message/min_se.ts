/** Min-SE (RFC 4028 §5), in seconds. */
import { ok, type Result } from "../../base/mod.ts";
import { parseSeconds } from "./delta_seconds.ts";
import { fault } from "./fault.ts";
import { parseTokenParams } from "./token_params.ts";
import type { ParseFault } from "./types.ts";

/** Parameters are allowed and have no meaning; they are dropped. */
export function parseMinSe(text: string): Result<number, ParseFault> {
  const parsed = parseTokenParams(text, "Min-SE");
  if (!parsed.ok) return parsed;
  const seconds = parseSeconds(parsed.value.token);
  return seconds === undefined ? fault("Min-SE", "not a number of seconds") : ok(seconds);
}

export function printMinSe(seconds: number): string {
  return String(seconds);
}
