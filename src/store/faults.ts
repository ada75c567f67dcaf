/** What SQLite's errors mean for us, in words that say what to do. */

/** `busy` and `full` pass: the write is tried again. `damaged` and `unusable` need a person. `ours` is a bug. */
export type StoreFaultKind = "busy" | "full" | "damaged" | "unusable" | "ours";

export interface StoreFault {
  readonly kind: StoreFaultKind;
  /** What is wrong and what to do, without full stop. */
  readonly message: string;
}

const ROWS: readonly [pattern: RegExp, kind: StoreFaultKind, message: string][] = [
  [/database (?:table )?is locked/, "busy", "the database is locked by another program: end that program"],
  [/database or disk is full/, "full", "the disk is full: free some space"],
  [/disk I\/O error/, "full", "the disk does not take the data: look for a full or failing disk"],
  [
    /file is not a database|malformed/,
    "damaged",
    "the database is damaged: restore a backup, or move the file away to begin with an empty one",
  ],
  [/readonly database/, "unusable", "the database may only be read: give its owner the right to write"],
  [
    /unable to open database file/,
    "unusable",
    "the database cannot be opened: check that its folder exists and may be written",
  ],
];

/** Finds what `error`, thrown by node:sqlite, means. Its classes tell less than its texts, which SQLite keeps stable. */
export function faultOf(error: unknown): StoreFault {
  const text = error instanceof Error ? error.message : String(error);
  const row = ROWS.find(([pattern]) => pattern.test(text));
  return row ? { kind: row[1], message: row[2] } : { kind: "ours", message: text };
}
