/** Looks at a database that came from elsewhere, without changing it: is it ours, whole, and nothing but what we write? */

import { fail, ok, type Result } from "../base/mod.ts";
import { DatabaseSync } from "node:sqlite";
import { faultOf } from "./faults.ts";
import { MIGRATIONS } from "./migrations.ts";
import { APPLICATION_ID, findNewer, migrate, type Migrations, versionsOf } from "./schema.ts";

export interface DatabaseFacts {
  /** Rows of each table, for people. */
  readonly counts: Readonly<Record<string, number>>;
  /** The stored domains as plain data. */
  readonly domains: readonly unknown[];
  /** True when opening it will bring its schema forward. */
  readonly isEarlier: boolean;
}

/**
 * `isLive`: a server has it open, or has left a write-ahead log; default false.
 * The error says what is wrong, and fits behind `the database in it cannot be used: `.
 */
export function inspectDatabase(
  path: string,
  options: { readonly isLive?: boolean } = {},
): Result<DatabaseFacts, string> {
  let database: DatabaseSync | undefined;
  try {
    // By its path: a URI, and with it "immutable", is refused under the permissions of the built file.
    database = new DatabaseSync(path, { readOnly: options.isLive ?? false });
    // Nobody else has it: what SQLite lays beside it while it looks goes again, which a reader alone could not do.
    if (!options.isLive) database.exec("PRAGMA locking_mode = exclusive");
    // Functions and virtual tables named by a strange schema are not run.
    database.exec("PRAGMA trusted_schema = off; PRAGMA cell_size_check = on");
    return inspect(database);
  } catch (error) {
    const { kind, message } = faultOf(error);
    return fail(kind === "damaged" ? "it is damaged" : message);
  } finally {
    database?.close();
  }
}

function inspect(database: DatabaseSync): Result<DatabaseFacts, string> {
  if (database.prepare("PRAGMA application_id").get()?.application_id !== APPLICATION_ID) {
    return fail("it belongs to another program");
  }
  if (!database.prepare("SELECT name FROM sqlite_master WHERE name = 'migrations'").get()) {
    return fail("it has no schema of sipedge");
  }
  const versions = versionsOf(database);
  const newer = findNewer(versions, MIGRATIONS);
  if (newer !== undefined) {
    return fail(
      `it was written by a newer version of sipedge (${newer}): install that version or a later one`,
    );
  }
  if (layoutOf(database) !== layoutAt(versions)) {
    return fail("its schema is not that of sipedge: something was added or taken away");
  }
  const verdict = database.prepare("PRAGMA integrity_check(1)").get()?.integrity_check;
  if (verdict !== "ok") return fail("it is damaged");
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all();
  const counts = Object.fromEntries(
    tables.map(({ name }) => String(name)).filter((name) => name !== "migrations").map((name) => [
      name,
      Number(database.prepare(`SELECT count(*) AS count FROM "${name}"`).get()?.count ?? 0),
    ]),
  );
  const domains = database.prepare("SELECT json FROM domains ORDER BY position").all().map(({ json }) =>
    JSON.parse(String(json)) as unknown
  );
  const isEarlier = MIGRATIONS.some(({ module, steps }) => (versions.get(module) ?? 0) < steps.length);
  return ok({ counts, domains, isEarlier });
}

/** Tables, indexes, views and triggers, spelt without regard to white space. */
function layoutOf(database: DatabaseSync): string {
  const rows = database.prepare("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").all();
  return rows.map(({ type, name, sql }) =>
    `${type} ${name} ${String(sql).replace(/\s+/g, " ").replace(/ ?([(),]) ?/g, "$1")}`
  ).join("\n");
}

function layoutAt(versions: ReadonlyMap<string, number>): string {
  const database = new DatabaseSync(":memory:");
  try {
    const then: Migrations[] = MIGRATIONS.map(({ module, steps }) => ({
      module,
      steps: steps.slice(0, versions.get(module) ?? 0),
    }));
    migrate(database, then);
    return layoutOf(database);
  } finally {
    database.close();
  }
}
