/** Names of header fields: their usual spelling, compact forms, and which are lists (RFC 3261 §7.3, §20). */

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

/** What two spellings of the same header have in common: the usual spelling, or lower case when unknown. */
export function headerKey(name: string): string {
  return SPELLINGS.get(name) ?? unusualKey(name);
}

function unusualKey(name: string): string {
  const lower = name.toLowerCase();
  return SPELLINGS.get(lower) ?? lower;
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
