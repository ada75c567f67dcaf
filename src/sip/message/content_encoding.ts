/** Content-Encoding (RFC 3261 §20.12), and what a refusal of it says in Accept-Encoding (§20.2). */
import { ok, type Result } from "../../base/mod.ts";
import { fault } from "./fault.ts";
import { isAll, TOKEN } from "./lexer.ts";
import type { HasHeaders } from "./reads.ts";
import type { ParseFault } from "./types.ts";

/** The only coding we take: a body as it is. */
export const ACCEPTED_ENCODING = "identity";

/** Parses one coding, to lower case. */
export function parseContentCoding(text: string): Result<string, ParseFault> {
  return isAll(text, TOKEN) ? ok(text.toLowerCase()) : fault("Content-Encoding", "not a coding");
}

/** True when a body, or a part of one, lies there as its type says, with nothing to unpack first. */
export function isUnpacked({ headers }: HasHeaders): boolean {
  return headers.readAll("Content-Encoding", parseContentCoding).every((coding) =>
    coding.ok && coding.value === ACCEPTED_ENCODING
  );
}
