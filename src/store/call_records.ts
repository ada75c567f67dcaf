/** Call records: appended without waiting, listed by page, pruned by age and by number. */

import type { CallRecord, CallRecordQuery, CallRecordStore } from "../pbx/ports.ts";
import type { SQLInputValue } from "node:sqlite";
import type { Connection, Row } from "./connection.ts";
import type { Migrations } from "./schema.ts";

export const CALL_RECORD_MIGRATIONS: Migrations = {
  module: "call_records",
  steps: [
    `CREATE TABLE call_records (
       id TEXT PRIMARY KEY, domain TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER,
       caller TEXT NOT NULL, called TEXT NOT NULL, answered_by TEXT, result TEXT, json TEXT NOT NULL
     ) STRICT;
     CREATE INDEX call_records_started ON call_records (started_at);
     CREATE INDEX call_records_domain ON call_records (domain, started_at);`,
  ],
};

/** Longest page; a larger wish is cut. */
const MAX_PAGE = 1000;
/** Rows deleted in one go, so that nothing waits long for the lock. */
const DELETE_BATCH = 2000;
/** Largest JSON of one record: a call with thousands of events keeps its beginning and its figures. */
const MAX_JSON = 256 * 1024;

export class SqliteCallRecordStore implements CallRecordStore {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  append(record: CallRecord): void {
    const json = printRecord(record);
    this.#connection.behind.add({
      key: `call\n${record.id}`,
      isExpendable: true,
      run: () =>
        this.#connection.run(
          `INSERT OR REPLACE INTO call_records
             (id, domain, started_at, ended_at, caller, called, answered_by, result, json)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          record.id,
          record.domain,
          Math.round(record.startedAt),
          record.endedAt === undefined ? null : Math.round(record.endedAt),
          record.caller,
          record.called,
          record.answeredBy ?? null,
          record.result ?? null,
          json,
        ),
    });
  }

  /** Newest first. What was appended a moment ago is among them. */
  // deno-lint-ignore require-await -- the port is asynchronous for engines that are
  async list(
    query: CallRecordQuery,
  ): Promise<{ readonly rows: readonly CallRecord[]; readonly total: number }> {
    this.#connection.behind.flush();
    const { where, values } = conditionOf(query);
    const total = Number(
      this.#connection.get(`SELECT count(*) AS total FROM call_records ${where}`, ...values)?.total,
    );
    const rows = this.#connection.all(
      `SELECT json FROM call_records ${where} ORDER BY started_at DESC, id DESC LIMIT ? OFFSET ?`,
      ...values,
      clamp(query.limit, MAX_PAGE),
      clamp(query.offset, Number.MAX_SAFE_INTEGER),
    );
    return { rows: rows.flatMap(parseRecord), total };
  }

  /** Every record that matches, newest first, for an export; pages are read as they are wanted. */
  async *each(query: Omit<CallRecordQuery, "offset" | "limit">): AsyncGenerator<CallRecord> {
    // By key, not by offset: records that arrive or go meanwhile move nothing.
    let before: { startedAt: number; id: string } | undefined;
    for (;;) {
      const { where, values } = conditionOf(query, before);
      const rows = this.#connection.all(
        `SELECT id, started_at, json FROM call_records ${where} ORDER BY started_at DESC, id DESC LIMIT ${MAX_PAGE}`,
        ...values,
      );
      for (const row of rows) yield* parseRecord(row);
      const last = rows.at(-1);
      if (!last || rows.length < MAX_PAGE) return;
      before = { startedAt: Number(last.started_at), id: String(last.id) };
      await this.#connection.rest();
    }
  }

  // deno-lint-ignore require-await -- the port is asynchronous for engines that are
  async get(id: string): Promise<CallRecord | undefined> {
    this.#connection.behind.flush();
    const row = this.#connection.get("SELECT json FROM call_records WHERE id = ?", id);
    return row && parseRecord(row)[0];
  }

  prune(beforeMs: number): Promise<number> {
    return this.#delete("coalesce(ended_at, started_at) < ?", Math.floor(beforeMs));
  }

  /** Keeps the newest `rows`; the number of rows removed. */
  trim(rows: number): Promise<number> {
    const border = this.#connection.get(
      "SELECT started_at, id FROM call_records ORDER BY started_at DESC, id DESC LIMIT 1 OFFSET ?",
      clamp(rows, Number.MAX_SAFE_INTEGER),
    );
    if (!border) return Promise.resolve(0);
    return this.#delete("(started_at, id) <= (?, ?)", Number(border.started_at), String(border.id));
  }

  async #delete(condition: string, ...values: SQLInputValue[]): Promise<number> {
    let removed = 0;
    for (;;) {
      let changes = 0;
      await this.#connection.write(() => {
        changes = this.#connection.run(
          `DELETE FROM call_records WHERE rowid IN
             (SELECT rowid FROM call_records WHERE ${condition} LIMIT ${DELETE_BATCH})`,
          ...values,
        );
      });
      removed += changes;
      if (changes < DELETE_BATCH) return removed;
      await this.#connection.rest();
    }
  }
}

function clamp(value: number, max: number): number {
  return Math.max(0, Math.min(max, Math.trunc(value) || 0));
}

/** WHERE clause of a query; every value is bound, none is spliced in. */
function conditionOf(
  query: Omit<CallRecordQuery, "offset" | "limit">,
  before?: { readonly startedAt: number; readonly id: string },
): { where: string; values: SQLInputValue[] } {
  const parts: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (part: string, ...bound: SQLInputValue[]) => {
    parts.push(part);
    values.push(...bound);
  };
  if (query.domain !== undefined) add("domain = ?", query.domain);
  if (query.fromMs !== undefined) add("started_at >= ?", query.fromMs);
  if (query.toMs !== undefined) add("started_at < ?", query.toMs);
  if (query.result !== undefined) add("result = ?", query.result);
  if (query.party !== undefined && query.party !== "") {
    const { party } = query;
    add("(instr(caller, ?) OR instr(called, ?) OR instr(coalesce(answered_by, ''), ?))", party, party, party);
  }
  if (before) add("(started_at, id) < (?, ?)", before.startedAt, before.id);
  return { where: parts.length > 0 ? `WHERE ${parts.join(" AND ")}` : "", values };
}

function printRecord(record: CallRecord): string {
  const json = JSON.stringify(record);
  return json.length <= MAX_JSON ? json : JSON.stringify({ ...record, events: record.events.slice(0, 100) });
}

function parseRecord(row: Row): CallRecord[] {
  try {
    const value = JSON.parse(String(row.json)) as CallRecord | null;
    return value && typeof value.id === "string" ? [value] : [];
  } catch {
    return [];
  }
}
