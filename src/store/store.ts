/** The store: one SQLite file behind all repositories of `pbx/ports`. */

import { type Clock, fail, type Log, ok, type Result } from "../base/mod.ts";
import { backup } from "node:sqlite";
import { SqliteAuditStore } from "./audit.ts";
import { SqliteBanStore } from "./bans.ts";
import { SqliteBindingStore } from "./bindings.ts";
import { SqliteCallRecordStore } from "./call_records.ts";
import { Connection } from "./connection.ts";
import { type ReadDomain, SqliteDirectoryStore } from "./directory.ts";
import { faultOf, type StoreFault } from "./faults.ts";
import { MIGRATIONS } from "./migrations.ts";
import { migrate } from "./schema.ts";
import { SqliteStateStore } from "./state.ts";

export interface StoreOptions {
  /** Path of the file; made when it does not exist. Its folder must exist. */
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly readDomain: ReadDomain;
  /** How long a lock of another program may hold up this thread; 50 ms by default, more for a command of the shell. */
  readonly busyMs?: number;
}

export interface Store {
  readonly bindings: SqliteBindingStore;
  readonly callRecords: SqliteCallRecordStore;
  readonly state: SqliteStateStore;
  readonly directory: SqliteDirectoryStore;
  readonly bans: SqliteBanStore;
  readonly audit: SqliteAuditStore;
  /** For repositories of other folders (their migrations stand in `migrations.ts`). */
  readonly connection: Connection;
  /** Why nothing can be written at the moment, and how many changes wait; undefined while all is well. */
  readonly trouble: StoreTrouble | undefined;
  /** Resolves when everything put before is on disk. */
  flush(): Promise<void>;
  /** Writes a consistent copy of the whole database to `path` while everything goes on. */
  backupTo(path: string): Promise<void>;
  /** As `backupTo`, for a program beside the server: one look at the database, however busy its writer is. */
  copyTo(path: string): Promise<void>;
  /** Writes what waits and closes; false when something could not be written. Harmless when called twice. */
  close(): boolean;
}

export interface StoreTrouble extends StoreFault {
  readonly waiting: number;
}

/** Largest file looked through at the start (about 0.1 s); a larger one is trusted until an error says otherwise. */
const CHECKED_PAGES = 4096;

/** SQLite's own limit of pages. */
const ALL_PAGES = 0x7fff_fffe;

/** Opens the database and brings its schema up to date. The error says what is wrong and what to do. */
export function openStore(options: StoreOptions): Result<Store, string> {
  const { path, clock, log } = options;
  let connection: Connection | undefined;
  try {
    connection = new Connection(path, { clock, log, busyMs: options.busyMs ?? 50 });
    const damage = findDamage(connection);
    const migrated = damage === undefined ? migrate(connection.database, MIGRATIONS) : fail(damage);
    if (migrated.ok) {
      if (migrated.value.steps > 0) {
        log.debug("the database is up to date", { path, steps: migrated.value.steps });
      }
      return ok(assemble(connection, options));
    }
    connection.close();
    return fail(`Cannot open "${path}": ${migrated.error}`);
  } catch (error) {
    connection?.close();
    return fail(`Cannot open "${path}": ${faultOf(error).message}`);
  }
}

function findDamage(connection: Connection): string | undefined {
  const pages = Number(connection.get("PRAGMA page_count")?.page_count ?? 0);
  if (pages > CHECKED_PAGES) return undefined;
  const verdict = connection.get("PRAGMA quick_check(1)")?.quick_check;
  return verdict === "ok" ? undefined : faultOf(new Error("malformed")).message;
}

function assemble(connection: Connection, { readDomain, log }: StoreOptions): Store {
  return {
    bindings: new SqliteBindingStore(connection),
    callRecords: new SqliteCallRecordStore(connection),
    state: new SqliteStateStore(connection),
    directory: new SqliteDirectoryStore(connection, { readDomain, log }),
    bans: new SqliteBanStore(connection),
    audit: new SqliteAuditStore(connection),
    connection,
    get trouble() {
      const { fault, waiting } = connection.behind;
      return fault && { ...fault, waiting };
    },
    flush: () => connection.settled(),
    async backupTo(path) {
      connection.behind.flush();
      await backup(connection.database, path);
    },
    async copyTo(path) {
      connection.behind.flush();
      // All pages in one step: between two of them a change by the server would begin the copy anew. `VACUUM INTO` would
      // do the same, but needs ATTACH, which the runtime allows with whole permissions only.
      await backup(connection.database, path, { rate: ALL_PAGES });
    },
    close: () => connection.close(),
  };
}
