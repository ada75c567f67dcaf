/** Writes that wait for nobody: gathered for a moment, then put on disk in one transaction. */

import type { Clock, Log, Timer } from "../base/mod.ts";
import { faultOf, type StoreFault } from "./faults.ts";

/** Gathering time; with a tick of the clock and the write itself nothing is older than 200 ms. */
const GATHER_MS = 100;
/** Most writes in one transaction: about 20 ms, so that signalling is not held up. */
const BATCH = 2000;
/** Waiting times after a failure, doubled up to the longest. */
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
/** Most expendable writes kept while the disk takes none (about 20 MB of call records); then the oldest is dropped. */
const MAX_EXPENDABLE = 10_000;

export interface Write {
  /** Writes with the same key replace one another: only the last state matters. */
  readonly key: string;
  /** May be dropped when too many wait (a call record, a ban); what is bounded by itself (bindings, state) never is. */
  readonly isExpendable?: boolean;
  run(): void;
  /** Called once when it is on disk and nothing newer of the same key waits. */
  done?(): void;
}

export interface WriteBehindOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Runs `work` within one transaction; throws what SQLite throws, with nothing written. */
  readonly transaction: (work: () => void) => void;
}

/** One queue for a whole store. Nothing here throws; a write that can never succeed is logged and dropped. */
export class WriteBehind {
  readonly #options: WriteBehindOptions;
  readonly #needed = new Map<string, Write>();
  readonly #expendable = new Map<string, Write>();
  #timer: Timer | undefined;
  #retryMs = 0;
  #fault: StoreFault | undefined;
  #dropped = 0;
  #isClosed = false;

  constructor(options: WriteBehindOptions) {
    this.#options = options;
  }

  /** Number of writes not yet on disk. */
  get waiting(): number {
    return this.#needed.size + this.#expendable.size;
  }

  /** Why the database takes nothing at the moment; undefined while all is well. */
  get fault(): StoreFault | undefined {
    return this.#retryMs > 0 ? this.#fault : undefined;
  }

  add(write: Write): void {
    if (this.#isClosed) return;
    const waiting = this.#queueOf(write);
    // Taken out first, so that the order is that of the last words.
    waiting.delete(write.key);
    waiting.set(write.key, write);
    if (this.#expendable.size > MAX_EXPENDABLE) this.#dropOldest();
    this.#timer ??= this.#schedule(GATHER_MS);
  }

  /** Writes all that waits, now. False when the database did not take it; then it is tried again later. */
  flush(): boolean {
    this.#timer?.cancel();
    this.#timer = undefined;
    while (this.waiting > 0) {
      if (!this.#writeBatch()) {
        this.#retryMs = Math.min(Math.max(this.#retryMs * 2, FIRST_RETRY_MS), LONGEST_RETRY_MS);
        if (!this.#isClosed) this.#timer = this.#schedule(this.#retryMs);
        return false;
      }
    }
    return true;
  }

  /** Writes what waits a last time and takes no more. */
  close(): boolean {
    this.#isClosed = true;
    return this.flush();
  }

  #schedule(ms: number): Timer {
    const { clock } = this.#options;
    return clock.at(clock.now() + ms, () => {
      this.#timer = undefined;
      this.#writeSome();
    });
  }

  /** One batch a turn, so that sockets are served in between. */
  #writeSome(): void {
    if (this.waiting > BATCH) {
      if (this.#writeBatch()) this.#timer = this.#schedule(0);
      else this.flush();
    } else this.flush();
  }

  #writeBatch(): boolean {
    const batch = this.#nextBatch();
    try {
      this.#options.transaction(() => batch.forEach((write) => write.run()));
    } catch (error) {
      const fault = faultOf(error);
      if (fault.kind === "ours") return this.#writeOneByOne(batch);
      this.#complain(fault);
      return false;
    }
    this.#forget(batch);
    this.#recovered();
    return true;
  }

  /** One bad write must not keep the good ones from the disk. */
  #writeOneByOne(batch: readonly Write[]): boolean {
    for (const write of batch) {
      try {
        this.#options.transaction(() => write.run());
      } catch (error) {
        const fault = faultOf(error);
        if (fault.kind !== "ours") {
          this.#complain(fault);
          return false;
        }
        this.#options.log.error("a record could not be stored", { key: write.key, reason: fault.message });
      }
      this.#forget([write]);
    }
    return true;
  }

  #forget(batch: readonly Write[]): void {
    for (const write of batch) {
      const waiting = this.#queueOf(write);
      if (waiting.get(write.key) !== write) continue;
      waiting.delete(write.key);
      write.done?.();
    }
  }

  /** Said once for each trouble, not for each attempt. */
  #complain(fault: StoreFault): void {
    this.#fault = fault;
    if (this.#retryMs > 0) return;
    this.#options.log.error("cannot write to the database, calls go on and the data is kept in memory", {
      reason: fault.message,
      waiting: this.waiting,
    });
  }

  #recovered(): void {
    if (this.#retryMs === 0) return;
    this.#retryMs = 0;
    this.#options.log.info("the database takes data again", { dropped: this.#dropped });
    this.#dropped = 0;
  }

  #queueOf(write: Write): Map<string, Write> {
    return write.isExpendable ? this.#expendable : this.#needed;
  }

  #nextBatch(): Write[] {
    const batch: Write[] = [];
    for (const waiting of [this.#needed, this.#expendable]) {
      for (const write of waiting.values()) {
        if (batch.length === BATCH) return batch;
        batch.push(write);
      }
    }
    return batch;
  }

  #dropOldest(): void {
    for (const key of this.#expendable.keys()) {
      this.#expendable.delete(key);
      this.#dropped++;
      return;
    }
  }
}
