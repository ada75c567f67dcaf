/** Start line and header fields as text: finds the end of the head, cuts lines, undoes folding (RFC 3261 §7.3.1). */
import { isKnown, readHeaderKey } from "./header_names.ts";
import { Headers } from "./headers.ts";
import { COLON, Cursor, isAll, TOKEN, trimSpace } from "./lexer.ts";
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
  const cursor = new Cursor(text, text.indexOf("\r\n") + 2);
  const startLine = text.slice(0, cursor.at - 2);
  const problem = readFields(cursor, headers);
  return { startLine, headers, fault: checkStartLine(startLine) ?? problem };
}

/** Reads the header fields of a body part (RFC 2046 §5.1), which may have none; `bodyStart` is where its body begins. */
export function readPartHead(part: Uint8Array): Omit<Head, "startLine"> & { readonly bodyStart: number } {
  const headers = new Headers();
  if (part[0] === 13 && part[1] === 10) return { headers, fault: undefined, bodyStart: 2 };
  const end = endOfHead(part, 0);
  // The CRLF before the next delimiter may be the empty line of a part without body.
  const text = decodeText(part, 0, end < 0 ? part.length : end - 2);
  if (text !== "" && !text.endsWith("\r\n")) {
    const problem = { where: "multipart", reason: "part without empty line", statusCode: 400 } as const;
    return { headers, fault: problem, bodyStart: part.length };
  }
  const problem = readFields(new Cursor(text), headers);
  return { headers, fault: problem, bodyStart: end < 0 ? part.length : end };
}

/** Reads fields to the end of the text, which ends with CRLF; returns the first fault. */
function readFields(cursor: Cursor, headers: Headers): HeadFault | undefined {
  let problem: HeadFault | undefined;
  while (!cursor.isAtEnd) {
    if (headers.size >= MAX_HEADERS) {
      problem ??= { where: "message", reason: "too many header fields", statusCode: 513 };
      break;
    }
    const wrong = readField(cursor, headers);
    problem ??= wrong;
  }
  return problem;
}

function checkStartLine(line: string): HeadFault | undefined {
  if (line.length > MAX_LINE_BYTES) {
    return { where: "message", reason: "start line too long", statusCode: 513 };
  }
  return holdsLineBreak(line) ? BARE_BREAK : undefined;
}

const BARE_BREAK: HeadFault = { where: "message", reason: "bare CR or LF", statusCode: 400 };

/** Reads the field at the cursor into `headers` and steps behind it; the fault when it is none or stands twice. */
function readField(cursor: Cursor, headers: Headers): HeadFault | undefined {
  const { text, at: start } = cursor;
  let end = text.indexOf("\r\n", start);
  let isFolded = false;
  for (let next = text.charCodeAt(end + 2); next === 32 || next === 9; next = text.charCodeAt(end + 2)) {
    isFolded = true;
    end = text.indexOf("\r\n", end + 2);
  }
  const key = readHeaderKey(cursor);
  const nameEnd = cursor.at;
  cursor.skipSpace();
  const isField = key !== "" && cursor.take(COLON);
  cursor.skipSpace();
  const valueStart = cursor.at;
  cursor.at = end + 2;
  if (end - start > MAX_LINE_BYTES) {
    return { where: "message", reason: "header field too long", statusCode: 513 };
  }
  if (!isField) return { where: "message", reason: "line is not a header field", statusCode: 400 };
  const raw = text.slice(valueStart, end);
  const value = trimSpace(isFolded ? unfold(raw) : raw);
  if (holdsLineBreak(value)) return BARE_BREAK;
  if (SINGLE.has(key) && headers.has(key)) return { where: key, reason: "given twice", statusCode: 400 };
  headers.addParsed(key, { name: isKnown(key) ? key : text.slice(start, nameEnd), value });
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
