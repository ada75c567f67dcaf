/** The store as a command opens it: beside a running server or without one. */

import { type Log, SILENT_LOG } from "../base/mod.ts";
import { domainDefaultsOf, readStoredDomain, type Settings } from "../config/mod.ts";
import { ensureFolder, ensurePrivateFile } from "../platform/mod.ts";
import { openStore, type Store } from "../store/mod.ts";
import { CommandError, type Shell } from "./command.ts";
import { databasePath } from "./places.ts";

/** A command of the shell holds up nobody while it waits for the server's lock. */
const PATIENT_MS = 5000;

export interface OpenOptions {
  /** Absent: nobody reads along. */
  readonly log?: Log;
  /** True for the server itself, which must not wait. */
  readonly isServer?: boolean;
}

/** Opens, or makes, the store of `settings`. Throws {@linkcode CommandError}. */
export function openStoreOf(settings: Settings, shell: Shell, options: OpenOptions = {}): Store {
  const { data } = settings.server;
  const path = databasePath(data);
  const folder = ensureFolder(data);
  if (!folder.ok) throw new CommandError(`Cannot use the data folder "${data}": ${folder.error}`);
  const file = ensurePrivateFile(path);
  if (!file.ok) throw new CommandError(`Cannot open "${path}": ${file.error}`);
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const defaults = domainDefaultsOf(settings, timeZone);
  const store = openStore({
    path,
    clock: shell.clock,
    log: options.log ?? SILENT_LOG,
    readDomain: (value) => {
      const reading = readStoredDomain(value, defaults);
      return reading.ok ? reading.value : undefined;
    },
    ...(!options.isServer && { busyMs: PATIENT_MS }),
  });
  if (!store.ok) throw new CommandError(store.error);
  return store.value;
}
