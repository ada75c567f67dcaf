/** Subscription-State (RFC 6665 §8.2.3). */
import { ok, type Result } from "../../base/mod.ts";
import { printParams } from "./params.ts";
import { numberParam, parseTokenParams } from "./token_params.ts";
import type { Params, ParseFault } from "./types.ts";

export interface SubscriptionState {
  /** Lower case: `active`, `pending`, `terminated`. */
  readonly state: string;
  /** Lower case: `noresource`, `timeout`, `giveup`, … */
  readonly reason?: string;
  readonly expiresSec?: number;
  readonly retryAfterSec?: number;
  /** All others. */
  readonly params: Params;
}

export function parseSubscriptionState(text: string): Result<SubscriptionState, ParseFault> {
  const parsed = parseTokenParams(text, "Subscription-State");
  if (!parsed.ok) return parsed;
  const { token, params } = parsed.value;
  const reason = params.get("reason")?.toLowerCase();
  const expiresSec = numberParam(params, "expires");
  const retryAfterSec = numberParam(params, "retry-after");
  for (const name of ["reason", "expires", "retry-after"]) params.delete(name);
  return ok({
    state: token.toLowerCase(),
    ...(reason === undefined ? {} : { reason }),
    ...(expiresSec === undefined ? {} : { expiresSec }),
    ...(retryAfterSec === undefined ? {} : { retryAfterSec }),
    params,
  });
}

export function printSubscriptionState(value: SubscriptionState): string {
  const params: Params = new Map();
  if (value.reason !== undefined) params.set("reason", value.reason);
  if (value.expiresSec !== undefined) params.set("expires", String(value.expiresSec));
  if (value.retryAfterSec !== undefined) params.set("retry-after", String(value.retryAfterSec));
  for (const [name, param] of value.params) params.set(name, param);
  return value.state + printParams(params);
}
