/** Parses one whole message (RFC 3261 §7, §8.2, §18.3). */
import { fail, ok, type Result } from "../../base/mod.ts";
import { parseCallId } from "./call_id.ts";
import { parseContact } from "./contact.ts";
import { readContentLength } from "./content_length.ts";
import { parseCSeq } from "./cseq.ts";
import { endOfHead, type Head, readHead, skipLineBreaks } from "./head.ts";
import type { Headers } from "./headers.ts";
import { MAX_MESSAGE_BYTES } from "./limits.ts";
import { malformed } from "./malformed.ts";
import { parseMaxForwards } from "./max_forwards.ts";
import { parseNameAddr } from "./name_addr.ts";
import { allocate } from "./slab.ts";
import { parseStartLine, type RequestLine, type StatusLine } from "./start_line.ts";
import type { MalformedMessage, SipMessage } from "./message.ts";
import type { ParseFault } from "./types.ts";
import { MAGIC_COOKIE, parseVia } from "./via.ts";

const NO_BODY = new Uint8Array(0);

export interface ParseOptions {
  /** True for a message cut out of a stream: Content-Length is required and ends the body exactly. */
  readonly stream?: boolean;
}

/**
 * Parses one datagram or one message cut out of a stream. Afterwards Via, From, To, Call-ID and CSeq are there and
 * well-formed, and so are Max-Forwards, Route, Record-Route and the Contact of a request where they are there at all.
 * The body is a copy; bytes after it are dropped. Never throws; time is linear in the length of `bytes`.
 */
export function parseMessage(
  bytes: Uint8Array,
  options: ParseOptions = {},
): Result<SipMessage, MalformedMessage> {
  if (bytes.length > MAX_MESSAGE_BYTES) return fail(malformed({ where: "message", reason: "too large" }));
  const start = skipLineBreaks(bytes);
  const end = endOfHead(bytes, start);
  if (end < 0) return fail(withoutEmptyLine(bytes, start));
  const head = readHead(bytes, start, end);
  if (head.fault !== undefined) return fail(malformed(head.fault, head));
  return parseAfterHead(head, { bytes, start: end, end: bytes.length }, options);
}

/** Where the bytes after a head lie. */
interface Rest {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Parses what `readHead` found, with the bytes that follow the head. */
export function parseAfterHead(
  head: Head,
  rest: Rest,
  options: ParseOptions,
): Result<SipMessage, MalformedMessage> {
  const { headers } = head;
  const startLine = parseStartLine(head.startLine);
  if (!startLine.ok) return fail(malformed(startLine.error, head));
  const problem = checkHeaders(startLine.value, headers);
  if (problem !== undefined) return fail(malformed(problem, head));
  const length = readContentLength(headers);
  if (!length.ok) return fail(malformed(length.error, head));
  if (length.value === undefined && options.stream === true) {
    return fail(malformed({ where: "Content-Length", reason: "missing on a stream" }, head));
  }
  const available = rest.end - rest.start;
  const bodyLength = length.value ?? available;
  if (bodyLength > available) {
    return fail(malformed({ where: "Content-Length", reason: "larger than the body" }, head));
  }
  const body = bodyLength === 0 ? NO_BODY : allocate(bodyLength);
  body.set(rest.bytes.subarray(rest.start, rest.start + bodyLength));
  if (startLine.value.kind === "response") {
    const { statusCode, reasonPhrase } = startLine.value;
    return ok({ kind: "response", statusCode, reasonPhrase, headers, body });
  }
  const { method, requestUri } = startLine.value;
  return ok({ kind: "request", method, requestUri, headers, body });
}

/** A datagram whose head never ends is still answered when it breaks off after a whole line. */
function withoutEmptyLine(bytes: Uint8Array, start: number): MalformedMessage {
  const problem = { where: "message", reason: "no empty line after the header fields" };
  const { length } = bytes;
  if (start >= length || bytes[length - 2] !== 13 || bytes[length - 1] !== 10) return malformed(problem);
  return malformed(problem, readHead(bytes, start, length + 2));
}

/** The parsers run here leave their results in the headers, where the typed reads find them. */
function checkHeaders(startLine: RequestLine | StatusLine, headers: Headers): ParseFault | undefined {
  return checkVia(startLine, headers) ??
    faultOf("From", headers.read("From", parseNameAddr)) ??
    faultOf("To", headers.read("To", parseNameAddr)) ??
    faultOf("Call-ID", headers.read("Call-ID", parseCallId)) ??
    checkCSeq(startLine, headers) ??
    checkOptional(startLine, headers);
}

function faultOf(where: string, result: Result<unknown, ParseFault> | undefined): ParseFault | undefined {
  if (result === undefined) return { where, reason: "missing" };
  return result.ok ? undefined : { where, reason: result.error.reason };
}

/** The fault of the first value that has one. */
function faultOfAny(where: string, results: readonly Result<unknown, ParseFault>[]): ParseFault | undefined {
  for (const result of results) if (!result.ok) return faultOf(where, result);
  return undefined;
}

function checkVia(startLine: RequestLine | StatusLine, headers: Headers): ParseFault | undefined {
  const vias = headers.readAll("Via", parseVia);
  if (vias.length === 0) return { where: "Via", reason: "missing" };
  const problem = faultOfAny("Via", vias);
  if (problem !== undefined) return problem;
  const top = vias[0]!;
  // A branch that is nothing but the cookie makes all transactions of that peer one (RFC 4475 §3.2.1).
  if (startLine.kind === "request" && top.ok && top.value.params.get("branch") === MAGIC_COOKIE) {
    return { where: "Via", reason: "branch without a value of its own" };
  }
  return undefined;
}

function checkCSeq(startLine: RequestLine | StatusLine, headers: Headers): ParseFault | undefined {
  const cseq = headers.read("CSeq", parseCSeq);
  if (cseq === undefined || !cseq.ok) return faultOf("CSeq", cseq);
  if (startLine.kind === "request" && startLine.method !== cseq.value.method) {
    return { where: "CSeq", reason: "method differs from the request line" };
  }
  return undefined;
}

function checkOptional(startLine: RequestLine | StatusLine, headers: Headers): ParseFault | undefined {
  const recordRoute = faultOfAny("Record-Route", headers.readAll("Record-Route", parseNameAddr));
  if (recordRoute !== undefined || startLine.kind === "response") return recordRoute;
  const maxForwards = headers.read("Max-Forwards", parseMaxForwards);
  return faultOfAny("Route", headers.readAll("Route", parseNameAddr)) ??
    faultOfAny("Contact", headers.readAll("Contact", parseContact)) ??
    (maxForwards === undefined ? undefined : faultOf("Max-Forwards", maxForwards));
}
