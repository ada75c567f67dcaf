/** One open SQLite database: prepared statements, transactions, the queue of writes behind, waiting for locks. */

import type { Clock, Log } from "../base/mod.ts";
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from "node:sqlite";
import { faultOf } from "./faults.ts";
import { WriteBehind } from "./write_behind.ts";

export type Row = Record<string, SQLOutputValue>;

/** How often and how long a write that someone waits for is tried against a lock. */
const LOCK_RETRY_MS = 50;
const LOCK_WAIT_MS = 5000;
/** How often `settled` looks whether a database in trouble has taken everything. */
const SETTLE_RETRY_MS = 250;

export interface ConnectionOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** How long SQLite itself waits for a lock, holding up everything else in this thread. */
  readonly busyMs: number;
}

export class Connection {
  readonly behind: WriteBehind;
  readonly #database: DatabaseSync;
  readonly #clock: Clock;
  readonly #statements = new Map<string, StatementSync>();
  #isClosed = false;

  /** Opens or makes the file. Throws what SQLite throws. */
  constructor(path: string, { clock, log, busyMs }: ConnectionOptions) {
    this.#clock = clock;
    this.#database = new DatabaseSync(path, { timeout: busyMs });
    try {
      // WAL with `normal` loses nothing when the process dies; a power cut may cost the last moments, never the file.
      this.#database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = normal; PRAGMA foreign_keys = on");
      this.#database.exec("PRAGMA trusted_schema = off; PRAGMA journal_size_limit = 16777216");
    } catch (error) {
      this.#database.close();
      throw error;
    }
    this.behind = new WriteBehind({ clock, log, transaction: (work) => this.transaction(work) });
  }

  /** The database itself, for migrations and backup. */
  get database(): DatabaseSync {
    return this.#database;
  }

  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...values);
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...values);
  }

  /** All of `work` or nothing. */
  transaction(work: () => void): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#database.exec("COMMIT");
    } catch (error) {
      // A full disk may have rolled back by itself.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  /** Runs `work` in a transaction, trying again while another program holds the lock; rejects with a clear message. */
  async write(work: () => void): Promise<void> {
    const deadlineMs = this.#clock.now() + LOCK_WAIT_MS;
    for (;;) {
      try {
        return this.transaction(work);
      } catch (error) {
        const fault = faultOf(error);
        if (fault.kind !== "busy" || this.#clock.now() >= deadlineMs) {
          throw new Error(`Cannot store the change: ${fault.message}`, { cause: error });
        }
      }
      await this.#pause(LOCK_RETRY_MS);
    }
  }

  /** Resolves when everything that waits is on disk, or the connection is closed. */
  async settled(): Promise<void> {
    while (!this.#isClosed && !this.behind.flush()) await this.#pause(SETTLE_RETRY_MS);
  }

  /** Lets everything else in this thread have its turn, between the parts of long work. */
  rest(): Promise<void> {
    return this.#pause(0);
  }

  /** False when something could not be written any more. */
  close(): boolean {
    if (this.#isClosed) return true;
    const isWritten = this.behind.close();
    this.#isClosed = true;
    this.#statements.clear();
    this.#database.close();
    return isWritten;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.at(this.#clock.now() + ms, resolve));
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, statement = this.#database.prepare(sql));
    return statement;
  }
}
