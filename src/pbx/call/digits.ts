/** Digits in INFO bodies: `application/dtmf-relay` and `application/dtmf`, as phones send them. Pure. */

import type { SipRequest } from "../../sip/message/mod.ts";
import type { Body } from "../../sip/mod.ts";

const DIGITS = "0123456789*#ABCD";
const DECODER = new TextDecoder();
const ENCODER = new TextEncoder();

/** The digit in an INFO, or undefined when it carries none. */
export function readInfoDigit(request: SipRequest): { digit: string; durationMs: number } | undefined {
  const type = (request.headers.get("Content-Type") ?? "").split(";", 1)[0]!.trim().toLowerCase();
  if (request.body.length > 256) return undefined;
  const text = DECODER.decode(request.body);
  if (type === "application/dtmf") return readDigit(text.trim(), 160);
  if (type !== "application/dtmf-relay") return undefined;
  const signal = /^signal[ \t]*=[ \t]*([0-9A-Da-d*#]{1,2})[ \t]*$/im.exec(text)?.[1];
  const duration = Number(/^duration[ \t]*=[ \t]*(\d{1,5})[ \t]*$/im.exec(text)?.[1] ?? 160);
  return signal === undefined ? undefined : readDigit(signal, Math.min(Math.max(duration, 40), 5000));
}

/** Some phones write the event number (`10` for star, `11` for pound) instead of the sign. */
function readDigit(text: string, durationMs: number): { digit: string; durationMs: number } | undefined {
  const digit = /^1[0-5]$/.test(text) ? DIGITS[Number(text)]! : text.toUpperCase();
  return digit.length === 1 && DIGITS.includes(digit) ? { digit, durationMs } : undefined;
}

/** The body of an INFO for one digit. */
export function infoDigit(digit: string, durationMs: number): Body {
  return {
    contentType: "application/dtmf-relay",
    bytes: ENCODER.encode(`Signal=${digit}\r\nDuration=${Math.round(durationMs)}\r\n`),
  };
}
