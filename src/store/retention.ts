/** Call records do not grow for ever: what is too old or too much is removed, once an hour. */

import type { Clock, Log } from "../base/mod.ts";
import type { RecordSettings } from "../config/mod.ts";
import { faultOf } from "./faults.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** The start has better things to do. */
const FIRST_MS = 60_000;

/** What can be pruned; `trim` keeps the newest rows. Both give the number of rows removed. */
export interface PrunableRecords {
  prune(beforeMs: number): Promise<number>;
  trim(rows: number): Promise<number>;
}

export interface RetentionOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Asked each time, so that a reload counts. */
  readonly limits: () => RecordSettings;
}

/** Begins; returns how to end. */
export function startRetention(
  records: PrunableRecords,
  { clock, log, limits }: RetentionOptions,
): () => void {
  let isStopped = false;
  const clean = async () => {
    const { keepDays, maxRecords } = limits();
    try {
      const removed = await records.prune(clock.now() - keepDays * DAY_MS) + await records.trim(maxRecords);
      if (removed > 0) log.info("old call records removed", { removed });
    } catch (error) {
      // A locked or full database is tried again in an hour; the write path has told of it already.
      log.warn("old call records could not be removed", { reason: faultOf(error).message });
    }
    if (!isStopped) timer = clock.at(clock.now() + HOUR_MS, clean);
  };
  let timer = clock.at(clock.now() + FIRST_MS, clean);
  return () => {
    isStopped = true;
    timer.cancel();
  };
}
