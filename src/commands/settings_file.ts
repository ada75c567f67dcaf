/** The settings of this call: from the file, or those of the office on loopback. */

import { dirname, resolve } from "node:path/posix";
import { fail, ok, type Result } from "../base/mod.ts";
import { loopbackSettings, printProblem, type Problem, readSettings, type Settings } from "../config/mod.ts";
import { finishExchange, hasExchange } from "../platform/exchange.ts";
import { readTextFile } from "../platform/mod.ts";
import { CommandError, EXIT, type Shell } from "./command.ts";
import { findConfig, findData } from "./places.ts";

export interface LoadedSettings {
  readonly settings: Settings;
  readonly warnings: readonly Problem[];
  /** Absolute; absent when there is no file. */
  readonly configFile?: string;
}

/** Options every command takes that has to do with a server. */
export const PLACE_FLAGS = { config: "text", data: "text" } as const;

export const PLACE_HELP =
  `  --config FILE    configuration file (default: $SIPEDGE_CONFIG, /etc/sipedge/sipedge.yaml, or none)
  --data DIR       folder of the database (default: what the configuration says; $SIPEDGE_DATA; ./data in a
                   checkout; $XDG_DATA_HOME/sipedge)`;

/** Reads and checks a file; relative paths in it are taken from its own folder. */
export function readSettingsFile(path: string): Result<LoadedSettings, readonly Problem[]> {
  const text = readTextFile(path);
  if (!text.ok) {
    return fail([{ severity: "error", path: "", message: `Cannot read the file: ${text.error}` }]);
  }
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const reading = readSettings(text.value, { timeZone });
  if (!reading.ok) return fail([...reading.error, ...reading.warnings]);
  return ok({
    settings: resolvePaths(reading.value, dirname(path)),
    warnings: reading.warnings,
    configFile: path,
  });
}

/** Settings for a command, or a {@linkcode CommandError} that prints every problem. */
export function loadSettings(places: Places, shell: Shell): LoadedSettings {
  const loaded = load(places, shell);
  const { data } = loaded.settings.server;
  if (!hasExchange(data)) return loaded;
  // A restore that was cut off comes to its end before anybody looks: nobody ever sees half of it.
  const finished = finishExchange(data);
  if (finished.ok) return load(places, shell);
  throw new CommandError(`A restore into "${data}" was cut off and cannot be finished: ${finished.error}`);
}

interface Places {
  readonly config?: string;
  readonly data?: string;
}

function load(places: Places, shell: Shell): LoadedSettings {
  const file = findConfig(places.config, shell);
  if (file === undefined) {
    return { settings: loopbackSettings({ data: findData(places.data, shell) }), warnings: [] };
  }
  const loaded = readSettingsFile(file);
  if (!loaded.ok) {
    const lines = loaded.error.map((problem) => `  ${printProblem(problem, file)}`);
    throw new CommandError(`Cannot use the configuration:\n${lines.join("\n")}`, EXIT.badConfiguration);
  }
  const { settings } = loaded.value;
  if (places.data === undefined) return loaded.value;
  const data = resolve(shell.folder, places.data);
  return { ...loaded.value, settings: { ...settings, server: { ...settings.server, data } } };
}

function resolvePaths(settings: Settings, folder: string): Settings {
  const at = (path: string) => resolve(folder, path);
  const { server, tls } = settings;
  const { certificate, clientAuthority } = tls;
  return {
    ...settings,
    server: { ...server, data: at(server.data) },
    tls: {
      ...tls,
      certificate: certificate === "auto"
        ? certificate
        : certificate.map(({ cert, key }) => ({ cert: at(cert), key: at(key) })),
      ...(clientAuthority !== undefined && { clientAuthority: at(clientAuthority) }),
    },
    domains: settings.domains.map((domain) => ({
      ...domain,
      huntGroups: domain.huntGroups.map((group) => {
        // Without a slash it is a name: the sounds folder knows the file.
        if (!group.queue?.music?.includes("/")) return group;
        return { ...group, queue: { ...group.queue, music: at(group.queue.music) } };
      }),
    })),
  };
}
