/** Replaces (RFC 3891 §6.1) and Join (RFC 3911 §7.1): which dialog is meant. Also found as a URI header of Refer-To. */
import { ok, type Result } from "../../base/mod.ts";
import { parseCallId } from "./call_id.ts";
import { fault } from "./fault.ts";
import { Cursor, trimSpace } from "./lexer.ts";
import { readParams } from "./params.ts";
import type { ParseFault } from "./types.ts";

export interface Replaces {
  readonly callId: string;
  /** Local tag of whoever receives it. */
  readonly toTag: string;
  readonly fromTag: string;
  /** Only a dialog that is not answered yet. */
  readonly earlyOnly: boolean;
}

export function parseReplaces(text: string): Result<Replaces, ParseFault> {
  const end = text.indexOf(";");
  const callId = parseCallId(trimSpace(text.slice(0, Math.max(end, 0))));
  if (!callId.ok) return fault("Replaces", callId.error.reason);
  const params = readParams(new Cursor(text, end));
  if (typeof params === "string") return fault("Replaces", params);
  const toTag = params.get("to-tag");
  const fromTag = params.get("from-tag");
  if (!toTag || !fromTag) return fault("Replaces", "to-tag or from-tag missing");
  return ok({ callId: callId.value, toTag, fromTag, earlyOnly: params.has("early-only") });
}

export function printReplaces({ callId, toTag, fromTag, earlyOnly }: Replaces): string {
  return `${callId};to-tag=${toTag};from-tag=${fromTag}${earlyOnly ? ";early-only" : ""}`;
}
