/** Small things that must survive a restart: round-robin positions, features set by code, counters. */

import type { StateStore } from "../pbx/ports.ts";
import type { Connection } from "./connection.ts";
import type { Migrations } from "./schema.ts";

export const STATE_MIGRATIONS: Migrations = {
  module: "state",
  steps: ["CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID"],
};

export class SqliteStateStore implements StateStore {
  readonly #connection: Connection;
  /** What waits to be written must be read back at once. */
  readonly #pending = new Map<string, string | undefined>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  // deno-lint-ignore require-await -- the port is asynchronous for engines that are
  async get(key: string): Promise<string | undefined> {
    if (this.#pending.has(key)) return this.#pending.get(key);
    const row = this.#connection.get("SELECT value FROM state WHERE key = ?", key);
    return row && String(row.value);
  }

  // deno-lint-ignore require-await -- the port is asynchronous for engines that are
  async list(prefix: string): Promise<ReadonlyMap<string, string>> {
    // A range instead of LIKE: exact in case, free of wildcards, and served by the key itself.
    const rows = this.#connection.all(
      "SELECT key, value FROM state WHERE key >= ? AND key < ? ORDER BY key",
      prefix,
      `${prefix}\u{10FFFF}`,
    );
    const found = new Map(rows.map(({ key, value }) => [String(key), String(value)]));
    for (const [key, value] of this.#pending) {
      if (!key.startsWith(prefix)) continue;
      if (value === undefined) found.delete(key);
      else found.set(key, value);
    }
    return found;
  }

  put(key: string, value: string): void {
    this.#write(key, value);
  }

  remove(key: string): void {
    this.#write(key, undefined);
  }

  #write(key: string, value: string | undefined): void {
    this.#pending.set(key, value);
    this.#connection.behind.add({
      key: `state\n${key}`,
      run: () => {
        if (value === undefined) this.#connection.run("DELETE FROM state WHERE key = ?", key);
        else this.#connection.run("INSERT OR REPLACE INTO state (key, value) VALUES (?, ?)", key, value);
      },
      done: () => this.#pending.delete(key),
    });
  }
}
