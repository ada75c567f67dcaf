/** What of an INVITE still matters once it has been answered. */
import { detached } from "../../base/mod.ts";
import { CONVERSATION_HEADERS, detachedUri, Headers, type SipRequest } from "../message/mod.ts";

const NO_BODY = new Uint8Array(0);
const KEPT = ["Max-Forwards", ...CONVERSATION_HEADERS];

/**
 * The INVITE without what concerned its way, its dialog and its body: what the conversation is about, for whoever is
 * called on its behalf later. A call lasts, and a whole message is several kilobytes.
 */
export function remainsOf({ kind, method, requestUri, headers }: SipRequest): SipRequest {
  const kept = new Headers();
  for (const name of KEPT) {
    if (!headers.has(name)) continue;
    for (const value of headers.all(name)) kept.append(name, detached(value));
  }
  return { kind, method, requestUri: detachedUri(requestUri), headers: kept.clone(), body: NO_BODY };
}
