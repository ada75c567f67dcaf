/** History-Info (RFC 7044 §5.1): where a call has been before. */
import { fail, ok, type Result } from "../../base/mod.ts";
import { fault } from "./fault.ts";
import { parseNameAddr, printNameAddr } from "./name_addr.ts";
import type { NameAddr, ParseFault } from "./types.ts";

export interface HistoryEntry {
  /** Reason and Privacy of this hop stand in the URI's headers; `rc`, `mp`, `np` in the parameters. */
  readonly target: NameAddr;
  /** `1.2.1` as numbers. */
  readonly index: readonly number[];
}

/** Parses one entry. */
export function parseHistoryInfo(text: string): Result<HistoryEntry, ParseFault> {
  const parsed = parseNameAddr(text);
  if (!parsed.ok) return fail({ where: "History-Info", reason: parsed.error.reason });
  const target = parsed.value;
  const written = target.params.get("index");
  if (!written || !/^\d{1,5}(\.\d{1,5}){0,31}$/.test(written)) {
    return fault("History-Info", "index missing or not numbers");
  }
  target.params.delete("index");
  return ok({ target, index: written.split(".").map(Number) });
}

/** `index` comes first, as RFC 7044 prints it. */
export function printHistoryInfo({ target, index }: HistoryEntry): string {
  const params = new Map<string, string | null>([["index", index.join(".")], ...target.params]);
  return printNameAddr({ ...target, params });
}
