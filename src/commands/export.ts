/** `sipedge export`: the directory that is kept in the database, as YAML. */

import { resolve } from "node:path/posix";
import { nearest, printDirectory } from "../config/mod.ts";
import { exists, writeFileWhole } from "../platform/mod.ts";
import { type Command, CommandError, EXIT, type ExitCode, type Shell } from "./command.ts";
import { expectWords, readFlags } from "./flags.ts";
import { databasePath } from "./places.ts";
import { loadSettings, PLACE_FLAGS, PLACE_HELP } from "./settings_file.ts";
import { openStoreOf } from "./stored.ts";

const FLAGS = { ...PLACE_FLAGS, domain: "text", "with-credentials": "switch", output: "text" } as const;

export const exportCommand: Command = {
  name: "export",
  summary: "the directory in the database as YAML, for sipedge apply",
  help: `Usage: sipedge export [--domain NAME] [--with-credentials] [--output FILE]

Prints what was made on the page, by the API or with "sipedge extension", in the words of the configuration file. What
stands in the configuration file is not in it. "sipedge export | sipedge apply - --yes" changes nothing.

Without --with-credentials there is no secret in it: "sipedge apply" then leaves passwords and PINs as they are. The
database knows the passwords of extensions only as hashes (HA1); with the hash one can register as that extension.

  --domain NAME        only this domain
  --with-credentials   hashes of passwords, passwords of lines, PINs of rooms: for moving to another box. Keep it secret
  --output FILE        write to FILE, readable by you alone, instead of standard output
${PLACE_HELP}

Exit code 0 when done, 1 when it cannot be done, 3 when the configuration has problems.
`,
  run,
};

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const { values, words } = readFlags(args, FLAGS);
  expectWords(words, []);
  const { settings } = loadSettings(values, shell);
  const { data } = settings.server;
  if (!exists(databasePath(data))) {
    throw new CommandError(
      `There is no directory in "${data}": name the data folder with --data or --config`,
    );
  }
  const store = openStoreOf(settings, shell);
  try {
    const stored = await store.directory.domains();
    const domains = values.domain === undefined
      ? stored
      : stored.filter(({ name }) => name === values.domain!.toLowerCase());
    if (domains.length === 0 && values.domain !== undefined) {
      const near = nearest(values.domain, stored.map(({ name }) => name));
      throw new CommandError(
        `Nothing of a domain "${values.domain}" is in the database${near ? `, did you mean ${near}?` : ""}`,
      );
    }
    const hashes = values["with-credentials"] ? await store.directory.credentials() : undefined;
    const inFile = new Set(settings.domains.map(({ name }) => name));
    const text = printDirectory(
      domains.map((domain) => ({
        settings: domain,
        isWhole: !inFile.has(domain.name),
        ...(hashes && {
          credentials: new Map(domain.extensions.flatMap(({ number }) => {
            const ha1 = hashes.get(`${domain.name}/${number}`);
            return ha1 ? [[number, ha1] as const] : [];
          })),
        }),
      })),
      hashes
        ? "The directory of sipedge, with secrets: keep this file to yourself"
        : "The directory of sipedge, without secrets",
    );
    if (values.output === undefined) shell.output.write(text);
    else {
      const path = resolve(shell.folder, values.output);
      const written = writeFileWhole(path, text);
      if (!written.ok) throw new CommandError(`Cannot write "${path}": ${written.error}`);
    }
    return EXIT.ok;
  } finally {
    store.close();
  }
}
