/** `sipedge trace`: SIP messages as they pass through the running server, or those that have just passed. */

import { glance } from "../telemetry/mod.ts";
import { type Command, EXIT, type ExitCode, type Shell } from "./command.ts";
import { trace } from "./control_client.ts";
import { expectWords, readCount, readFlags } from "./flags.ts";
import { controlPath } from "./places.ts";
import { plain } from "./print.ts";
import { loadSettings, PLACE_FLAGS, PLACE_HELP } from "./settings_file.ts";

/** More than this no server hands out at once. */
const MAX_LAST = 1000;

export const traceCommand: Command = {
  name: "trace",
  summary: "show SIP messages as they pass, or the last ones, secrets masked",
  help: `Usage: sipedge trace [TEXT] [--short] [--last N] [--config FILE] [--data DIR]

Shows each message from now on, until interrupted: when, <- in or -> out, transport, peer, and the message. With TEXT
only messages that contain it, for example a number or a Call-ID.

  --short          one line a message: request or answer, from, to
  --last N         the N newest that the server remembers (at most ${MAX_LAST}), and then the end
${PLACE_HELP}

Examples: sipedge trace 101 --short
          sipedge trace --last 50

Exit code 0 when the messages were shown, 3 when the configuration has problems, 4 when no server can be reached.
`,
  run,
};

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const { values, words } = readFlags(args, { ...PLACE_FLAGS, short: "switch", last: "text" });
  if (words.length > 1) expectWords(words, ["TEXT"]);
  const last = readCount(values.last, { name: "last", fallback: 0, max: MAX_LAST });
  const { settings } = loadSettings(values, shell);
  const [text] = words;
  if (last === 0 && shell.error.isTerminal) shell.error.write("Waiting for SIP messages; Ctrl-C ends\n");
  const filter = { ...(text !== undefined && { text }), ...(last > 0 && { last }) };
  for await (const item of trace(controlPath(settings.server.data), filter)) {
    shell.output.write(`${values.short ? printShort(item) : safeMessage(item)}\n`);
  }
  return EXIT.ok;
}

/** A message keeps its line ends; what else would command the terminal does not. */
function safeMessage(text: string): string {
  return text.split(/\r?\n/).map(plain).join("\n");
}

/** `03:04:05.678 <- tls 192.0.2.7:40000  INVITE 100 > 101 +SDP`. */
function printShort(item: string): string {
  const end = item.indexOf("\n");
  const head = item.slice(0, end), message = item.slice(end + 1);
  const { method, statusCode, reasonPhrase, hasSdp } = glance(new TextEncoder().encode(message));
  const what = statusCode === undefined ? method : `${statusCode} ${reasonPhrase} (${method})`;
  const sdp = hasSdp ? " +SDP" : "";
  return plain(
    `${head.padEnd(42)}  ${what} ${userIn(message, "f(?:rom)?")} > ${userIn(message, "to?")}${sdp}`,
  );
}

/** User of the address in a header; its host where there is none. */
function userIn(message: string, header: string): string {
  const address = new RegExp(`\\n(?:${header})[ \\t]*:[^\\r\\n]{0,256}?sips?:([^\\s>;@]{1,64})`, "i").exec(
    message,
  );
  return address?.[1] ?? "?";
}
