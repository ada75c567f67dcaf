/** INFO within a call: digits for whoever listens, everything else for the other side (RFC 6086, RFC 2976 in the field). */

import type { MediaPlane } from "../../media/plane.ts";
import type { Told } from "../../sip/mod.ts";
import { infoDigit, readInfoDigit } from "./digits.ts";
import type { Leg } from "./leg.ts";

export interface Digit {
  readonly digit: string;
  readonly durationMs: number;
  /** Heard in the media rather than told by INFO. */
  readonly fromMedia: boolean;
}

/** Answers an INFO; the digit it carries, or undefined when it was something else and went through. */
export function takeInfo(
  { request, reply }: Told<"requested">,
  other: Leg | undefined,
): { digit: string; durationMs: number } | undefined {
  const digit = readInfoDigit(request);
  if (digit) {
    reply({ statusCode: 200 });
    return digit;
  }
  const contentType = request.headers.get("Content-Type");
  if (!other?.isConfirmed || contentType === undefined) {
    reply({ statusCode: contentType === undefined ? 200 : 415 });
    return undefined;
  }
  // Requests for a fresh picture, typically: only the other phone can answer them.
  other.session.request({ method: "INFO", body: { contentType, bytes: request.body } }, (outcome) => {
    reply({ statusCode: outcome.kind === "response" ? outcome.response.statusCode : 480 });
  });
  return undefined;
}

/** The plane translates digits between packets and tones; INFO on either side is done here. */
export function passDigit(plane: MediaPlane, other: Leg | undefined, event: Digit): void {
  if (!other?.media || !other.isConfirmed) return;
  if (other.media.dtmf === "info") {
    other.session.request({ method: "INFO", body: infoDigit(event.digit, event.durationMs) });
  } else if (!event.fromMedia) {
    plane.sendDigits(other.media.leg, event.digit, { toneMs: event.durationMs });
  }
}
