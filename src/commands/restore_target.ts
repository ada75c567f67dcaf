/** Where a backup goes: the data folder and the configuration file of this box. */

import { dirname, resolve } from "node:path/posix";
import { readSettings } from "../config/mod.ts";
import { exists, listenLocal, type LocalListener } from "../platform/mod.ts";
import { folderEntries } from "../platform/folders.ts";
import { CommandError, type Shell } from "./command.ts";
import { controlPath, databasePath, findConfig, findData } from "./places.ts";
import { readSettingsFile } from "./settings_file.ts";

export interface Target {
  /** Absolute. */
  readonly data: string;
  /** Absolute; undefined when no configuration is put in place. */
  readonly config?: string;
}

interface Wishes {
  readonly config?: string;
  readonly data?: string;
  readonly "keep-config"?: boolean;
}

/** `text` is the configuration in the backup. Throws {@linkcode CommandError}. */
export function findTarget(wishes: Wishes, shell: Shell, text?: string): Target {
  const here = findConfig(wishes.config, shell);
  const takesConfig = text !== undefined && !wishes["keep-config"];
  if (takesConfig && here === undefined) {
    throw new CommandError(
      "The backup holds a configuration file: say with --config FILE where it shall go, or leave it out with --keep-config",
    );
  }
  const data = findFolder(wishes, shell, { here, ...(takesConfig && { text }) });
  requireOurs(data);
  return { data, ...(takesConfig && here !== undefined && { config: here }) };
}

function findFolder(
  wishes: Wishes,
  shell: Shell,
  { here, text }: { readonly here: string | undefined; readonly text?: string },
): string {
  if (wishes.data !== undefined) return resolve(shell.folder, wishes.data);
  if (here === undefined) return findData(undefined, shell);
  if (exists(here)) {
    const loaded = readSettingsFile(here);
    if (loaded.ok) return loaded.value.settings.server.data;
    throw new CommandError(`Cannot tell the data folder from "${here}", it has problems: say --data DIR`);
  }
  const coming = text === undefined ? undefined : readSettings(text);
  return coming?.ok ? resolve(dirname(here), coming.value.server.data) : findData(undefined, shell);
}

/** A folder that is neither empty nor ours is somebody else's, whatever a backup says. */
function requireOurs(data: string): void {
  if (exists(databasePath(data))) return;
  const strange = folderEntries(data).find((name) =>
    !/^\.|^(?:tls|sounds|recordings|given|control\.sock)$|\.yaml$/.test(name)
  );
  if (strange === undefined) return;
  throw new CommandError(
    `Cannot restore into "${data}": it is no data folder of sipedge and not empty ("${strange}"); say --data DIR`,
  );
}

/** Keeps servers away from a data folder until it is closed. Throws {@linkcode CommandError} while one runs there. */
export async function holdFolder(data: string): Promise<LocalListener> {
  const held = await listenLocal(controlPath(data), (connection) => connection.close());
  if (held.ok) return held.value;
  throw new CommandError(
    `A server runs on "${data}" (${held.error}): stop it first, with "systemctl stop sipedge" where it is a service`,
  );
}
