/** From and To (RFC 3261 §20.20, §20.39). */
import { fail, type Result } from "../../base/mod.ts";
import { parseNameAddr, printNameAddr } from "./name_addr.ts";
import type { NameAddr, ParseFault } from "./types.ts";

/** A tag may be missing, also from From: RFC 2543 peers send none (RFC 4475 §3.4.1). */
export function parseFrom(text: string): Result<NameAddr, ParseFault> {
  const parsed = parseNameAddr(text);
  return parsed.ok ? parsed : fail({ where: "From", reason: parsed.error.reason });
}

export function parseTo(text: string): Result<NameAddr, ParseFault> {
  const parsed = parseNameAddr(text);
  return parsed.ok ? parsed : fail({ where: "To", reason: parsed.error.reason });
}

/** The same address with `tag`, or without any when it is undefined; the original stays as it is. */
export function withTag(address: NameAddr, tag: string | undefined): NameAddr {
  const params = new Map(address.params);
  if (tag === undefined) params.delete("tag");
  else params.set("tag", tag);
  return { ...address, params };
}

/** Value of From or To. */
export function printFromTo(address: NameAddr): string {
  return printNameAddr(address);
}
