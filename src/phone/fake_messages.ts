/** SIP requests for tests of what is read from them. */

import { createRequest, encodeText, parseNameAddr, type SipRequest } from "../sip/message/mod.ts";
import { sipUri } from "./targets.ts";

/** A request with what matters to a test. */
export function createHeadersRequest(
  method: string,
  { contentType, body, reason }: { contentType?: string | undefined; body?: string; reason?: string },
): SipRequest {
  const party = parseNameAddr("<sip:100@office.example>;tag=1");
  if (!party.ok) throw new TypeError("Cannot make a request: its parties are malformed");
  const request = createRequest({
    method,
    requestUri: sipUri("office.example", "101"),
    from: party.value,
    to: party.value,
    callId: "call",
    sequence: 1,
    ...(body !== undefined && { body: encodeText(body) }),
  });
  if (contentType !== undefined) request.headers.set("Content-Type", contentType);
  if (reason !== undefined) request.headers.set("Reason", reason);
  return request;
}
