/** delta-seconds (RFC 3261 §25.1), the value of Expires and its kin. */
import { parseDigits } from "./lexer.ts";

/** The largest number of seconds that SIP can say (RFC 3261 §20.19). */
export const MAX_SECONDS = 2 ** 32 - 1;

/**
 * Seconds, or undefined when `text` is not all digits. A larger number than SIP can say counts as the largest, because
 * phones that want "for ever" send such (RFC 4475 §3.1.2.4 lets an element do so).
 */
export function parseSeconds(text: string): number | undefined {
  const seconds = parseDigits(text, Number.POSITIVE_INFINITY);
  return seconds === undefined ? undefined : Math.min(seconds, MAX_SECONDS);
}
