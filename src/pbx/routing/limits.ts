/** Limits against toll fraud: outgoing calls per hour of extension and domain, countries, numbers nobody may call. */

import type { LimitSettings } from "../../config/mod.ts";
import { withoutSeparators } from "./numbers.ts";

/** Why a number may not be called. */
export type DeniedNumber =
  | { readonly key: "limit.prefix"; readonly prefix: string }
  | { readonly key: "limit.country" };

/** Judges `number` as it would be sent; undefined: it may be called. */
export function deniedNumber(
  number: string,
  { internationalPrefix, denied, countries }: LimitSettings,
): DeniedNumber | undefined {
  const plain = withoutSeparators(number);
  // A national number (`0301234`) begins with the trunk digit and is no business of a list of countries.
  const digits = plain.startsWith("+")
    ? plain.slice(1)
    : plain.startsWith(internationalPrefix)
    ? plain.slice(internationalPrefix.length)
    : undefined;
  if (digits === undefined) return undefined;
  const isMeant = (prefix: string) => digits.startsWith(prefix.slice(1));
  const prefix = denied.find(isMeant);
  if (prefix !== undefined) return { key: "limit.prefix", prefix };
  return countries.length > 0 && !countries.some(isMeant) ? { key: "limit.country" } : undefined;
}

/** Outgoing calls within the last hour. */
export interface CallsLastHour {
  readonly extension: number;
  readonly domain: number;
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
