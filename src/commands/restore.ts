/** `sipedge restore`: checks everything in a backup, then exchanges all of it at once. */

import { resolve } from "node:path/posix";
import { Backup, type BackupEntry, CONFIG_NAME, type Manifest } from "../backup/mod.ts";
import type { Result } from "../base/mod.ts";
import { createBytes, makeFolderIn, readBytes, removeFolder } from "../platform/byte_files.ts";
import { finishExchange, giveToOwnerOf, hasExchange, startExchange } from "../platform/exchange.ts";
import { folderEntries } from "../platform/folders.ts";
import { ensureFolder, exists, writeFileWhole } from "../platform/mod.ts";
import { makeTemporaryFolder } from "../platform/temporary_folder.ts";
import { type Command, CommandError, EXIT, type ExitCode, type Shell } from "./command.ts";
import { confirm } from "./confirm.ts";
import { isServed } from "./control_client.ts";
import { expectWords, readFlags } from "./flags.ts";
import { PASSPHRASE_HELP, readPassphrase } from "./passphrase.ts";
import { controlPath } from "./places.ts";
import { plain, printJson, printSize, printTime } from "./print.ts";
import { checkContents, type CheckedContents } from "./restore_check.ts";
import { findTarget, holdFolder, type Target } from "./restore_target.ts";
import { EXCHANGED, keptName, RESTORED_NOTE, undo } from "./restore_undo.ts";
import { PLACE_FLAGS } from "./settings_file.ts";

const FLAGS = {
  ...PLACE_FLAGS,
  "passphrase-file": "text",
  "dry-run": "switch",
  "keep-config": "switch",
  undo: "switch",
  yes: "switch",
  json: "switch",
} as const;
type Values = ReturnType<typeof readFlags<typeof FLAGS>>["values"];

export const restoreCommand: Command = {
  name: "restore",
  summary: "put a backup back, all of it or nothing",
  help: `Usage: sipedge restore FILE [--dry-run] [--yes] [--keep-config] [--passphrase-file FILE] [--json]
       sipedge restore --undo [--yes]

Checks the whole file first: passphrase, hashes, names and sizes, the database and its version, configuration and
certificates. Only then everything is exchanged at once; a power cut in between leaves the old or the new state, whole.
The old state is kept in the data folder, and --undo brings it back. The server must be stopped.

  --dry-run                check and show, change nothing; the server may run
  --keep-config            leave the configuration file of this box as it is
  --undo                   back to the state before the last restore
  --yes                    do not ask
${PASSPHRASE_HELP}
  --json                   { "madeAt", "host", "version", "data", "config", "files", "rows", "notes", "kept" }
  --config FILE            where the configuration goes (default: $SIPEDGE_CONFIG, /etc/sipedge/sipedge.yaml)
  --data DIR               data folder (default: what the configuration on this box says, else the one in the backup)

Exit code 0 when done, 1 when it cannot be done.
`,
  run,
};

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const { values, words } = readFlags(args, FLAGS);
  expectWords(words, values.undo ? [] : ["FILE"]);
  if (values.undo) {
    const target = findTarget(values, shell);
    const hold = await holdFolder(target.data);
    try {
      if (!values.yes) confirm("Go back to the state before the last restore?", shell);
      shell.error.write(undo(target.data, shell));
    } finally {
      hold.close();
    }
    return EXIT.ok;
  }
  const path = resolve(shell.folder, words[0]!);
  if (!exists(path)) throw new CommandError(`Cannot read "${path}": it does not exist`);
  const passphrase = readPassphrase({ file: values["passphrase-file"] }, shell);
  const backup = await required(() => Backup.open(() => readBytes(path), passphrase), path);
  const { manifest, config } = await readThrough(backup, path);
  const target = findTarget(values, shell, config);
  const work: Work = { path, backup, manifest, target, values, shell };
  return values["dry-run"] ? await tryOut(work) : await restore(work);
}

/** Files laid ready within the data folder. */
const STAGED = ".restore-";

interface Work {
  readonly path: string;
  readonly backup: Backup;
  readonly manifest: Manifest;
  readonly target: Target;
  readonly values: Values;
  readonly shell: Shell;
}

/** What the backup gives; a file that cannot be read or written is told like one that makes no sense. */
async function required<T>(work: () => Promise<Result<T, string>>, path: string): Promise<T> {
  let result: Result<T, string>;
  try {
    result = await work();
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error));
  }
  if (result.ok) return result.value;
  throw new CommandError(`Cannot use "${path}": ${result.error}`);
}

/** The whole file once, with nothing written: its list, and the text of its configuration. */
async function readThrough(
  backup: Backup,
  path: string,
): Promise<{ readonly manifest: Manifest; readonly config?: string }> {
  const decoder = new TextDecoder();
  let text: string | undefined;
  const file = ({ name }: BackupEntry) => {
    if (name !== CONFIG_NAME) return undefined;
    text = "";
    return {
      write: (piece: Uint8Array) => void (text += decoder.decode(piece, { stream: true })),
      close() {},
    };
  };
  const manifest = await required(() => backup.unpack({ file }), path);
  return { manifest, ...(text !== undefined && { config: text }) };
}

/** Lays the files out below `folder`; whatever is not wanted is left out. */
async function layOut({ backup, path, target }: Work, folder: string): Promise<void> {
  const file = ({ name }: BackupEntry) =>
    name === CONFIG_NAME && target.config === undefined ? undefined : createBytes(`${folder}/${name}`);
  await required(() => backup.unpack({ file }), path);
}

async function tryOut(work: Work): Promise<ExitCode> {
  const folder = makeTemporaryFolder("sipedge-restore-");
  if (!folder.ok) throw new CommandError(`Cannot make a temporary folder: ${folder.error}`);
  try {
    const contents = await check(work, folder.value.path);
    report(work, contents);
    const { data } = work.target;
    if (await isServed(controlPath(data))) {
      work.shell.error.write(`A server runs on "${data}": stop it before the restore\n`);
    }
    return EXIT.ok;
  } finally {
    folder.value.remove();
  }
}

async function check(work: Work, folder: string): Promise<CheckedContents> {
  await layOut(work, folder);
  const { manifest, target } = work;
  const files = manifest.files.filter(({ name }) => name !== CONFIG_NAME || target.config !== undefined);
  return await required(() => Promise.resolve(checkContents(folder, { ...manifest, files })), work.path);
}

async function restore(work: Work): Promise<ExitCode> {
  const { data } = work.target;
  const made = ensureFolder(data);
  if (!made.ok) throw new CommandError(`Cannot use the data folder "${data}": ${made.error}`);
  const hold = await holdFolder(data);
  try {
    return await exchange(work);
  } finally {
    hold.close();
  }
}

/** Nobody else works on the data folder meanwhile. */
async function exchange(work: Work): Promise<ExitCode> {
  const { target, shell, values } = work;
  const { data } = target;
  // An earlier one may have been cut off: what it laid ready goes in place, or away.
  const earlier = finishExchange(data);
  if (!earlier.ok) throw new CommandError(`Cannot finish the restore that was cut off: ${earlier.error}`);
  for (const name of folderEntries(data)) if (name.startsWith(STAGED)) removeFolder(`${data}/${name}`);
  const staged = makeFolderIn(data, STAGED);
  if (!staged.ok) throw new CommandError(`Cannot write in "${data}": ${staged.error}`);
  try {
    const contents = await check(work, staged.value);
    const kept = keptName(shell.clock.now());
    const note = { kept, ...(target.config !== undefined && { config: target.config }) };
    const noted = writeFileWhole(`${staged.value}/${RESTORED_NOTE}`, JSON.stringify(note));
    const given = noted.ok ? giveToOwnerOf(data, staged.value) : noted;
    if (!given.ok) throw new CommandError(`Cannot write in "${data}": ${given.error}`);
    if (!values.json) report(work, contents);
    if (!values.yes) confirm("Restore this?", shell);
    const exchanged = startExchange(data, {
      names: EXCHANGED,
      fresh: staged.value.slice(data.length + 1),
      kept,
      ...(target.config !== undefined && { outside: target.config }),
    });
    if (!exchanged.ok) {
      throw new CommandError(
        `Cannot put the files in place: ${exchanged.error}. Say the same again once that is solved: it goes on from there`,
      );
    }
    if (values.json) report(work, contents, kept);
    else {
      shell.error.write(
        `Restored. The state before is kept in "${data}/${kept}": "sipedge restore --undo" ` +
          "brings it back, and you may remove it when all is well\n",
      );
    }
    return EXIT.ok;
  } finally {
    if (!hasExchange(data)) removeFolder(staged.value);
  }
}

function report({ manifest, target, values, shell }: Work, contents: CheckedContents, kept?: string): void {
  const { madeAt, host, version, files } = manifest;
  const { data, config } = target;
  const rows = contents.database.counts;
  const notes = notesOf(manifest, target, contents);
  if (values.json) {
    const names = files.map(({ name, bytes }) => ({ name, bytes }));
    shell.output.write(printJson({
      madeAt: new Date(madeAt).toISOString(),
      host,
      version,
      data,
      ...(config !== undefined && { config }),
      files: names,
      rows,
      notes,
      ...(kept !== undefined && { kept: `${data}/${kept}` }),
    }));
    return;
  }
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const counted = Object.entries(rows).map(([name, count]) => `${count} ${name.replace("_", " ")}`).join(
    ", ",
  );
  const lines = [
    `Backup of ${plain(host)}, made ${printTime(madeAt)} by sipedge ${plain(version)}: whole and unchanged`,
    `  ${files.length} files, ${printSize(bytes)}; ${counted}`,
    `  data go to          "${data}"`,
    `  configuration goes  ${describeConfig(files, config)}`,
    ...notes.map((line) => `  note: ${plain(line)}`),
  ];
  shell.error.write(`${lines.join("\n")}\n`);
}

function describeConfig(files: Manifest["files"], config: string | undefined): string {
  if (config !== undefined) return `to "${config}"`;
  const isThere = files.some(({ name }) => name === CONFIG_NAME);
  return isThere ? "nowhere: it is left out" : "nowhere: there is none in it";
}

function notesOf({ files }: Manifest, { data, config }: Target, contents: CheckedContents): string[] {
  const notes: string[] = [];
  const named = contents.settings?.server.data;
  const folder = config?.slice(0, config.lastIndexOf("/")) ?? "/";
  if (named !== undefined && resolve(folder, named) !== data) {
    notes.push(
      `the configuration names the data folder "${named}": change server.data, or say --data "${data}"`,
    );
  }
  for (const { name, from } of files) {
    if (!name.startsWith("given/") || from === undefined) continue;
    if (!exists(from)) notes.push(`the configuration names "${from}": put "${data}/${name}" there`);
  }
  if (contents.database.isEarlier) {
    notes.push("the database is of an earlier version: the server brings it forward");
  }
  return notes;
}
