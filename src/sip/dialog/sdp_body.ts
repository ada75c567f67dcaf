/** The session description in a body, alone or as a part of a multipart (RFC 3261 §7.4, RFC 5621 §3). */
import type { SipMessage } from "../message/mod.ts";

export const SDP_TYPE = "application/sdp";

/** SDP bytes of a message; undefined when it carries none. Without Content-Type a body counts as SDP. */
export function sdpOf(message: SipMessage): Uint8Array | undefined {
  const { body } = message;
  if (body.length === 0) return undefined;
  const type = message.headers.get("Content-Type") ?? SDP_TYPE;
  return mediaType(type) === SDP_TYPE ? body : undefined;
}

function mediaType(contentType: string): string {
  const end = contentType.indexOf(";");
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}
