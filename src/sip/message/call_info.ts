/** Call-Info (RFC 3261 §20.9): `purpose` is icon, info, card, or a phone's own word such as `answer-after`. */
import type { Result } from "../../base/mod.ts";
import { type InfoUri, parseInfoUri, printInfoUri } from "./info_uri.ts";
import type { ParseFault } from "./types.ts";

/** Parses one value. */
export function parseCallInfo(text: string): Result<InfoUri, ParseFault> {
  return parseInfoUri(text, "Call-Info");
}

export function printCallInfo(info: InfoUri): string {
  return printInfoUri(info);
}
