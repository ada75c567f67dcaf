/** Where the configuration and the data are: named, in the environment, installed, or beside the program. */

import { resolve } from "node:path/posix";
import { exists } from "../platform/mod.ts";
import type { Shell } from "./command.ts";

/** Where `install.sh` puts the configuration; its data are where systemd says, else in /var/lib. */
const INSTALLED_CONFIG = "/etc/sipedge/sipedge.yaml";
const INSTALLED_DATA = "/var/lib/sipedge";

/** The configuration file to use, absolute; undefined when there is none. */
export function findConfig(named: string | undefined, shell: Shell): string | undefined {
  const wanted = named ?? shell.variable("SIPEDGE_CONFIG");
  if (wanted !== undefined) return resolve(shell.folder, wanted);
  return exists(INSTALLED_CONFIG) ? INSTALLED_CONFIG : undefined;
}

/** The data folder of a server without a configuration file, absolute. */
export function findData(named: string | undefined, shell: Shell): string {
  const wanted = named ?? shell.variable("SIPEDGE_DATA");
  if (wanted !== undefined) return resolve(shell.folder, wanted);
  const state = shell.variable("STATE_DIRECTORY");
  // systemd names several folders with colons between them; ours is the first (systemd.exec(5)).
  if (state !== undefined) return state.split(":", 1)[0]!;
  if (exists(INSTALLED_CONFIG)) return INSTALLED_DATA;
  // In a checkout the data lie beside the sources, where `git clean` and the eye find them.
  if (exists(resolve(shell.folder, "main.ts")) && exists(resolve(shell.folder, "deno.json"))) {
    return resolve(shell.folder, "data");
  }
  const home = shell.variable("XDG_DATA_HOME") ??
    resolve(shell.variable("HOME") ?? shell.folder, ".local/share");
  return resolve(home, "sipedge");
}

/** The database in a data folder. */
export function databasePath(data: string): string {
  return `${data}/sipedge.db`;
}

/** The socket by which commands reach the server of a data folder. */
export function controlPath(data: string): string {
  return `${data}/control.sock`;
}
