/** Registered devices on disk (RFC 3261 §10): read once at the start, then written behind. */

import type { BindingStore, StoredBinding } from "../pbx/ports.ts";
import type { Connection } from "./connection.ts";
import type { Migrations } from "./schema.ts";

export const BINDING_MIGRATIONS: Migrations = {
  module: "bindings",
  steps: [
    `CREATE TABLE bindings (
       domain TEXT NOT NULL, extension TEXT NOT NULL, contact TEXT NOT NULL,
       expires_at INTEGER NOT NULL, json TEXT NOT NULL,
       PRIMARY KEY (domain, extension, contact)
     ) STRICT, WITHOUT ROWID`,
  ],
};

export class SqliteBindingStore implements BindingStore {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  // deno-lint-ignore require-await -- the port is asynchronous for engines that are
  async all(): Promise<readonly StoredBinding[]> {
    return this.#connection.all("SELECT json FROM bindings ORDER BY domain, extension")
      .flatMap(({ json }) => parseBinding(String(json)));
  }

  put(binding: StoredBinding): void {
    const { domain, extension, contact, expiresAt } = binding;
    this.#connection.behind.add({
      key: keyOf(domain, extension, contact),
      run: () =>
        this.#connection.run(
          "INSERT OR REPLACE INTO bindings (domain, extension, contact, expires_at, json) VALUES (?, ?, ?, ?, ?)",
          domain,
          extension,
          contact,
          Math.ceil(expiresAt),
          JSON.stringify(binding),
        ),
    });
  }

  remove(domain: string, extension: string, contact: string): void {
    this.#connection.behind.add({
      key: keyOf(domain, extension, contact),
      run: () =>
        this.#connection.run(
          "DELETE FROM bindings WHERE domain = ? AND extension = ? AND contact = ?",
          domain,
          extension,
          contact,
        ),
    });
  }

  flush(): Promise<void> {
    return this.#connection.settled();
  }
}

function keyOf(domain: string, extension: string, contact: string): string {
  return `binding\n${domain}\n${extension}\n${contact}`;
}

/** A row of ours reads back; one that was tampered with is as if it were not there, and the phone registers anew. */
function parseBinding(json: string): StoredBinding[] {
  try {
    const value = JSON.parse(json) as StoredBinding | null;
    return value && typeof value.contact === "string" && Array.isArray(value.path) ? [value] : [];
  } catch {
    return [];
  }
}
