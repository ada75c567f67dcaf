/** Event (RFC 6665 §8.2.1). */
import { ok, type Result } from "../../base/mod.ts";
import { parseTokenParams, printTokenParams } from "./token_params.ts";
import type { Params, ParseFault } from "./types.ts";

export interface EventPackage {
  /** Package with its templates, as written (`presence.winfo`); packages have case. */
  readonly name: string;
  /** `id` stands here. */
  readonly params: Params;
}

export function parseEvent(text: string): Result<EventPackage, ParseFault> {
  const parsed = parseTokenParams(text, "Event");
  return parsed.ok ? ok({ name: parsed.value.token, params: parsed.value.params }) : parsed;
}

export function printEvent({ name, params }: EventPackage): string {
  return printTokenParams({ token: name, params });
}
