/** `sipedge trace`: SIP messages as they pass through the running server. */

import { type Command, EXIT, type ExitCode, type Shell } from "./command.ts";
import { trace } from "./control_client.ts";
import { expectWords, readFlags } from "./flags.ts";
import { controlPath } from "./places.ts";
import { plain } from "./print.ts";
import { loadSettings, PLACE_FLAGS, PLACE_HELP } from "./settings_file.ts";

export const traceCommand: Command = {
  name: "trace",
  summary: "show SIP messages as they pass, secrets masked, until interrupted",
  help: `Usage: sipedge trace [TEXT] [--config FILE] [--data DIR]

With TEXT only messages that contain it, for example a number or a Call-ID.

${PLACE_HELP}
`,
  run,
};

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const { values, words } = readFlags(args, PLACE_FLAGS);
  if (words.length > 1) expectWords(words, ["TEXT"]);
  const { settings } = loadSettings(values, shell);
  for await (const text of trace(controlPath(settings.server.data), words[0])) {
    shell.output.write(`${safeMessage(text)}\n`);
  }
  return EXIT.ok;
}

/** A message keeps its line ends; what else would command the terminal does not. */
function safeMessage(text: string): string {
  return text.split(/\r?\n/).map(plain).join("\n");
}
