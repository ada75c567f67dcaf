/** Content-Disposition (RFC 3261 §20.11). */
import { ok, type Result } from "../../base/mod.ts";
import { parseTokenParams, printTokenParams } from "./token_params.ts";
import type { Params, ParseFault } from "./types.ts";

export interface ContentDisposition {
  /** Lower case: `session`, `render`, `icon`, `alert`, … */
  readonly disposition: string;
  /** `handling` stands here too. */
  readonly params: Params;
}

export function parseContentDisposition(text: string): Result<ContentDisposition, ParseFault> {
  const parsed = parseTokenParams(text, "Content-Disposition");
  if (!parsed.ok) return parsed;
  return ok({ disposition: parsed.value.token.toLowerCase(), params: parsed.value.params });
}

export function printContentDisposition({ disposition, params }: ContentDisposition): string {
  return printTokenParams({ token: disposition, params });
}

/** A body that is not understood may be ignored only when this says so; without the parameter it may not. */
export function mayBeIgnored({ params }: ContentDisposition): boolean {
  return params.get("handling")?.toLowerCase() === "optional";
}
