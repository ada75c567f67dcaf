/** RAck of a PRACK: which provisional response it acknowledges (RFC 3262 §7.2). */
import { ok, type Result } from "../../base/mod.ts";
import { parseCSeq, printCSeq } from "./cseq.ts";
import { fault } from "./fault.ts";
import { trimSpace } from "./lexer.ts";
import { parseRSeq } from "./rseq.ts";
import type { CSeq, ParseFault } from "./types.ts";

export interface RAck {
  readonly rseq: number;
  /** CSeq of the response. */
  readonly cseq: CSeq;
}

export function parseRAck(text: string): Result<RAck, ParseFault> {
  const end = text.search(/[ \t]/);
  const rseq = parseRSeq(text.slice(0, Math.max(end, 0)));
  if (!rseq.ok) return fault("RAck", rseq.error.reason);
  const cseq = parseCSeq(trimSpace(text.slice(end)));
  return cseq.ok ? ok({ rseq: rseq.value, cseq: cseq.value }) : fault("RAck", cseq.error.reason);
}

export function printRAck({ rseq, cseq }: RAck): string {
  return `${rseq} ${printCSeq(cseq)}`;
}
