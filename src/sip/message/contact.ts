/** Contact (RFC 3261 §20.10; `q`, `expires`; `*` only in REGISTER, §10.2.2). */
import { ok, type Result } from "../../base/mod.ts";
import { parseSeconds } from "./delta_seconds.ts";
import { parseNameAddr, printNameAddr } from "./name_addr.ts";
import { parseQValue } from "./q_value.ts";
import type { NameAddr, ParseFault } from "./types.ts";

export type Contact = "*" | NameAddr;

/** Parses one Contact value. */
export function parseContact(text: string): Result<Contact, ParseFault> {
  return text === "*" ? ok(text) : parseNameAddr(text);
}

export function printContact(contact: Contact): string {
  return contact === "*" ? contact : printNameAddr(contact);
}

/** `expires` in seconds; undefined without one. One that is no number counts as 3600 (RFC 3261 §20.10). */
export function expiresOf(contact: NameAddr): number | undefined {
  const text = contact.params.get("expires");
  return text === undefined ? undefined : parseSeconds(text ?? "") ?? 3600;
}

/** Preference in thousandths, 0 to 1000; 1000 without a `q`, or with one that is no number. */
export function preferenceOf(contact: NameAddr): number {
  return parseQValue(contact.params.get("q") ?? "") ?? 1000;
}
