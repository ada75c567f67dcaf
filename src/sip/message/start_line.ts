/** Request-Line and Status-Line (RFC 3261 §7.1, §7.2). */
import { ok, type Result } from "../../base/mod.ts";
import { fault } from "./fault.ts";
import { isAll, parseDigits, SLASH, TOKEN } from "./lexer.ts";
import type { ParseFault, Uri } from "./types.ts";
import { parseUri } from "./uri.ts";

export interface RequestLine {
  readonly kind: "request";
  readonly method: string;
  readonly requestUri: Uri;
}

export interface StatusLine {
  readonly kind: "response";
  readonly statusCode: number;
  readonly reasonPhrase: string;
}

/** A fault in a start line; `statusCode` is what a request is answered with. */
export interface StartLineFault extends ParseFault {
  readonly statusCode: 400 | 505;
}

/** Parses the first line. A line that begins with `SIP/` is a Status-Line, because no method holds a slash. */
export function parseStartLine(line: string): Result<RequestLine | StatusLine, StartLineFault> {
  const parsed = isStatusLine(line) ? parseStatusLine(line) : parseRequestLine(line);
  if (parsed.ok) return parsed;
  const statusCode = parsed.error.reason === WRONG_VERSION ? 505 : 400;
  return { ok: false, error: { ...parsed.error, statusCode } };
}

export function isStatusLine(line: string): boolean {
  return line.charCodeAt(3) === SLASH && line.slice(0, 3).toUpperCase() === "SIP";
}

const WRONG_VERSION = "version is not SIP/2.0";

/** `METHOD SP Request-URI SP SIP/2.0`, exactly one space each: a liberal reader could be led to another URI. */
function parseRequestLine(line: string): Result<RequestLine, ParseFault> {
  const where = "request-line";
  const first = line.indexOf(" ");
  const last = line.lastIndexOf(" ");
  const method = line.slice(0, Math.max(first, 0));
  if (!isAll(method, TOKEN)) return fault(where, "no method");
  const version = line.slice(last + 1);
  if (first === last || !isStatusLine(version)) return fault(where, "not method, URI and version");
  if (version.slice(4) !== "2.0") return fault(where, WRONG_VERSION);
  const uri = parseUri(line.slice(first + 1, last));
  if (!uri.ok) return fault(where, `Request-URI: ${uri.error.reason}`);
  const requestUri = uri.value;
  if ((requestUri.scheme === "sip" || requestUri.scheme === "sips") && requestUri.headers.size > 0) {
    return fault(where, "Request-URI with headers");
  }
  return ok({ kind: "request", method, requestUri });
}

/** `SIP/2.0 SP 3DIGIT SP Reason-Phrase`; the second space may be missing when the phrase is. */
function parseStatusLine(line: string): Result<StatusLine, ParseFault> {
  const where = "status-line";
  if (line.slice(0, 8).toUpperCase() !== "SIP/2.0 ") return fault(where, WRONG_VERSION);
  const statusCode = parseDigits(line.slice(8, 11), 699);
  if (statusCode === undefined || statusCode < 100 || (line.length > 11 && line[11] !== " ")) {
    return fault(where, "status code is not 100 to 699");
  }
  return ok({ kind: "response", statusCode, reasonPhrase: line.slice(12) });
}
