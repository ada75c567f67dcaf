/** Requests and responses (RFC 3261 §7.1, §7.2), and what bytes are that are neither. */
import type { Headers } from "./headers.ts";
import type { ParseFault, Uri } from "./types.ts";

export interface SipRequest {
  readonly kind: "request";
  method: string;
  requestUri: Uri;
  headers: Headers;
  body: Uint8Array;
}

export interface SipResponse {
  readonly kind: "response";
  /** 100 to 699. */
  statusCode: number;
  reasonPhrase: string;
  headers: Headers;
  body: Uint8Array;
}

export type SipMessage = SipRequest | SipResponse;

/** Bytes that are no message. */
export interface MalformedMessage extends ParseFault {
  readonly kind: "request" | "response" | "unknown";
  /** A stateless answer ready to go back (400, 505, 513), when the request told whom and what to answer; never to an ACK. */
  readonly answer?: SipResponse;
}
