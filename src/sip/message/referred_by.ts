/** Referred-By (RFC 3892 §3). */
import { fail, type Result } from "../../base/mod.ts";
import { parseNameAddr, printNameAddr } from "./name_addr.ts";
import type { NameAddr, ParseFault } from "./types.ts";

/** `cid` stands among the parameters. */
export function parseReferredBy(text: string): Result<NameAddr, ParseFault> {
  const parsed = parseNameAddr(text);
  return parsed.ok ? parsed : fail({ where: "Referred-By", reason: parsed.error.reason });
}

export function printReferredBy(referrer: NameAddr): string {
  return printNameAddr(referrer);
}
