/** Brings a database to the present schema, from any earlier one, in one transaction. */

import { fail, ok, type Result } from "../base/mod.ts";
import type { DatabaseSync } from "node:sqlite";

/** The steps of one repository: step `n` (from 1) leads from version `n - 1` to version `n`. */
export interface Migrations {
  /** Name under which the version is kept; never changed. */
  readonly module: string;
  readonly steps: readonly string[];
}

/** "sipe": tells our file from any other SQLite database. */
export const APPLICATION_ID = 0x73697065;

/**
 * Runs the steps that are missing; all of them or none. The error says why the database cannot be used: it belongs to
 * another program, or to a newer version of this one. Throws what SQLite throws.
 */
export function migrate(
  database: DatabaseSync,
  all: readonly Migrations[],
): Result<{ readonly steps: number }, string> {
  const id = numberOf(database, "PRAGMA application_id", "application_id");
  const tables = numberOf(database, "SELECT count(*) AS count FROM sqlite_master", "count");
  if (id !== APPLICATION_ID && (id !== 0 || tables > 0)) {
    return fail("the file is a database of another program");
  }
  database.exec("BEGIN IMMEDIATE");
  try {
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.exec(
      "CREATE TABLE IF NOT EXISTS migrations (module TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT",
    );
    const versions = versionsOf(database);
    const newer = findNewer(versions, all);
    if (newer !== undefined) {
      database.exec("ROLLBACK");
      return fail(
        `the database was written by a newer version of sipedge (${newer}): install that version again`,
      );
    }
    let steps = 0;
    const note = database.prepare("INSERT OR REPLACE INTO migrations (module, version) VALUES (?, ?)");
    for (const migrations of all) {
      const from = versions.get(migrations.module) ?? 0;
      for (const sql of migrations.steps.slice(from)) database.exec(sql);
      if (migrations.steps.length > from) note.run(migrations.module, migrations.steps.length);
      steps += migrations.steps.length - from;
    }
    database.exec("COMMIT");
    return ok({ steps });
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** The version of each module that the database is at. */
export function versionsOf(database: DatabaseSync): Map<string, number> {
  const rows = database.prepare("SELECT module, version FROM migrations").all();
  return new Map(rows.map((row) => [String(row.module), Number(row.version)]));
}

/** The first module that is further than `all` knows, in words. */
export function findNewer(
  versions: ReadonlyMap<string, number>,
  all: readonly Migrations[],
): string | undefined {
  for (const [module, version] of versions) {
    const known = all.find((migrations) => migrations.module === module)?.steps.length ?? 0;
    if (version > known) return `${module} ${version}, known ${known}`;
  }
  return undefined;
}

function numberOf(database: DatabaseSync, sql: string, column: string): number {
  return Number(database.prepare(sql).get()?.[column] ?? 0);
}
