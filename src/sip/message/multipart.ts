/** Bodies of several parts (RFC 2046 §5.1, RFC 5621): split, join, and find the part that is wanted. */
import { ok, type Result } from "../../base/mod.ts";
import { isUnpacked } from "./content_encoding.ts";
import { type ContentType, parseContentType } from "./content_type.ts";
import { fault } from "./fault.ts";
import { readPartHead } from "./head.ts";
import type { Headers } from "./headers.ts";
import { MAX_BODY_PARTS } from "./limits.ts";
import { encodeText } from "./text.ts";
import type { SipMessage } from "./message.ts";
import type { ParseFault } from "./types.ts";

export interface BodyPart {
  readonly headers: Headers;
  /** A view into the whole body. */
  readonly body: Uint8Array;
}

/** Splits `body` at the boundary of `contentType`. Text before the first and after the last delimiter is dropped. */
export function parseMultipart(
  body: Uint8Array,
  contentType: ContentType,
): Result<readonly BodyPart[], ParseFault> {
  const boundary = contentType.params.get("boundary");
  if (!boundary || boundary.length > 70) {
    return fault("Content-Type", "boundary missing or over 70 characters");
  }
  const delimiter = encodeText(`\r\n--${boundary}`);
  const parts: BodyPart[] = [];
  // The first delimiter needs no CRLF before it when nothing else stands there.
  const first = delimiter.length - 2;
  const isFirst = startsWith(body, 0, delimiter.subarray(2)) && isDelimiterEnd(body, first);
  let at = isFirst ? first : findAfter(body, 0, delimiter);
  while (at >= 0 && !startsWith(body, at, CLOSING)) {
    const start = afterLine(body, at);
    if (parts.length === MAX_BODY_PARTS) return fault("multipart", "too many parts");
    const next = findAfter(body, start - 2, delimiter);
    if (next < 0) return fault("multipart", "last part without end");
    const part = readPart(body, start, Math.max(start, next - delimiter.length));
    if (!part.ok) return part;
    parts.push(part.value);
    at = next;
  }
  return parts.length === 0 ? fault("multipart", "no part") : ok(parts);
}

const CLOSING = encodeText("--");

function startsWith(body: Uint8Array, at: number, bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (body[at + i] !== bytes[i]) return false;
  return true;
}

/** Index after the next `delimiter` at or after `from`; -1 without one. */
function findAfter(body: Uint8Array, from: number, delimiter: Uint8Array): number {
  for (let i = body.indexOf(13, from); i >= 0; i = body.indexOf(13, i + 1)) {
    const end = i + delimiter.length;
    if (startsWith(body, i, delimiter) && isDelimiterEnd(body, end)) return end;
  }
  return -1;
}

/** A line that only begins like a delimiter is text. */
function isDelimiterEnd(body: Uint8Array, at: number): boolean {
  return startsWith(body, at, CLOSING) || afterLine(body, at) >= 0;
}

/** Start of the line after the delimiter that ends at `at`, over white space; -1 when anything else stands there. */
function afterLine(body: Uint8Array, at: number): number {
  while (body[at] === 32 || body[at] === 9) at++;
  return body[at] === 13 && body[at + 1] === 10 ? at + 2 : -1;
}

function readPart(body: Uint8Array, start: number, end: number): Result<BodyPart, ParseFault> {
  const head = readPartHead(body.subarray(start, end));
  if (head.fault !== undefined) return fault("multipart", head.fault.reason);
  return ok({ headers: head.headers, body: body.subarray(start + head.bodyStart, end) });
}

/** Joins `parts`; the boundary must not occur in any of them (random ones do not). */
export function printMultipart(parts: readonly BodyPart[], boundary: string): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array[] = [];
  parts.forEach(({ headers, body }, index) => {
    pieces.push(
      encodeText(`${index === 0 ? "" : "\r\n"}--${boundary}\r\n${headers.print("Content-Length")}\r\n`),
      body,
    );
  });
  pieces.push(encodeText(`\r\n--${boundary}--\r\n`));
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/**
 * The body of type `mediaType` (lower case, `application/sdp`): the whole body, or the first such part of a multipart.
 * Undefined without one, for one that is packed, and for a multipart that cannot be split. A body without Content-Type is taken as SDP when it
 * begins so, because some gateways forget the header.
 */
export function bodyOfType(message: SipMessage, mediaType: string): Uint8Array | undefined {
  if (message.body.length === 0 || !isUnpacked(message)) return undefined;
  const contentType = message.headers.read("Content-Type", parseContentType);
  if (contentType === undefined) {
    return mediaType === "application/sdp" && startsWith(message.body, 0, SDP_START)
      ? message.body
      : undefined;
  }
  return contentType.ok ? findBody(message.body, contentType.value, { mediaType, depth: 0 }) : undefined;
}

const SDP_START = encodeText("v=0");
/** multipart/mixed round multipart/alternative is met; deeper nesting is not. */
const MAX_DEPTH = 3;

function findBody(
  body: Uint8Array,
  contentType: ContentType,
  wanted: { readonly mediaType: string; readonly depth: number },
): Uint8Array | undefined {
  const { mediaType, depth } = wanted;
  if (`${contentType.type}/${contentType.subtype}` === mediaType) return body;
  if (contentType.type !== "multipart" || depth === MAX_DEPTH) return undefined;
  const parts = parseMultipart(body, contentType);
  if (!parts.ok) return undefined;
  for (const part of parts.value) {
    const type = part.headers.read("Content-Type", parseContentType);
    if (!isUnpacked(part)) continue;
    const found = type?.ok ? findBody(part.body, type.value, { mediaType, depth: depth + 1 }) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
