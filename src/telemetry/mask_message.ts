/**
 * Takes secrets out of a traced message and keeps its length, so that Content-Length stays true and Wireshark reads the
 * result: each secret byte becomes a star.
 */

import { latin1 } from "./traced_message.ts";

/** The last group of each pattern is the secret. All are linear: no quantifier contains another. */
const SECRETS: readonly RegExp[] = [
  // Digest answers (RFC 7616 §3.4): whoever has one can try passwords at leisure.
  /\b(?:response|cnonce|password|token)[ \t]*=[ \t]*"([^"\r\n]{1,1024})"/gi,
  /\b(?:response|cnonce|password|token)[ \t]*=[ \t]*([^\s",;&<>]{1,1024})/gi,
  /^(?:authorization|proxy-authorization)[ \t]*:[ \t]*(?:basic|bearer)[ \t]+([^\s,]{1,4096})/gim,
  // SDES keys (RFC 4568 §6.1) and clear keys (RFC 4566 §5.12).
  /\binline:([A-Za-z0-9+/=]{1,512})/g,
  /^k=(?:clear|base64):([^\r\n]{1,512})/gm,
  /^a=ice-pwd:([^\r\n]{1,512})/gm,
  // sip:user:password@host (RFC 3261 §19.1.1)
  /\bsips?:[^\s:@<>";]{1,128}:([^\s@<>"]{1,128})(?=@)/gi,
  // A room's PIN dialled with the room: *6*800*4711
  /\bsips?:(?:\*|%2a)[0-9]{1,16}(?:\*|%2a)[0-9A-Za-z.+_-]{1,32}(?:\*|%2a)([0-9]{1,16})(?=[@;>])/gi,
  // Digits typed during a call: PINs come this way (application/dtmf-relay, application/dtmf).
  /^signal[ \t]*=[ \t]*([0-9A-D*#]{1,16})/gim,
];

const DTMF_BODY = /\n(?:content-type|c)[ \t]*:[ \t]*application\/dtmf[ \t]*[;\r]/i;

/** A copy of the message without secrets, of the same length. */
export function maskMessage(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const masked = new Uint8Array(bytes);
  const text = latin1(bytes);
  for (const pattern of SECRETS) {
    for (const match of text.matchAll(pattern)) {
      const secret = match[1] ?? "";
      // The secret is the end of the match: what follows it is only looked ahead at, or a quote.
      const end = match.index + match[0].length - (match[0].endsWith('"') ? 1 : 0);
      masked.fill(STAR, end - secret.length, end);
    }
  }
  if (DTMF_BODY.test(text)) {
    const body = text.indexOf("\r\n\r\n");
    if (body >= 0) masked.fill(STAR, body + 4);
  }
  return masked;
}

const STAR = "*".charCodeAt(0);
