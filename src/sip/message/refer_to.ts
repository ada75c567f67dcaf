/** Refer-To (RFC 3515 §2.1). */
import { fail, type Result } from "../../base/mod.ts";
import { parseNameAddr, printNameAddr } from "./name_addr.ts";
import { parseReplaces, type Replaces } from "./replaces.ts";
import type { NameAddr, ParseFault } from "./types.ts";

export function parseReferTo(text: string): Result<NameAddr, ParseFault> {
  const parsed = parseNameAddr(text);
  return parsed.ok ? parsed : fail({ where: "Refer-To", reason: parsed.error.reason });
}

export function printReferTo(target: NameAddr): string {
  return printNameAddr(target);
}

/** The dialog an attended transfer means: `<sip:b@example.com?Replaces=…>`; undefined when the URI names none. */
export function replacesOf(target: NameAddr): Result<Replaces, ParseFault> | undefined {
  const { uri } = target;
  if (uri.scheme !== "sip" && uri.scheme !== "sips") return undefined;
  for (const [name, value] of uri.headers) {
    if (name.toLowerCase() === "replaces") return parseReplaces(value ?? "");
  }
  return undefined;
}
