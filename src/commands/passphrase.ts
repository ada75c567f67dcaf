/** The passphrase of a backup: from a file, the environment, or the person at the terminal. */

import { resolve } from "node:path/posix";
import { MAX_PASSPHRASE, MIN_PASSPHRASE } from "../backup/mod.ts";
import { readTextFile } from "../platform/mod.ts";
import { CommandError, type Shell } from "./command.ts";

export const PASSPHRASE_HELP =
  `  --passphrase-file FILE   first line of FILE is the passphrase; else $SIPEDGE_PASSPHRASE; else it is asked for,
                           without being shown`;

const VARIABLE = "SIPEDGE_PASSPHRASE";
const MAX_FILE_BYTES = 65_536;

export interface PassphraseOptions {
  readonly file: string | undefined;
  /** Asked twice, and refused when too short. */
  readonly isNew?: boolean;
}

/** Throws {@linkcode CommandError}. */
export function readPassphrase({ file, isNew = false }: PassphraseOptions, shell: Shell): string {
  const text = file !== undefined ? fromFile(resolve(shell.folder, file)) : shell.variable(VARIABLE);
  const passphrase = text ?? askFor(isNew, shell);
  if (passphrase.length > MAX_PASSPHRASE) throw new CommandError("The passphrase is too long");
  if (isNew && passphrase.length < MIN_PASSPHRASE) {
    throw new CommandError(
      `The passphrase is too short: use ${MIN_PASSPHRASE} characters or more, better five words`,
    );
  }
  return passphrase;
}

function fromFile(path: string): string {
  const text = readTextFile(path, { maxBytes: MAX_FILE_BYTES });
  if (text.ok) return text.value.split(/\r?\n/, 1)[0]!;
  throw new CommandError(`Cannot read the passphrase from "${path}": ${text.error}`);
}

function askFor(isNew: boolean, shell: Shell): string {
  const line = (prompt: string) => {
    shell.error.write(prompt);
    const text = shell.readLine({ isHidden: true });
    shell.error.write("\n");
    return text;
  };
  const first = line(isNew ? "Passphrase for the backup: " : "Passphrase of the backup: ");
  if (first === undefined || first === "") {
    throw new CommandError(`There is no passphrase: say --passphrase-file FILE or set $${VARIABLE}`);
  }
  if (!isNew || !shell.error.isTerminal) return first;
  if (line("Once more: ") !== first) {
    throw new CommandError("The two passphrases differ: nothing was written");
  }
  return first;
}
