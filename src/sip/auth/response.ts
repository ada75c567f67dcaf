/** The `response` of a digest answer (RFC 7616 §3.4.1; without qop: RFC 2617 §3.2.2.1, the form of RFC 2069). */
import { type Algorithm, hashHex } from "./algorithms.ts";

export interface ResponseParts {
  readonly algorithm: Algorithm;
  /** H(username ":" realm ":" password). */
  readonly ha1: string;
  readonly nonce: string;
  readonly method: string;
  /** The `uri` parameter as it stands in the answer. */
  readonly uri: string;
  readonly counted?: { readonly qop: string; readonly nc: string; readonly cnonce: string } | undefined;
  /** For `auth-int`; the empty body otherwise. */
  readonly body?: Uint8Array | undefined;
}

const NO_BODY = new Uint8Array(0);

/** Lower-case hexadecimal. */
export function computeResponse(parts: ResponseParts): string {
  const { algorithm: { hash, isSession }, nonce, counted } = parts;
  const cnonce = counted?.cnonce ?? "";
  const ha1 = isSession ? hashHex(hash, `${parts.ha1}:${nonce}:${cnonce}`) : parts.ha1;
  let a2 = `${parts.method}:${parts.uri}`;
  if (counted?.qop === "auth-int") a2 += `:${hashHex(hash, parts.body ?? NO_BODY)}`;
  const ha2 = hashHex(hash, a2);
  return counted === undefined
    ? hashHex(hash, `${ha1}:${nonce}:${ha2}`)
    : hashHex(hash, `${ha1}:${nonce}:${counted.nc}:${cnonce}:${counted.qop}:${ha2}`);
}
