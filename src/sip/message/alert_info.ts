/** Alert-Info (RFC 3261 §20.4; URNs RFC 7462): how a phone shall ring. */
import type { Result } from "../../base/mod.ts";
import { type InfoUri, parseInfoUri, printInfoUri } from "./info_uri.ts";
import type { ParseFault } from "./types.ts";

/** Parses one value. */
export function parseAlertInfo(text: string): Result<InfoUri, ParseFault> {
  return parseInfoUri(text, "Alert-Info");
}

export function printAlertInfo(info: InfoUri): string {
  return printInfoUri(info);
}
