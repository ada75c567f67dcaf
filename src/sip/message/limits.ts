/** What one message may cost: caps that hold before anything is allocated for it. */

/** Whole message in bytes: no UDP datagram is larger, and nothing in SIP practice needs more on a stream. */
export const MAX_MESSAGE_BYTES = 65536;

/** Header fields in one message: the longest real INVITE has about 60, a proxy chain adds two per hop (RFC 3261 §20). */
export const MAX_HEADERS = 256;

/** One header field with its folded lines, or the start line: room for a certificate chain of Identity, not for more. */
export const MAX_LINE_BYTES = 8192;

/** Body parts of one multipart body (RFC 5621): SDP, ISUP, location, resource lists; never dozens. */
export const MAX_BODY_PARTS = 32;
