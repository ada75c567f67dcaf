/** `sipedge check FILE`: all problems of a configuration at once. */

import { resolve } from "node:path/posix";
import { printProblem, type Settings } from "../config/mod.ts";
import { readTextFile } from "../platform/mod.ts";
import { type Command, EXIT, type ExitCode, type Shell, UsageError } from "./command.ts";
import { expectWords, readFlags } from "./flags.ts";
import { findConfig } from "./places.ts";
import { printJson } from "./print.ts";
import { readSettingsFile } from "./settings_file.ts";

export const checkCommand: Command = {
  name: "check",
  summary: "check a configuration file: all problems at once, each with line and path",
  help: `Usage: sipedge check [FILE] [--json]

Prints every problem of a configuration file, one a line: FILE:LINE:COLUMN: PATH: what is wrong. Warnings do not
make the check fail. Without FILE the file is checked that "sipedge serve" would use.

  --json           { "ok": …, "problems": [ { "severity", "line", "column", "path", "message" } ] }

Exit code 0 when the server would take the file, 3 when not.
`,
  run,
};

// deno-lint-ignore require-await -- a command is asynchronous
async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const { values, words } = readFlags(args, { json: "switch" });
  if (words.length > 1) expectWords(words, ["FILE"]);
  const file = words[0] === undefined ? findConfig(undefined, shell) : resolve(shell.folder, words[0]);
  if (file === undefined) throw new UsageError("FILE is missing");
  const loaded = readSettingsFile(file);
  const problems = loaded.ok
    ? [...loaded.value.warnings, ...checkFiles(loaded.value.settings)]
    : loaded.error;
  const name = words[0] ?? file;
  if (values.json) {
    shell.output.write(printJson({ ok: loaded.ok, problems }));
  } else {
    for (const problem of problems) shell.output.write(`${printProblem(problem, name)}\n`);
    const errors = problems.filter(({ severity }) => severity === "error").length;
    if (!loaded.ok) shell.error.write(`${name}: ${errors} ${errors === 1 ? "problem" : "problems"}\n`);
    else if (problems.length === 0) shell.output.write(`${name}: no problem\n`);
  }
  return loaded.ok ? EXIT.ok : EXIT.badConfiguration;
}

/** Files the configuration names; only warnings, since the check may run on another machine. */
function checkFiles({ tls }: Settings) {
  const files: [path: string, file: string][] = [];
  if (tls.certificate !== "auto") {
    for (const [index, { cert, key }] of tls.certificate.entries()) {
      files.push([`tls.certificate[${index}].cert`, cert], [`tls.certificate[${index}].key`, key]);
    }
  }
  if (tls.clientAuthority !== undefined) files.push(["tls.clientAuthority", tls.clientAuthority]);
  return files.flatMap(([path, file]) => {
    const text = readTextFile(file);
    if (text.ok) return [];
    return [{ severity: "warning" as const, path, message: `cannot read "${file}": ${text.error}` }];
  });
}
