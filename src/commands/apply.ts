/** `sipedge apply`: makes the directory in the database what a file says, all of it or nothing. */

import { resolve } from "node:path/posix";
import {
  type DirectoryFile,
  type DirectoryLine,
  domainDefaultsOf,
  explainChanges,
  printProblem,
  readDirectoryFile,
  type Settings,
} from "../config/mod.ts";
import { type ApplyPlan, type Directory, planApply } from "../pbx/directory/mod.ts";
import { readTextFile } from "../platform/mod.ts";
import { createHa1 } from "../sip/auth/mod.ts";
import type { Store } from "../store/mod.ts";
import { type Command, CommandError, EXIT, type ExitCode, type Shell } from "./command.ts";
import { confirm } from "./confirm.ts";
import { openDirectory, tellServer } from "./directory_change.ts";
import { expectWords, readFlags } from "./flags.ts";
import { plain, printJson } from "./print.ts";
import { loadSettings, PLACE_FLAGS, PLACE_HELP } from "./settings_file.ts";
import { openStoreOf } from "./stored.ts";

const FLAGS = {
  ...PLACE_FLAGS,
  "dry-run": "switch",
  yes: "switch",
  json: "switch",
  "remove-others": "switch",
} as const;

export const applyCommand: Command = {
  name: "apply",
  summary: "make the directory what a YAML file says: shows what changes, all or nothing",
  help: `Usage: sipedge apply FILE [--dry-run] [--yes] [--remove-others] [--json]

FILE is YAML as "sipedge export" prints it: { domains: [ … ] } in the words of the configuration file; "-" is the
standard input. Each domain it names becomes what it says: what is not there any more is removed. Domains it does not
name stay. What stands in the configuration file is changed there. A running server takes everything over at once,
without touching a call.

Passwords and PINs that are left out stay as they are; an empty text takes a PIN away. An extension may bring
"password: TEXT" or "ha1: { md5: …, sha256: … }" from export --with-credentials.

  --dry-run         show what would change, and change nothing
  --yes             do not ask
  --remove-others   also remove the domains that FILE does not name
  --json            { "applied", "changes": [ { "kind", "domain", "what", "key", "details" } ], "withoutPassword" }
${PLACE_HELP}

Exit code 0 when done or nothing changes, 1 when it cannot be done, 3 when FILE or the configuration has problems.
`,
  run,
};

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const { values, words } = readFlags(args, FLAGS);
  expectWords(words, ["FILE"]);
  const { settings } = loadSettings(values, shell);
  const text = readSource(words[0]!, shell);
  const store = openStoreOf(settings, shell);
  try {
    const directory = await openDirectory(settings, store);
    const file = readFile(text, { name: words[0]!, settings, directory });
    const { plan, changes } = await planOf(file, {
      settings,
      store,
      removesOthers: values["remove-others"] ?? false,
    });
    const isJson = values.json ?? false;
    if (!isJson) shell.error.write(printChanges(changes, plan));
    const isApplied = changes.length > 0 && !values["dry-run"];
    if (isApplied) {
      if (!values.yes) confirm("Apply this?", shell);
      await write(plan, store);
      await tellServer(settings, shell);
      if (!isJson) shell.error.write("Applied\n");
    }
    if (isJson) {
      const { withoutPassword } = plan;
      shell.output.write(printJson({ applied: isApplied, changes, withoutPassword }));
    }
    return EXIT.ok;
  } finally {
    store.close();
  }
}

function readSource(name: string, shell: Shell): string {
  if (name === "-") return shell.readInput();
  const text = readTextFile(resolve(shell.folder, name));
  if (text.ok) return text.value;
  throw new CommandError(`Cannot read "${name}": ${text.error}`);
}

function readFile(
  text: string,
  { name, settings, directory }: {
    readonly name: string;
    readonly settings: Settings;
    readonly directory: Directory;
  },
): DirectoryFile {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const defaults = domainDefaultsOf(settings, timeZone);
  const reading = readDirectoryFile(text, (domain) => {
    const merged = directory.domain(domain);
    return merged ? { ...defaults, locale: merged.locale, timeZone: merged.timeZone } : defaults;
  });
  if (reading.ok) return reading.value;
  const lines = reading.error.map((problem) => `  ${printProblem(problem, name === "-" ? "input" : name)}`);
  throw new CommandError(`Cannot use the file:\n${lines.join("\n")}`, EXIT.badConfiguration);
}

async function planOf(
  file: DirectoryFile,
  { settings, store, removesOthers }: {
    readonly settings: Settings;
    readonly store: Store;
    readonly removesOthers: boolean;
  },
): Promise<{ readonly plan: ApplyPlan; readonly changes: readonly DirectoryLine[] }> {
  const stored = {
    domains: await store.directory.domains(),
    credentials: await store.directory.credentials(),
  };
  const plan = planApply({ settings, stored, domains: file.domains, removesOthers, createHa1 });
  if (!plan.ok) {
    throw new CommandError(`Cannot apply the file, nothing was changed:\n  ${plan.error.join("\n  ")}`);
  }
  const passwords = plan.value.changedPasswords.map((key): DirectoryLine => {
    const at = key.indexOf("/");
    const of = { domain: key.slice(0, at), what: "extension", key: key.slice(at + 1) };
    return {
      kind: "changed",
      ...of,
      details: [`password: ${stored.credentials.has(key) ? "changed" : "set"}`],
    };
  });
  return { plan: plan.value, changes: [...explainChanges(stored.domains, plan.value.after), ...passwords] };
}

async function write(plan: ApplyPlan, store: Store): Promise<void> {
  try {
    await store.directory.write(plan.write);
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error));
  }
}

const SIGNS = { added: "+", changed: "~", removed: "-" } as const;

/** One line a change: `~ extension 101 of office.example: name: "Bob" → "Robert"`. */
function printChanges(changes: readonly DirectoryLine[], { withoutPassword }: ApplyPlan): string {
  const lines = changes.map(({ kind, domain, what, key, details }) => {
    const where = key === undefined ? `${what} ${domain}` : `${what} ${key} of ${domain}`;
    const more = details.length > 0 ? `: ${details.join(", ")}` : "";
    return plain(`${SIGNS[kind]} ${where} ${kind}${more}`);
  });
  const notes = withoutPassword.map((key) => {
    const [domain, number] = key.split("/");
    return plain(
      `! ${number} of ${domain} has no password yet: sipedge extension password ${number} --domain ${domain}`,
    );
  });
  if (lines.length === 0) lines.push("Nothing changes");
  return `${[...lines, ...notes].join("\n")}\n`;
}
