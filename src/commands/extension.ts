/** `sipedge extension`: the extensions that are kept in the store, from the shell. */

import {
  domainDefaultsOf,
  type DomainSettings,
  nearest,
  readStoredDomain,
  type Settings,
} from "../config/mod.ts";
import { createPassword, type Directory, findNewErrors } from "../pbx/directory/mod.ts";
import { createHa1 } from "../sip/auth/mod.ts";
import type { Store } from "../store/mod.ts";
import { type Command, CommandError, EXIT, type ExitCode, type Shell, UsageError } from "./command.ts";
import { importExtensions } from "./extension_import.ts";
import { expectWords, readFlags } from "./flags.ts";
import { printJson, printTable } from "./print.ts";
import { loadSettings, PLACE_FLAGS, PLACE_HELP } from "./settings_file.ts";
import { openDirectory, tellServer } from "./directory_change.ts";
import { openStoreOf } from "./stored.ts";

const FLAGS = {
  ...PLACE_FLAGS,
  domain: "text",
  name: "text",
  "password-stdin": "switch",
  "dry-run": "switch",
  update: "switch",
  "passwords-file": "text",
  json: "switch",
} as const;
type Values = ReturnType<typeof readFlags<typeof FLAGS>>["values"];

export const extensionCommand: Command = {
  name: "extension",
  summary: "add, list, import or remove extensions, or set a password",
  help: `Usage: sipedge extension list [--domain NAME] [--json]
       sipedge extension add NUMBER [--name TEXT] [--domain NAME] [--password-stdin] [--json]
       sipedge extension remove NUMBER [--domain NAME]
       sipedge extension password NUMBER [--domain NAME] [--password-stdin] [--json]
       sipedge extension import FILE.csv [--domain NAME] [--update] [--dry-run] [--passwords-file FILE] [--json]

Works on the extensions that are kept in the database; those of the configuration file are changed there. A running
server takes the change over at once, without touching a call.

  --name TEXT        name shown on telephones
  --domain NAME      domain, where there are several
  --password-stdin   take the password from the first line of the standard input; otherwise one is made and printed
                     once, since the database keeps only hashes of it
  --json             for scripts

import takes a table with a head row in English or Chinese (number,name,password or 分机号,姓名,密码; also level, srtp,
maxCalls, enabled …), commas, semicolons or tabs, UTF-8 or what Excel writes. All rows are taken or none; every problem
is told with its line. Without a password in the table one is made and printed once.

  --update                change extensions that are there already; empty cells change nothing
  --dry-run               only say what would be done
  --passwords-file FILE   write the passwords that were made to FILE, readable by you alone, instead of printing them
${PLACE_HELP}

Exit code 0 when done, 1 when it cannot be done, 3 when the configuration or the table has problems.
`,
  run,
};

/** One call of the command, with all it works on. */
interface Work {
  readonly shell: Shell;
  readonly values: Values;
  readonly settings: Settings;
  readonly store: Store;
  readonly directory: Directory;
  readonly domain: DomainSettings;
}

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const { values, words } = readFlags(args, FLAGS);
  const [action, ...rest] = words;
  const actions = ["list", "add", "remove", "password", "import"] as const;
  const known = actions.find((name) => name === action);
  if (known === undefined) throw new UsageError(explainAction(action, actions));
  expectWords(rest, known === "list" ? [] : [known === "import" ? "FILE" : "NUMBER"]);
  const { settings } = loadSettings(values, shell);
  const store = openStoreOf(settings, shell);
  try {
    const directory = await openDirectory(settings, store);
    const domain = chooseDomain(directory, values.domain);
    const work: Work = { shell, values, settings, store, directory, domain };
    if (known === "list") return list(work);
    const number = rest[0]!;
    if (known === "import") {
      const complete = (value: object) =>
        readStoredDomain(value, domainDefaultsOf(settings, domain.timeZone));
      const stored = await storedDomain(work);
      if (await importExtensions(number, { ...work, stored, complete })) await tellServer(settings, shell);
      return EXIT.ok;
    }
    if (known === "add") await add(work, number);
    else if (known === "remove") await remove(work, number);
    else await setPassword(work, number);
    await tellServer(settings, shell);
    return EXIT.ok;
  } finally {
    store.close();
  }
}

function explainAction(action: string | undefined, actions: readonly string[]): string {
  if (action === undefined) return `an action is missing: expected one of ${actions.join(", ")}`;
  const near = nearest(action, actions);
  return `unknown action "${action}"${
    near ? `, did you mean "${near}"?` : `: expected one of ${actions.join(", ")}`
  }`;
}

function chooseDomain(directory: Directory, name: string | undefined): DomainSettings {
  const names = directory.domains().map((domain) => domain.name);
  const domain = name === undefined ? directory.defaultDomain() : directory.domain(name);
  if (domain && (name !== undefined || names.length === 1)) return domain;
  if (names.length === 0) {
    throw new CommandError(
      'There is no domain yet: put one into the configuration, or run "sipedge serve" once',
    );
  }
  const near = name === undefined ? undefined : nearest(name, names);
  const wish = near ? `did you mean ${near}?` : `choose one with --domain: ${names.join(", ")}`;
  throw new CommandError(
    name === undefined ? `There are several domains, ${wish}` : `No domain "${name}": ${wish}`,
  );
}

function list({ domain, directory, values, shell }: Work): ExitCode {
  const rows = domain.extensions.map(({ number, name, enabled }) => ({
    number,
    name,
    enabled,
    hasPassword: directory.credentials(domain.name, number) !== undefined,
    isFromFile: directory.isFromFile(domain.name, "extension", number),
  }));
  if (values.json) shell.output.write(printJson({ domain: domain.name, extensions: rows }));
  else if (rows.length === 0) shell.output.write(`${domain.name} has no extension\n`);
  else {
    shell.output.write(printTable(
      ["NUMBER", "NAME", "KEPT IN", "STATE"],
      rows.map(({ number, name, enabled, hasPassword, isFromFile }) => [
        number,
        name,
        isFromFile ? "file" : "database",
        !enabled ? "switched off" : hasPassword ? "ready" : "no password",
      ]),
    ));
  }
  return EXIT.ok;
}

async function add(work: Work, number: string): Promise<void> {
  const { directory, domain, values } = work;
  const taken = directory.find(domain.name, number);
  if (taken) {
    throw new CommandError(
      `Cannot add ${number}: it is the number of ${KINDS[taken.kind]} in ${domain.name}`,
    );
  }
  const stored = await storedDomain(work);
  const extension = { number, ...(values.name !== undefined && { name: values.name }) };
  const changed = shaped(work, { ...stored, extensions: [...stored.extensions, extension] });
  const before = await work.store.directory.domains();
  const isThere = before.some(({ name }) => name === changed.name);
  const after = isThere
    ? before.map((one) => one.name === changed.name ? changed : one)
    : [...before, changed];
  const errors = findNewErrors({ settings: work.settings, before, after });
  if (errors.length > 0) throw new CommandError(`Cannot add ${number}:\n  ${errors.join("\n  ")}`);
  const password = readPassword(work);
  // Credentials first: an extension is never there without them.
  await work.store.directory.putCredentials(
    domain.name,
    number,
    createHa1(number, domain.name, password.text),
  );
  await work.store.directory.putDomain(changed);
  report(work, { number, done: "Added", password });
}

async function remove(work: Work, number: string): Promise<void> {
  requireStored(work, number);
  const { store, domain, shell } = work;
  const stored = await storedDomain(work);
  const groups = [
    ...stored.huntGroups.filter(({ members }) => members.some(({ extension }) => extension === number)),
    ...stored.ringGroups.filter(({ members }) => members.includes(number)),
  ].map((group) => group.number);
  await store.directory.putDomain({
    ...stored,
    extensions: stored.extensions.filter((extension) => extension.number !== number),
    huntGroups: stored.huntGroups.map((group) => ({
      ...group,
      members: group.members.filter(({ extension }) => extension !== number),
    })),
    ringGroups: stored.ringGroups.map((group) => ({
      ...group,
      members: group.members.filter((one) => one !== number),
    })),
    pickupGroups: stored.pickupGroups.map((group) => ({
      ...group,
      members: group.members.filter((one) => one !== number),
    })),
  });
  await store.directory.removeCredentials(domain.name, number);
  const also = groups.length > 0 ? `, also from group ${groups.join(", ")}` : "";
  shell.error.write(`Removed ${number} from ${domain.name}${also}\n`);
}

async function setPassword(work: Work, number: string): Promise<void> {
  const { domain, directory, settings } = work;
  const inFile = settings.domains.find(({ name }) => name === domain.name)
    ?.extensions.find((extension) => extension.number === number);
  if (!directory.extension(domain.name, number)) requireStored(work, number);
  if (inFile?.password !== undefined) {
    throw new CommandError(
      `Cannot set the password of ${number}: the configuration file holds one, change it there`,
    );
  }
  const password = readPassword(work);
  await work.store.directory.putCredentials(
    domain.name,
    number,
    createHa1(number, domain.name, password.text),
  );
  report(work, { number, done: "Changed the password of", password });
}

const KINDS = {
  extension: "an extension",
  huntGroup: "a hunt group",
  ringGroup: "a ring group",
  room: "a room",
} as const;

function requireStored({ directory, domain }: Work, number: string): void {
  if (directory.isFromFile(domain.name, "extension", number)) {
    throw new CommandError(`Cannot change ${number}: it stands in the configuration file, change it there`);
  }
  if (directory.extension(domain.name, number)) return;
  const near = nearest(number, domain.extensions.map((extension) => extension.number));
  throw new CommandError(`No extension ${number} in ${domain.name}${near ? `, did you mean ${near}?` : ""}`);
}

/** The stored part of the domain; an empty one for a domain that stands in the file so far. */
async function storedDomain(work: Work): Promise<DomainSettings> {
  const stored = (await work.store.directory.domains()).find(({ name }) => name === work.domain.name);
  return stored ?? shaped(work, { name: work.domain.name });
}

function shaped({ settings, domain }: Work, value: object): DomainSettings {
  const reading = readStoredDomain(value, domainDefaultsOf(settings, domain.timeZone));
  if (reading.ok) return reading.value;
  const reasons = reading.error.map(({ path, message }) => `${path}: ${message}`);
  throw new CommandError(`Cannot store the change:\n  ${reasons.join("\n  ")}`);
}

interface Password {
  readonly text: string;
  /** True when nobody knows it but this run. */
  readonly isNew: boolean;
}

function readPassword({ values, shell }: Work): Password {
  if (!values["password-stdin"]) return { text: createPassword(shell.random), isNew: true };
  const text = shell.readLine({ isHidden: true });
  if (text === undefined || text.length < 6) {
    throw new CommandError("The password is too short: use 8 characters or more");
  }
  return { text, isNew: false };
}

function report(
  { values, shell, domain }: Work,
  { number, done, password }: { number: string; done: string; password: Password },
): void {
  if (values.json) {
    const secret = password.isNew ? { password: password.text } : {};
    shell.output.write(printJson({ domain: domain.name, number, ...secret }));
    return;
  }
  shell.error.write(`${done} ${number} in ${domain.name}\n`);
  if (!password.isNew) return;
  shell.error.write("Its password, shown only now:\n");
  shell.output.write(`${password.text}\n`);
}
