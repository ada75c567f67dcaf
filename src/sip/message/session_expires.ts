/** Session-Expires (RFC 4028 §4). */
import { ok, type Result } from "../../base/mod.ts";
import { parseSeconds } from "./delta_seconds.ts";
import { fault } from "./fault.ts";
import { printParams } from "./params.ts";
import { parseTokenParams } from "./token_params.ts";
import type { Params, ParseFault } from "./types.ts";

export interface SessionExpires {
  readonly seconds: number;
  readonly refresher?: "uac" | "uas";
  /** All others. */
  readonly params: Params;
}

export function parseSessionExpires(text: string): Result<SessionExpires, ParseFault> {
  const parsed = parseTokenParams(text, "Session-Expires");
  if (!parsed.ok) return parsed;
  const { token, params } = parsed.value;
  const seconds = parseSeconds(token);
  if (seconds === undefined) return fault("Session-Expires", "not a number of seconds");
  const refresher = params.get("refresher")?.toLowerCase();
  params.delete("refresher");
  if (refresher === undefined) return ok({ seconds, params });
  if (refresher !== "uac" && refresher !== "uas") {
    return fault("Session-Expires", "refresher is not uac or uas");
  }
  return ok({ seconds, refresher, params });
}

export function printSessionExpires({ seconds, refresher, params }: SessionExpires): string {
  return `${seconds}${refresher === undefined ? "" : `;refresher=${refresher}`}${printParams(params)}`;
}
