/** Accept (RFC 3261 §20.1). */
import { ok, type Result } from "../../base/mod.ts";
import { type ContentType, parseMediaType, printContentType } from "./content_type.ts";
import { fault } from "./fault.ts";
import { parseQValue } from "./q_value.ts";
import type { HasHeaders } from "./reads.ts";
import type { ParseFault } from "./types.ts";

/** A media range; `*` stands for any type or subtype. `q` is among the parameters. */
export type AcceptRange = ContentType;

/** Parses one range. */
export function parseAccept(text: string): Result<AcceptRange, ParseFault> {
  const parsed = parseMediaType(text, "Accept");
  if (!parsed.ok) return parsed;
  const q = parsed.value.params.get("q");
  if (q !== undefined && parseQValue(q ?? "") === undefined) return fault("Accept", "q is not 0 to 1");
  return ok(parsed.value);
}

export function printAccept(range: AcceptRange): string {
  return printContentType(range);
}

/**
 * True when the sender takes bodies of `mediaType` (`application/sdp`). Without Accept it takes SDP (RFC 3261 §20.1);
 * an empty one takes nothing. The closest range decides, `q=0` refuses.
 */
export function accepts(message: HasHeaders, mediaType: string): boolean {
  if (!message.headers.has("Accept")) return mediaType === "application/sdp";
  const [type = "", subtype = ""] = mediaType.toLowerCase().split("/");
  let closest = -1;
  let isTaken = false;
  for (const result of message.headers.readAll("Accept", parseAccept)) {
    if (!result.ok) continue;
    const range = result.value;
    const closeness = range.type === "*" ? 0 : range.type !== type ? -1 : range.subtype === "*" ? 1 : 2;
    if (closeness < 0 || closeness <= closest || (closeness === 2 && range.subtype !== subtype)) continue;
    closest = closeness;
    isTaken = parseQValue(range.params.get("q") ?? "1") !== 0;
  }
  return isTaken;
}
