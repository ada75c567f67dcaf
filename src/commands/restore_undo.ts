/** Back to the state before a restore. */

import { startExchange } from "../platform/exchange.ts";
import { exists, readTextFile } from "../platform/mod.ts";
import { CommandError, type Shell } from "./command.ts";

/** What a restore exchanges in a data folder; all else (recordings, states kept) stays. */
export const EXCHANGED: readonly string[] = [
  "sipedge.db",
  "sipedge.db-wal",
  "sipedge.db-shm",
  "tls",
  "given",
  "sounds",
  "restored.json",
];

/** Which restore made the present state, and where the state before is. Exchanged like all else: undo after undo works. */
export const RESTORED_NOTE = "restored.json";

/** `before-restore-2026-01-31T08-00-00-123` */
export function keptName(nowMs: number, what: "restore" | "undo" = "restore"): string {
  return `before-${what}-${new Date(nowMs).toISOString().replace(/[:.]/g, "-").replace("Z", "")}`;
}

/** Says what was done. Throws {@linkcode CommandError}. */
export function undo(data: string, shell: Shell): string {
  const text = readTextFile(`${data}/${RESTORED_NOTE}`);
  if (!text.ok) throw new CommandError(`There is no restore to undo in "${data}"`);
  const { kept, config } = JSON.parse(text.value) as { readonly kept: string; readonly config?: string };
  if (!exists(`${data}/${kept}`)) {
    throw new CommandError(`Cannot undo the restore: "${data}/${kept}" was removed`);
  }
  const now = keptName(shell.clock.now(), "undo");
  const done = startExchange(data, {
    names: EXCHANGED,
    fresh: kept,
    kept: now,
    ...(config !== undefined && { outside: config }),
  });
  if (done.ok) return `Undone. What was restored is kept in "${data}/${now}"\n`;
  throw new CommandError(`Cannot put the files in place: ${done.error}`);
}
