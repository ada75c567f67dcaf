/** `sipedge serve`: starts the server and keeps it until it is told to stop. */

import {
  compareSettings,
  liveSettings,
  printProblem,
  printSipListener,
  type Settings,
} from "../config/mod.ts";
import type { Log } from "../base/mod.ts";
import type { RunningServer } from "../app_types.ts";
import { createLog, feedWatchdog, type LogLevel, watchFile } from "../platform/mod.ts";
import type { Store } from "../store/mod.ts";
import { type Command, CommandError, EXIT, type ExitCode, type Shell } from "./command.ts";
import { type ControlServer, openControlServer } from "./control_server.ts";
import { ensureOffice, type NewOffice } from "./first_office.ts";
import { expectWords, readFlags } from "./flags.ts";
import { controlPath } from "./places.ts";
import { printTable } from "./print.ts";
import {
  type LoadedSettings,
  loadSettings,
  PLACE_FLAGS,
  PLACE_HELP,
  readSettingsFile,
} from "./settings_file.ts";
import { openStoreOf } from "./stored.ts";

const FLAGS = { ...PLACE_FLAGS, trace: "switch", verbose: "switch" } as const;

export const serveCommand: Command = {
  name: "serve",
  summary: "start the server",
  help: `Usage: sipedge serve [--config FILE] [--data DIR] [--trace] [--verbose]

Without a configuration file it starts an office on this machine only: extensions 100, 101 and 102, hunt group 600,
room 800. The passwords are printed at the first start.

SIGHUP, or a change of the file, reloads the configuration without touching a call; SIGTERM and SIGINT stop.

${PLACE_HELP}
  --trace          log every SIP message, secrets masked
  --verbose        log what helps to find a fault

Exit code 0 after a stop that was asked for, 1 when the server cannot start, 3 when the configuration has problems.
`,
  run,
};

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const { values, words } = readFlags(args, FLAGS);
  expectWords(words, []);
  const loaded = loadSettings(values, shell);
  const level: LogLevel = values.verbose ? "debug" : "info";
  const log = createLog({
    format: loaded.settings.server.log,
    level,
    clock: shell.clock,
    output: shell.error,
  });
  for (const warning of loaded.warnings) {
    log.warn("configuration", { problem: printProblem(warning, loaded.configFile ?? "") });
  }
  shell.onFault((error) => {
    const fault = error instanceof Error ? error.stack ?? error.message : String(error);
    log.error("a fault of the program itself, please report it", { fault });
  });
  const store = openStoreOf(loaded.settings, shell, { log, isServer: true });
  try {
    const control = await openControl(loaded.settings, log);
    try {
      return await serve({ shell, log, store, control, loaded, trace: values.trace ?? false });
    } finally {
      control.close();
    }
  } finally {
    if (!store.close()) log.error("the last changes could not be written to the database");
  }
}

async function openControl({ server }: Settings, log: Log): Promise<ControlServer> {
  const control = await openControlServer(controlPath(server.data), log);
  if (control.ok) return control.value;
  throw new CommandError(
    `Cannot use "${
      controlPath(server.data)
    }": ${control.error}. One data folder serves one server: stop the other one, ` +
      "or choose another folder with --data",
  );
}

interface Serving {
  readonly shell: Shell;
  readonly log: Log;
  readonly store: Store;
  readonly control: ControlServer;
  readonly loaded: LoadedSettings;
  readonly trace: boolean;
}

async function serve({ shell, log, store, control, loaded, trace }: Serving): Promise<ExitCode> {
  const { settings, warnings, configFile } = loaded;
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const office = configFile === undefined
    ? await ensureOffice(store.directory, { random: shell.random, timeZone })
    : undefined;
  // Passwords are known only now: they are shown even if the start fails below.
  if (office) shell.output.write(printOffice(office, settings));
  const started = await shell.startServer({
    settings,
    store,
    log,
    warnings,
    trace,
    version: shell.version,
    ...(configFile !== undefined && { configFile }),
  });
  if (!started.ok) throw new CommandError(`Cannot start: ${started.error}`);
  const server = started.value;
  control.serve(server.handlers);
  const reload = createReload({ server, log, settings, configFile });
  const stopWatching = configFile === undefined
    ? () => {}
    : watchFile(configFile, reload, { clock: shell.clock });
  const stopFeeding = feedWatchdog(shell.notifier, {
    clock: shell.clock,
    isHealthy: () => server.isHealthy(),
  });
  log.info("ready", { version: shell.version, config: configFile ?? "none", data: settings.server.data });
  const serving = settings.listen.sip.map(printSipListener).join(", ");
  if (!shell.notifier.notify(`READY=1\nSTATUS=Serving ${serving}`)) {
    log.warn("systemd could not be told that the server is ready: it will end it and start it again");
  }
  await untilStop(shell, () => {
    shell.notifier.notify("RELOADING=1");
    reload();
    shell.notifier.notify("READY=1");
  });
  stopWatching();
  stopFeeding();
  log.info("stopping");
  shell.notifier.notify("STOPPING=1");
  await server.stop();
  shell.notifier.close();
  log.info("stopped");
  return EXIT.ok;
}

function untilStop(shell: Shell, reload: () => void): Promise<void> {
  return new Promise((resolve) => {
    const stopListening = shell.onRequest((request) => {
      if (request === "reload") return reload();
      stopListening();
      resolve();
    });
  });
}

/** What happens on SIGHUP and when the file has changed: a good file is taken over, a bad one is refused. */
function createReload(
  { server, log, settings, configFile }: {
    readonly server: RunningServer;
    readonly log: Log;
    readonly settings: Settings;
    readonly configFile: string | undefined;
  },
): () => void {
  let running = settings;
  return () => {
    if (configFile === undefined) {
      Promise.resolve(server.handlers.directoryChanged()).catch((error) =>
        log.error("the directory could not be read again", { reason: String(error) })
      );
      return;
    }
    const loaded = readSettingsFile(configFile);
    if (!loaded.ok) {
      server.refuse(loaded.error);
      log.error("the changed configuration is refused, the one before stays in force", {
        problems: loaded.error.length,
      });
      for (const problem of loaded.error) {
        log.error("configuration", { problem: printProblem(problem, configFile) });
      }
      return;
    }
    const changes = compareSettings(running, loaded.value.settings);
    for (const { path, kind, needsRestart } of changes) {
      if (needsRestart) log.warn("a change waits for a restart", { path, kind });
    }
    running = liveSettings(running, loaded.value.settings);
    try {
      server.reload(running, loaded.value.warnings);
    } catch (error) {
      log.error("the changed configuration could not be taken over", { reason: String(error) });
      return;
    }
    log.info("configuration reloaded", {
      changes: changes.filter(({ needsRestart }) => !needsRestart).length,
    });
  };
}

function printOffice({ domain, passwords }: NewOffice, { listen }: Settings): string {
  const rows = domain.extensions.map((
    { number, name },
  ) => [`  ${number}`, name, passwords.get(number) ?? ""]);
  const others = [
    ...domain.huntGroups.map(({ number, name }) => `  ${number} rings ${name.toLowerCase()}`),
    ...domain.rooms.map(({ number }) => `  ${number} is a conference room`),
  ];
  const { web } = listen;
  return [
    `\nA new office, for this machine only. The passwords are shown now and never again:\n\n`,
    printTable(["  EXTENSION", "NAME", "PASSWORD"], rows),
    `\n${others.join("\n")}\n\n`,
    `  Domain  ${domain.name}\n`,
    `  SIP     ${listen.sip.map(printSipListener).join(", ")}\n`,
    web ? `  Page    http${web.secure ? "s" : ""}://${web.host}:${web.port}\n\n` : "\n",
  ].join("");
}
