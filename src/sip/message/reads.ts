/** Typed reads of a message's headers, parsed once and kept with the field they came from. */
import type { Result } from "../../base/mod.ts";
import { parseCallId } from "./call_id.ts";
import { parseContact } from "./contact.ts";
import { parseCSeq } from "./cseq.ts";
import { parseExpires } from "./expires.ts";
import { headerKey } from "./header_names.ts";
import type { Headers } from "./headers.ts";
import { parseMaxForwards } from "./max_forwards.ts";
import { parseNameAddr } from "./name_addr.ts";
import type { CSeq, NameAddr, ParseFault, Via } from "./types.ts";
import { parseVia } from "./via.ts";

/** What typed reads need of a message. What they return is shared by all readers: copy it before changing it. */
export interface HasHeaders {
  readonly headers: Headers;
}

/** Value of a header that every message has after `parseMessage`. */
function required<T>(name: string, result: Result<T, ParseFault> | undefined): T {
  if (result?.ok) return result.value;
  throw new TypeError(`Cannot read ${name}: ${result === undefined ? "missing" : result.error.reason}`);
}

/** @throws TypeError without a well-formed Via. */
export function topVia(message: HasHeaders): Readonly<Via> {
  return required("Via", message.headers.readAll("Via", parseVia)[0]);
}

/** @throws TypeError without a well-formed From. */
export function from(message: HasHeaders): Readonly<NameAddr> {
  return required("From", message.headers.read("From", parseNameAddr));
}

/** @throws TypeError without a well-formed To. */
export function to(message: HasHeaders): Readonly<NameAddr> {
  return required("To", message.headers.read("To", parseNameAddr));
}

/** @throws TypeError without a well-formed Call-ID. */
export function callId(message: HasHeaders): string {
  return required("Call-ID", message.headers.read("Call-ID", parseCallId));
}

/** @throws TypeError without a well-formed CSeq. */
export function cseq(message: HasHeaders): Readonly<CSeq> {
  return required("CSeq", message.headers.read("CSeq", parseCSeq));
}

/** All Contact values: `*` when it stands alone, empty without any, undefined when one is malformed or `*` has company. */
export function contacts(message: HasHeaders): "*" | readonly NameAddr[] | undefined {
  const results = message.headers.readAll("Contact", parseContact);
  const values: NameAddr[] = [];
  for (const result of results) {
    if (!result.ok) return undefined;
    if (result.value === "*") return results.length === 1 ? "*" : undefined;
    values.push(result.value);
  }
  return values;
}

/** Well-formed values of a header made of name-addrs, in order; malformed ones are left out. */
export function nameAddrs(message: HasHeaders, headerName: string): readonly NameAddr[] {
  const values: NameAddr[] = [];
  for (const result of message.headers.readAll(headerName, parseNameAddr)) {
    if (result.ok) values.push(result.value);
  }
  return values;
}

/** Undefined without Max-Forwards. */
export function maxForwards(message: HasHeaders): number | undefined {
  return valueOf(message.headers.read("Max-Forwards", parseMaxForwards));
}

/** Seconds of the Expires header; undefined without it or when it is no number. */
export function expires(message: HasHeaders): number | undefined {
  return valueOf(message.headers.read("Expires", parseExpires));
}

function valueOf<T>(result: Result<T, ParseFault> | undefined): T | undefined {
  return result?.ok ? result.value : undefined;
}

/** Values of a list of tokens (Supported, Require …) in lower case; of Allow, whose methods have case, as written. */
export function tokens(message: HasHeaders, headerName: string): readonly string[] {
  const values = message.headers.all(headerName);
  return headerKey(headerName) === "Allow" ? values : values.map((value) => value.toLowerCase());
}

/** Reads any other single header with its parser; undefined without the field. */
export function readHeader<T>(
  message: HasHeaders,
  headerName: string,
  parse: (text: string) => Result<T, ParseFault>,
): Result<T, ParseFault> | undefined {
  return message.headers.read(headerName, parse);
}
