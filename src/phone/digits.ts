/** Digits in INFO (the field's `application/dtmf-relay` and `application/dtmf`; RFC 6086 came later). */

import type { Body, Session } from "../sip/mod.ts";
import { decodeText, encodeText, type SipRequest } from "../sip/message/mod.ts";

const DIGIT = /^[0-9A-D*#]$/;
const MAX_BODY = 256;
const DURATION_MS = 160;

/** The digit that an INFO tells of; undefined when it tells of something else. */
export function readInfoDigit(request: SipRequest): string | undefined {
  const type = request.headers.get("Content-Type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (request.body.length > MAX_BODY) return undefined;
  const text = decodeText(request.body);
  if (type === "application/dtmf") return digitOf(text);
  if (type !== "application/dtmf-relay") return undefined;
  return digitOf(/^\s*Signal\s*=(.*)$/im.exec(text)?.[1] ?? "");
}

/** 10 and 11 are the star and the hash of some gateways. */
function digitOf(text: string): string | undefined {
  const trimmed = text.trim().toUpperCase();
  const digit = trimmed === "10" ? "*" : trimmed === "11" ? "#" : trimmed;
  return DIGIT.test(digit) ? digit : undefined;
}

export function infoDigit(digit: string, durationMs: number): Body {
  return {
    contentType: "application/dtmf-relay",
    bytes: encodeText(`Signal=${digit}\r\nDuration=${durationMs}\r\n`),
  };
}

/** Sends one INFO after the other's answer, or UDP might shuffle them. */
export function sendInfoDigits(session: Session, digits: string): void {
  const digit = digits[0];
  if (digit === undefined) return;
  const body = infoDigit(digit, DURATION_MS);
  session.request({ method: "INFO", body }, () => sendInfoDigits(session, digits.slice(1)));
}

/** The digits of `text` that a keypad has, in upper case; undefined when it holds anything else. */
export function keypadDigits(text: string): string | undefined {
  const digits = text.replace(/[\s-]/g, "").toUpperCase();
  return /^[0-9A-D*#]{1,64}$/.test(digits) ? digits : undefined;
}
