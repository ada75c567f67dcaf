/** Names of header fields: their usual spelling, compact forms, and which are lists (RFC 3261 §7.3, §20). */

import { type Cursor, isOf, TOKEN } from "./lexer.ts";

/** `Name`, `Name/c` with its compact form, `Name,` for a comma-separated list, `Name/c,` for both. */
const NAMES = `Accept, Accept-Contact/a, Accept-Encoding, Accept-Language, Alert-Info, Allow, Allow-Events/u,
  Answer-Mode Authentication-Info Authorization Call-ID/i Call-Info, Contact/m, Content-Disposition
  Content-Encoding/e, Content-ID Content-Language, Content-Length/l Content-Type/c CSeq Date Diversion, Error-Info,
  Event/o Expires Feature-Caps, Flow-Timer From/f Geolocation, Geolocation-Error, Geolocation-Routing
  History-Info, Identity/y Identity-Info/n In-Reply-To, Join Max-Breadth Max-Forwards MIME-Version Min-Expires Min-SE
  Organization P-Access-Network-Info, P-Asserted-Identity, P-Associated-URI, P-Called-Party-ID
  P-Charging-Vector P-Early-Media P-Preferred-Identity, Path, Permission-Missing, Policy-Contact, Priority Privacy
  Proxy-Authenticate Proxy-Authorization Proxy-Require, RAck Reason, Record-Route, Recv-Info, Refer-Events-At
  Refer-Sub Refer-To/r Referred-By/b Reject-Contact/j, Remote-Party-ID, Replaces Reply-To
  Request-Disposition/d, Require, Resource-Priority, Retry-After Route, RSeq Security-Client, Security-Server,
  Security-Verify, Server Service-Route, Session-Expires/x Session-ID SIP-ETag SIP-If-Match Subject/s
  Subscription-State Supported/k, Suppress-If-Match Target-Dialog Timestamp To/t Trigger-Consent, Unsupported,
  User-Agent User-to-User, Via/v, Warning, WWW-Authenticate`;

/** As met on the wire (usual, lower, upper case, compact) to the usual spelling. A Map: no name can meet a prototype. */
const SPELLINGS = new Map<string, string>();
const LISTS = new Set<string>();

for (const entry of NAMES.trim().split(/\s+/)) {
  const [, name = "", compact, list] = /^([^/,]+)(?:\/(.))?(,)?$/.exec(entry) ?? [];
  for (const spelling of [name, name.toLowerCase(), name.toUpperCase()]) SPELLINGS.set(spelling, name);
  if (compact !== undefined) SPELLINGS.set(compact, name).set(compact.toUpperCase(), name);
  if (list !== undefined) LISTS.add(name);
}

/** What an INVITE tells of the conversation, not of its way, its dialog or its body. */
export const CONVERSATION_HEADERS: readonly string[] = [
  "Subject",
  "Priority",
  "User-to-User",
  "Accept-Language",
];

/** What two spellings of the same header have in common: the usual spelling, or lower case when unknown. */
export function headerKey(name: string): string {
  const key = SPELLINGS.get(name);
  if (key !== undefined) return key;
  const lower = name.toLowerCase();
  return SPELLINGS.get(lower) ?? lower;
}

/**
 * Steps over the name at the cursor and returns its key; the empty string when no name stands there. It hashes while it
 * reads, so that the name of a known header is never cut out of the text.
 */
export function readHeaderKey(cursor: Cursor): string {
  const { text, at } = cursor;
  let end = at;
  let hash = 0;
  for (let code = text.charCodeAt(end); isOf(code, TOKEN); code = text.charCodeAt(++end)) {
    hash = nextHash(hash, code);
  }
  cursor.at = end;
  for (let row = ROWS[hash & ROW_MASK]; row !== undefined; row = row.next) {
    if (row.lower.length === end - at && isSpelledAt(text, at, row.lower)) return row.key;
  }
  return text.slice(at, end).toLowerCase();
}

interface Row {
  readonly lower: string;
  readonly key: string;
  readonly next: Row | undefined;
}

const ROW_MASK = 1023;
const ROWS: (Row | undefined)[] = new Array(ROW_MASK + 1).fill(undefined);

/** Letters count alike in both cases. */
function nextHash(hash: number, code: number): number {
  return (Math.imul(hash, 31) + (code | 32)) | 0;
}

for (const [spelling, key] of SPELLINGS) {
  const lower = spelling.toLowerCase();
  let hash = 0;
  for (let i = 0; i < lower.length; i++) hash = nextHash(hash, lower.charCodeAt(i));
  const slot = hash & ROW_MASK;
  if (lower === spelling) ROWS[slot] = { lower, key, next: ROWS[slot] };
}

/** `lower` holds only letters and hyphens, so setting the bit of lower case cannot make others equal to it. */
function isSpelledAt(text: string, at: number, lower: string): boolean {
  for (let i = 0; i < lower.length; i++) {
    if ((text.charCodeAt(at + i) | 32) !== lower.charCodeAt(i)) return false;
  }
  return true;
}

/** True for the key of a known header: only those begin with a capital letter. */
export function isKnown(key: string): boolean {
  const first = key.charCodeAt(0);
  return first >= 65 && first <= 90;
}

/** True for a header whose grammar is a comma-separated list. `key` is a header key. */
export function isList(key: string): boolean {
  return LISTS.has(key);
}
