/** `sipedge route`: what a dialled number would lead to, and why. Nothing is called. */

import type { RouteAnswer, RouteQuestion } from "../app_types.ts";
import type { Locale, Settings } from "../config/mod.ts";
import { answerRoute } from "../office/route_answer.ts";
import { OfficeRouter } from "../office/router.ts";
import { createDirectory } from "../pbx/directory/mod.ts";
import { createHa1 } from "../sip/auth/mod.ts";
import { type Command, CommandError, EXIT, type ExitCode, type Shell, UsageError } from "./command.ts";
import { askRoute, isServed } from "./control_client.ts";
import { expectWords, readFlags } from "./flags.ts";
import { controlPath } from "./places.ts";
import { plain, printJson } from "./print.ts";
import { loadSettings, PLACE_FLAGS, PLACE_HELP } from "./settings_file.ts";
import { openStoreOf } from "./stored.ts";

const FLAGS = { ...PLACE_FLAGS, json: "switch", domain: "text", at: "text", locale: "text" } as const;

export const routeCommand: Command = {
  name: "route",
  summary: "explain what a dialled number would lead to: rule, line, number, and why",
  help:
    `Usage: sipedge route EXTENSION NUMBER [--domain NAME] [--at TIME] [--json] [--config FILE] [--data DIR]

  sipedge route 101 900123456

Nothing is called. The running server is asked, so that lines that are down or full count; without a server the
configuration is asked and every line counts as up.

  --domain NAME    domain of the extension (default: the first that has it)
  --at TIME        as if it were then, for schedules: 2026-12-24T18:00
  --locale en|zh   language of the explanation (default: the domain's)
  --json           the decision and its reasons, for scripts
${PLACE_HELP}

Exit code 0 when the call would be made, 1 when it would be refused, 3 when the configuration has problems.
`,
  run,
};

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const { values, words } = readFlags(args, FLAGS);
  expectWords(words, ["EXTENSION", "NUMBER"]);
  const [from = "", dialled = ""] = words;
  const { settings } = loadSettings(values, shell);
  const question: RouteQuestion = {
    from,
    dialled,
    ...(values.domain !== undefined && { domain: values.domain.toLowerCase() }),
    ...(values.locale !== undefined && { locale: readLocale(values.locale) }),
    ...(values.at !== undefined && { at: readTime(values.at) }),
  };
  const socket = controlPath(settings.server.data);
  const isAsked = await isServed(socket);
  const answer = isAsked ? await askRoute(socket, question) : await askSettings(settings, question, shell);
  if (!answer) {
    throw new CommandError(
      `Cannot tell: there is no extension "${from}"` +
        `${values.domain === undefined ? "" : ` in the domain "${question.domain}"`}; ` +
        'see "sipedge extension list"',
    );
  }
  if (!isAsked) shell.error.write("No server runs: every line counts as up\n");
  shell.output.write(values.json ? printJson(answer) : `${answer.lines.map(plain).join("\n")}\n`);
  return answer.isAllowed ? EXIT.ok : EXIT.failed;
}

async function askSettings(
  settings: Settings,
  question: RouteQuestion,
  shell: Shell,
): Promise<RouteAnswer | undefined> {
  const store = openStoreOf(settings, shell);
  try {
    const stored = {
      domains: await store.directory.domains(),
      credentials: await store.directory.credentials(),
    };
    const directory = createDirectory({ settings, stored, createHa1 });
    const router = new OfficeRouter({
      directory,
      clock: shell.clock,
      codes: () => settings.codes,
      lineState: () => undefined,
    });
    return answerRoute({ router, directory }, question);
  } finally {
    store.close();
  }
}

function readLocale(text: string): Locale {
  if (text === "en" || text === "zh") return text;
  throw new UsageError(`--locale needs en or zh, got "${text}"`);
}

function readTime(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?$/.test(text)
    ? Date.parse(text)
    : NaN;
  if (Number.isNaN(ms)) throw new UsageError(`--at needs a time like 2026-12-24T18:00, got "${text}"`);
  return ms;
}
