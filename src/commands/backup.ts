/** `sipedge backup`: everything that another box needs, in one encrypted file, while the server runs. */

import { dirname, resolve } from "node:path/posix";
import { prepareBackup, type PreparedBackup } from "../office/backup_files.ts";
import { createBytes, moveFile } from "../platform/byte_files.ts";
import { hostName } from "../platform/machine.ts";
import { exists, removeFile } from "../platform/mod.ts";
import { type Command, CommandError, EXIT, type ExitCode, type Shell } from "./command.ts";
import { expectWords, readFlags } from "./flags.ts";
import { PASSPHRASE_HELP, readPassphrase } from "./passphrase.ts";
import { databasePath } from "./places.ts";
import { printJson, printSize } from "./print.ts";
import { type LoadedSettings, loadSettings, PLACE_FLAGS, PLACE_HELP } from "./settings_file.ts";
import { openStoreOf } from "./stored.ts";

const FLAGS = {
  ...PLACE_FLAGS,
  "passphrase-file": "text",
  force: "switch",
  json: "switch",
} as const;

export const backupCommand: Command = {
  name: "backup",
  summary: "everything in one encrypted file, while the server runs",
  help: `Usage: sipedge backup FILE [--passphrase-file FILE] [--force] [--json]

Writes database, configuration file, certificates with the own authority, and uploaded sounds into one file, encrypted
with a passphrase. The server may run: nothing is stopped, and the file shows one moment. Recordings of rooms are not in
it. "sipedge restore" puts it back, on this box or another one. Whoever loses the passphrase has lost the backup.

${PASSPHRASE_HELP}
  --force                  replace FILE if it is there
  --json                   { "file", "bytes", "files": [ { "name", "bytes" } ], "leftOut": [ … ] }
${PLACE_HELP}

Exit code 0 when the file is whole, 1 when it cannot be made, 3 when the configuration has problems.

Every night at 2, from /etc/cron.d/sipedge:
  0 2 * * *  root  sipedge backup --force --passphrase-file /root/backup.pass "/var/backups/sipedge-$(date +\\%a)"
`,
  run,
};

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const { values, words } = readFlags(args, FLAGS);
  expectWords(words, ["FILE"]);
  const loaded = loadSettings(values, shell);
  const { data } = loaded.settings.server;
  if (!exists(databasePath(data))) {
    throw new CommandError(
      `There is nothing to back up in "${data}": name the data folder with --data or --config`,
    );
  }
  const path = resolve(shell.folder, words[0]!);
  if (exists(path) && !values.force) {
    throw new CommandError(`Cannot write "${path}": it exists already; say --force to replace it`);
  }
  if (!exists(dirname(path))) throw new CommandError(`Cannot write "${path}": its folder does not exist`);
  const passphrase = readPassphrase({ file: values["passphrase-file"], isNew: true }, shell);
  const prepared = await prepare(loaded, shell, passphrase);
  try {
    const bytes = await write(path, prepared, shell);
    report({ path, bytes, prepared, isJson: values.json ?? false }, shell);
  } finally {
    prepared.end();
  }
  return EXIT.ok;
}

async function prepare(loaded: LoadedSettings, shell: Shell, passphrase: string): Promise<PreparedBackup> {
  const store = openStoreOf(loaded.settings, shell);
  try {
    const prepared = await prepareBackup({
      settings: loaded.settings,
      ...(loaded.configFile !== undefined && { configFile: loaded.configFile }),
      version: shell.version,
      host: hostName(),
      nowMs: shell.clock.now(),
      random: shell.random,
      passphrase,
      copyDatabase: (path) => store.copyTo(path),
    });
    if (prepared.ok) return prepared.value;
    throw new CommandError(`Cannot make the backup: ${prepared.error}`);
  } finally {
    store.close();
  }
}

/** Under another name first, so that an earlier backup is not lost to a full disk. */
async function write(path: string, { bytes, manifest }: PreparedBackup, shell: Shell): Promise<number> {
  const temporary = `${path}.part`;
  removeFile(temporary);
  const total = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  let written = 0;
  try {
    const file = createBytes(temporary);
    try {
      for await (const piece of bytes) {
        file.write(piece);
        written += piece.length;
        showProgress(shell, { written, total });
      }
    } finally {
      file.close();
    }
    const moved = moveFile(temporary, path);
    if (!moved.ok) throw new CommandError(`Cannot write "${path}": ${moved.error}`);
  } catch (error) {
    removeFile(temporary);
    throw error instanceof CommandError
      ? error
      : new CommandError(error instanceof Error ? error.message : String(error));
  }
  return written;
}

const SHOW_FROM_BYTES = 64 * 1_048_576;
const SHOW_EVERY_BYTES = 8 * 1_048_576;

function showProgress(
  { error }: Shell,
  { written, total }: { readonly written: number; readonly total: number },
): void {
  if (!error.isTerminal || total < SHOW_FROM_BYTES) return;
  if (written % SHOW_EVERY_BYTES < 65_552) error.write(`\r${printSize(written)} of ${printSize(total)} `);
}

function report(
  done: {
    readonly path: string;
    readonly bytes: number;
    readonly prepared: PreparedBackup;
    readonly isJson: boolean;
  },
  shell: Shell,
): void {
  const { path, bytes, prepared: { manifest, leftOut } } = done;
  if (done.isJson) {
    const files = manifest.files.map(({ name, bytes }) => ({ name, bytes }));
    shell.output.write(printJson({ file: path, bytes, files, leftOut }));
    return;
  }
  shell.error.write(`Wrote "${path}": ${printSize(bytes)}, ${manifest.files.length} files\n`);
  for (const reason of leftOut) shell.error.write(`Not in it: ${reason}\n`);
}
