/** What a request must pass before anybody is asked about it (RFC 3261 §8.2.1–§8.2.3, §16.3). Pure. */
import { bodyRefusalOf, unsupportedTags } from "./dialog/mod.ts";
import type { Reply } from "./endpoint_types.ts";
import { maxForwards, type SipRequest } from "./message/mod.ts";

/** Every method registered with IANA. */
const KNOWN_METHODS: ReadonlySet<string> = new Set([
  "ACK",
  "BYE",
  "CANCEL",
  "INFO",
  "INVITE",
  "MESSAGE",
  "NOTIFY",
  "OPTIONS",
  "PRACK",
  "PUBLISH",
  "REFER",
  "REGISTER",
  "SUBSCRIBE",
  "UPDATE",
]);

/** These mean nothing without a dialog. */
const IN_DIALOG_ONLY: ReadonlySet<string> = new Set(["BYE", "PRACK", "UPDATE", "INFO"]);

/** Why a request outside any dialog is refused; undefined when it may be served. */
export function refusalOf(request: SipRequest): Reply | undefined {
  const { method } = request;
  if (!KNOWN_METHODS.has(method)) return { statusCode: 501 };
  if (IN_DIALOG_ONLY.has(method)) return { statusCode: 481 };
  if (request.requestUri.scheme === "other") return { statusCode: 416 };
  // A back-to-back user agent forwards as a proxy does: without hops left the call ends here (RFC 7332 §3).
  if (maxForwards(request) === 0) return { statusCode: 483 };
  const unknown = unsupportedTags(request);
  if (unknown.length > 0) return { statusCode: 420, headers: [["Unsupported", unknown.join(", ")]] };
  return method === "INVITE" ? bodyRefusalOf(request) : undefined;
}
