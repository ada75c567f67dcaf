/** Start line and header fields as text: finds the end of the head, cuts lines, undoes folding (RFC 3261 §7.3.1). */
import { headerKey } from "./header_names.ts";
import { Headers } from "./headers.ts";
import { COLON, isAll, isOf, TOKEN, trimSpace } from "./lexer.ts";
import { MAX_HEADERS, MAX_LINE_BYTES } from "./limits.ts";
import { decodeText } from "./text.ts";
import type { ParseFault } from "./types.ts";

/** The first fault does not stop the reading, so that as much as possible is there to answer with. */
export interface Head {
  readonly startLine: string;
  readonly headers: Headers;
  readonly fault: HeadFault | undefined;
}

export interface HeadFault extends ParseFault {
  /** What a request is answered with. */
  readonly statusCode: 400 | 513;
}

/** Headers that no message may carry twice (RFC 3261 §7.3.1, §20). Content-Length has its own rule. */
const SINGLE: ReadonlySet<string> = new Set([
  "Call-ID",
  "Content-Type",
  "CSeq",
  "Expires",
  "From",
  "Max-Forwards",
  "Min-Expires",
  "RAck",
  "Refer-To",
  "Replaces",
  "RSeq",
  "Session-Expires",
  "To",
]);

/** Where the first message of `bytes` begins: after the CRLFs that stand before it (RFC 3261 §7.5). */
export function skipLineBreaks(bytes: Uint8Array): number {
  let start = 0;
  while (bytes[start] === 13 && bytes[start + 1] === 10) start += 2;
  return start;
}

/**
 * Index after the empty line that ends the head, or -1. `from` may skip bytes known to hold no such end.
 * A head that ends with its last line, without the empty line, is no head.
 */
export function endOfHead(bytes: Uint8Array, from: number): number {
  const last = bytes.length - 3;
  for (let i = from; i < last; i++) {
    if (bytes[i] === 13 && bytes[i + 1] === 10 && bytes[i + 2] === 13 && bytes[i + 3] === 10) return i + 4;
  }
  return -1;
}

/** Reads the head in `bytes[start, end)`, where `end` is after its empty line. */
export function readHead(bytes: Uint8Array, start: number, end: number): Head {
  const text = decodeText(bytes, start, end - 2);
  const headers = new Headers();
  let problem: HeadFault | undefined;
  const note = (where: string, reason: string, statusCode: 400 | 513 = 400) => {
    problem ??= { where, reason, statusCode };
  };
  let at = text.indexOf("\r\n");
  const startLine = text.slice(0, at);
  if (at > MAX_LINE_BYTES) note("message", "start line too long", 513);
  if (holdsLineBreak(startLine)) note("message", "bare CR or LF");
  at += 2;
  while (at < text.length) {
    const { end: lineEnd, isFolded } = endOfField(text, at);
    const line = text.slice(at, lineEnd);
    at = lineEnd + 2;
    if (headers.size >= MAX_HEADERS) {
      note("message", "too many header fields", 513);
      break;
    }
    if (line.length > MAX_LINE_BYTES) {
      note("message", "header field too long", 513);
      continue;
    }
    const wrong = addField(headers, isFolded ? unfold(line) : line);
    if (wrong !== undefined) note(wrong.where, wrong.reason);
  }
  return { startLine, headers, fault: problem };
}

/** End of the field that starts at `at`, with the lines folded into it. */
function endOfField(text: string, at: number): { end: number; isFolded: boolean } {
  let end = text.indexOf("\r\n", at);
  let isFolded = false;
  for (let next = text.charCodeAt(end + 2); next === 32 || next === 9; next = text.charCodeAt(end + 2)) {
    isFolded = true;
    end = text.indexOf("\r\n", end + 2);
  }
  return { end, isFolded };
}

/** Adds one field to `headers`; the fault when it is none or stands twice. */
function addField(headers: Headers, line: string): ParseFault | undefined {
  if (holdsLineBreak(line)) return { where: "message", reason: "bare CR or LF" };
  let colon = 0;
  while (isOf(line.charCodeAt(colon), TOKEN)) colon++;
  const nameEnd = colon;
  while (line.charCodeAt(colon) === 32 || line.charCodeAt(colon) === 9) colon++;
  if (nameEnd === 0 || line.charCodeAt(colon) !== COLON) {
    return { where: "message", reason: "line is not a header field" };
  }
  const name = line.slice(0, nameEnd);
  const key = headerKey(name);
  if (SINGLE.has(key) && headers.has(key)) return { where: key, reason: "given twice" };
  headers.addParsed(key, { name, value: trimSpace(line.slice(colon + 1)) });
  return undefined;
}

/** Folding is white space: each fold with the spaces round it becomes one space. */
function unfold(line: string): string {
  return line.split("\r\n").map(trimSpace).join(" ");
}

function holdsLineBreak(text: string): boolean {
  return text.includes("\n") || text.includes("\r");
}

/** Name of the method a start line begins with, even a broken one; undefined for none. */
export function methodOf(startLine: string): string | undefined {
  const method = startLine.slice(0, Math.max(startLine.indexOf(" "), 0));
  return isAll(method, TOKEN) ? method : undefined;
}
