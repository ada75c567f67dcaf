/** The payload of telephone-event (RFC 4733 §2.3) and the digits it stands for.
 *
 *      0                   1                   2                   3
 *     |     event     |E|R| volume    |          duration             |
 */

export const EVENT_PAYLOAD = 4;
/** Events 0–15 in order (RFC 4733 §3.2). */
const DIGITS = "0123456789*#ABCD";

/** The digit of an event, undefined for hook flash and all others. */
export function digitOfEvent(event: number): string | undefined {
  return DIGITS[event];
}

/** The event of a digit (letters in either case), undefined for no digit. */
export function eventOfDigit(digit: string): number | undefined {
  const event = digit.length === 1 ? DIGITS.indexOf(digit.toUpperCase()) : -1;
  return event < 0 ? undefined : event;
}

export interface TelephoneEvent {
  readonly event: number;
  readonly end: boolean;
  /** Power in dBm0 without its sign, 0–63. */
  readonly volume: number;
  /** In timestamp units, 0–65535. */
  readonly duration: number;
}

/** Reads the event at byte `at`; further events in the same payload are left alone. Undefined: too short. */
export function readTelephoneEvent(
  packet: Uint8Array,
  { at, end }: { readonly at: number; readonly end: number },
): TelephoneEvent | undefined {
  if (at + EVENT_PAYLOAD > end) return undefined;
  const second = packet[at + 1]!;
  return {
    event: packet[at]!,
    end: (second & 0x80) !== 0,
    volume: second & 0x3f,
    duration: (packet[at + 2]! << 8) | packet[at + 3]!,
  };
}

/** Writes an event at byte `at`; returns the end of the payload. */
export function writeTelephoneEvent(
  packet: Uint8Array,
  event: TelephoneEvent & { readonly at: number },
): number {
  const { at } = event;
  packet[at] = event.event;
  packet[at + 1] = (event.end ? 0x80 : 0) | (event.volume & 0x3f);
  packet[at + 2] = event.duration >>> 8;
  packet[at + 3] = event.duration;
  return at + EVENT_PAYLOAD;
}
