/** The session description in a body, alone or as a part of a multipart (RFC 3261 §7.4, RFC 5621 §3). */
import type { Reply } from "../endpoint_types.ts";
import {
  ACCEPTED_ENCODING,
  bodyOfType,
  isUnpacked,
  mayBeIgnored,
  parseContentDisposition,
  readHeader,
  type SipMessage,
  type SipRequest,
} from "../message/mod.ts";

export const SDP_TYPE = "application/sdp";

/** SDP bytes of a message; undefined when it carries none. */
export function sdpOf(message: SipMessage): Uint8Array | undefined {
  return message.body.length === 0 ? undefined : bodyOfType(message, SDP_TYPE);
}

/** Why a body that must be understood cannot be (RFC 3261 §8.2.3); undefined when it can, or may be ignored. */
export function bodyRefusalOf(request: SipRequest): Reply | undefined {
  if (request.body.length === 0 || sdpOf(request)) return undefined;
  const disposition = readHeader(request, "Content-Disposition", parseContentDisposition);
  if (disposition?.ok && mayBeIgnored(disposition.value)) return undefined;
  return {
    statusCode: 415,
    headers: [isUnpacked(request) ? ["Accept", SDP_TYPE] : ["Accept-Encoding", ACCEPTED_ENCODING]],
  };
}
