/** P-Asserted-Identity and P-Preferred-Identity (RFC 3325 §9.1, §9.2). */
import { fail, type Result } from "../../base/mod.ts";
import { fault } from "./fault.ts";
import { parseNameAddr, printNameAddr } from "./name_addr.ts";
import type { NameAddr, ParseFault } from "./types.ts";

/** Parses one value: a sip, sips or tel URI, at most one of each kind in a message. */
export function parseAssertedIdentity(text: string): Result<NameAddr, ParseFault> {
  const parsed = parseNameAddr(text);
  if (!parsed.ok) return fail({ where: "P-Asserted-Identity", reason: parsed.error.reason });
  return parsed.value.uri.scheme === "other"
    ? fault("P-Asserted-Identity", "neither sip nor tel URI")
    : parsed;
}

export function printAssertedIdentity(identity: NameAddr): string {
  return printNameAddr(identity);
}
