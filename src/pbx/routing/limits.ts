/** Limits against toll fraud: outgoing calls per hour and extension, destinations nobody may call. */

import { withoutInternationalPrefix, withoutSeparators } from "./numbers.ts";

/** Both optional; emergency calls are never limited. */
export interface OutgoingLimits {
  /** Outgoing calls of one extension within 60 minutes. */
  readonly callsPerHour?: number;
  /** Beginnings of international numbers, `+` and `00` alike: `+882`, `0088213`. */
  readonly deniedPrefixes?: readonly string[];
}

/** The denied prefix that `number` (as it would be sent) begins with. */
export function deniedPrefix(number: string, prefixes: readonly string[]): string | undefined {
  // A national number (`0301234`) begins with the trunk digit and is no business of a list of countries.
  if (!number.startsWith("+") && !number.startsWith("00")) return undefined;
  const plain = withoutInternationalPrefix(withoutSeparators(number));
  return prefixes.find((prefix) => plain.startsWith(withoutInternationalPrefix(withoutSeparators(prefix))));
}

const BUCKETS = 60;
const BUCKET_MS = 60_000;
const MAX_KEYS = 20_000;

interface Count {
  readonly buckets: Uint16Array;
  /** Minute number of the newest bucket. */
  minute: number;
}

/** Outgoing calls of the last 60 minutes, by extension. Time is given; memory is capped at about 3 MB. */
export class HourlyCalls {
  readonly #counts = new Map<string, Count>();

  /** Calls of `key` within the last hour. */
  used(key: string, nowMs: number): number {
    const count = this.#counts.get(key);
    if (!count) return 0;
    forget(count, Math.floor(nowMs / BUCKET_MS));
    return count.buckets.reduce((sum, calls) => sum + calls, 0);
  }

  add(key: string, nowMs: number): void {
    const minute = Math.floor(nowMs / BUCKET_MS);
    let count = this.#counts.get(key);
    if (!count) {
      count = { buckets: new Uint16Array(BUCKETS), minute };
      if (this.#counts.size >= MAX_KEYS) this.#counts.delete(this.#counts.keys().next().value!);
    } else this.#counts.delete(key);
    // Put last again: what is thrown out at the cap is who has not called for longest.
    this.#counts.set(key, count);
    forget(count, minute);
    const bucket = minute % BUCKETS;
    count.buckets[bucket] = Math.min(65_535, count.buckets[bucket]! + 1);
  }
}

/** Empties the buckets of the minutes that have come since. */
function forget(count: Count, minute: number): void {
  if (minute <= count.minute) return;
  const steps = Math.min(BUCKETS, minute - count.minute);
  for (let step = 1; step <= steps; step++) count.buckets[(count.minute + step) % BUCKETS] = 0;
  count.minute = minute;
}
