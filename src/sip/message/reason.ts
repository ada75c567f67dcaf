/** Reason (RFC 3326 §2): why a request was sent, `Q.850;cause=16` or `SIP;cause=200;text="Call completed elsewhere"`. */
import { ok, type Result } from "../../base/mod.ts";
import { numberParam, parseTokenParams } from "./token_params.ts";
import { printParams } from "./params.ts";
import type { Params, ParseFault } from "./types.ts";

export interface Reason {
  /** `SIP`, `Q.850`, … as written. */
  readonly protocol: string;
  readonly cause?: number;
  readonly text?: string;
  /** All others. */
  readonly params: Params;
}

/** Parses one value. */
export function parseReason(text: string): Result<Reason, ParseFault> {
  const parsed = parseTokenParams(text, "Reason");
  if (!parsed.ok) return parsed;
  const { token: protocol, params } = parsed.value;
  const cause = numberParam(params, "cause");
  const words = params.get("text") ?? undefined;
  if (cause !== undefined) params.delete("cause");
  params.delete("text");
  return ok({
    protocol,
    ...(cause === undefined ? {} : { cause }),
    ...(words === undefined ? {} : { text: words }),
    params,
  });
}

export function printReason({ protocol, cause, text, params }: Reason): string {
  const all: Params = new Map();
  if (cause !== undefined) all.set("cause", String(cause));
  if (text !== undefined) all.set("text", text);
  for (const [name, value] of params) all.set(name, value);
  return protocol + printParams(all);
}
