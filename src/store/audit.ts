/** The audit log: who changed what, when and from where. Appended without waiting, listed by page. */

import type { AuditEntry, AuditStore } from "../pbx/ports.ts";
import type { Connection } from "./connection.ts";
import type { Migrations } from "./schema.ts";

export const AUDIT_MIGRATIONS: Migrations = {
  module: "audit",
  steps: [
    `CREATE TABLE audit (
       number INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, host TEXT NOT NULL,
       action TEXT NOT NULL, target TEXT, detail TEXT
     ) STRICT`,
  ],
};

/** Years of work in an office; a flood pushes out the oldest. */
const MAX_ENTRIES = 50_000;
/** Looking for what is too much costs a scan; once in so many entries is enough. */
const TRIM_EVERY = 500;
const MAX_PAGE = 1000;

export class SqliteAuditStore implements AuditStore {
  readonly #connection: Connection;
  #appended = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  append(entry: AuditEntry): void {
    const serial = this.#appended++;
    this.#connection.behind.add({
      key: `audit\n${entry.at}\n${serial}`,
      run: () => {
        this.#connection.run(
          "INSERT INTO audit (at, who, host, action, target, detail) VALUES (?, ?, ?, ?, ?, ?)",
          Math.round(entry.at),
          entry.who,
          entry.host,
          entry.action,
          entry.target ?? null,
          entry.detail ?? null,
        );
        if (serial % TRIM_EVERY === 0) {
          this.#connection.run(
            `DELETE FROM audit WHERE number <= (SELECT max(number) FROM audit) - ${MAX_ENTRIES}`,
          );
        }
      },
    });
  }

  /** Newest first. What was appended a moment ago is among them. */
  // deno-lint-ignore require-await -- the port is asynchronous for engines that are
  async list(
    page: { readonly offset: number; readonly limit: number },
  ): Promise<{ readonly rows: readonly AuditEntry[]; readonly total: number }> {
    this.#connection.behind.flush();
    const total = Number(this.#connection.get("SELECT count(*) AS total FROM audit")?.total ?? 0);
    const rows = this.#connection.all(
      "SELECT at, who, host, action, target, detail FROM audit ORDER BY number DESC LIMIT ? OFFSET ?",
      Math.max(0, Math.min(MAX_PAGE, Math.trunc(page.limit) || 0)),
      Math.max(0, Math.trunc(page.offset) || 0),
    );
    return {
      total,
      rows: rows.map(({ at, who, host, action, target, detail }) => ({
        at: Number(at),
        who: String(who),
        host: String(host),
        action: String(action),
        ...(target !== null && { target: String(target) }),
        ...(detail !== null && { detail: String(detail) }),
      })),
    };
  }
}
