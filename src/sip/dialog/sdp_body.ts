/** The session description in a body, alone or as a part of a multipart (RFC 3261 §7.4, RFC 5621 §3). */
import { bodyOfType, type SipMessage } from "../message/mod.ts";

export const SDP_TYPE = "application/sdp";

/** SDP bytes of a message; undefined when it carries none. */
export function sdpOf(message: SipMessage): Uint8Array | undefined {
  return message.body.length === 0 ? undefined : bodyOfType(message, SDP_TYPE);
}
