/** `sipedge version`. */

import { runtimeName } from "../platform/mod.ts";
import { type Command, EXIT } from "./command.ts";
import { expectWords, readFlags } from "./flags.ts";
import { printJson } from "./print.ts";

export const versionCommand: Command = {
  name: "version",
  summary: "print the version",
  help: `Usage: sipedge version [--json]

  --json           { "version": …, "runtime": … }

Exit code 0.
`,
  // deno-lint-ignore require-await -- a command is asynchronous
  async run(args, shell) {
    const { values, words } = readFlags(args, { json: "switch" });
    expectWords(words, []);
    const runtime = runtimeName();
    const text = `sipedge ${shell.version} (${runtime})\n`;
    shell.output.write(values.json ? printJson({ version: shell.version, runtime }) : text);
    return EXIT.ok;
  },
};
