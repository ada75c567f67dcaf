/** Bans on disk, so that a restart forgives nobody. */

import type { BanStore, StoredBan } from "../pbx/ports.ts";
import type { Connection } from "./connection.ts";
import type { Migrations } from "./schema.ts";

export const BAN_MIGRATIONS: Migrations = {
  module: "bans",
  steps: [
    `CREATE TABLE bans (
       address TEXT PRIMARY KEY, since INTEGER NOT NULL, until INTEGER NOT NULL, reason TEXT NOT NULL
     ) STRICT, WITHOUT ROWID`,
  ],
};

export class SqliteBanStore implements BanStore {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  // deno-lint-ignore require-await -- the port is asynchronous for engines that are
  async all(): Promise<readonly StoredBan[]> {
    return this.#connection.all("SELECT address, since, until, reason FROM bans ORDER BY address").map((
      row,
    ) => ({
      address: String(row.address),
      since: Number(row.since),
      until: Number(row.until),
      reason: String(row.reason),
    }));
  }

  put({ address, since, until, reason }: StoredBan): void {
    this.#connection.behind.add({
      key: `ban\n${address}`,
      // A flood of invented senders must not fill the memory while the disk is full.
      isExpendable: true,
      run: () =>
        this.#connection.run(
          "INSERT OR REPLACE INTO bans (address, since, until, reason) VALUES (?, ?, ?, ?)",
          address,
          Math.round(since),
          Math.round(until),
          reason,
        ),
    });
  }

  remove(address: string): void {
    this.#connection.behind.add({
      key: `ban\n${address}`,
      isExpendable: true,
      run: () => this.#connection.run("DELETE FROM bans WHERE address = ?", address),
    });
  }
}
