/** `sipedge extension import`: many extensions from a table, all of them or none. */

import { resolve } from "node:path/posix";
import {
  type DomainSettings,
  MAX_CSV_BYTES,
  type Problem,
  readExtensionCsv,
  type Settings,
} from "../config/mod.ts";
import { createPassword, type Directory, type ImportPlan, planImport } from "../pbx/directory/mod.ts";
import { exists, readFileBytes, writeFileWhole } from "../platform/mod.ts";
import { createHa1 } from "../sip/auth/mod.ts";
import { printCell, type Store } from "../store/mod.ts";
import { CommandError, EXIT, type Shell } from "./command.ts";
import { printJson } from "./print.ts";
import type { Result } from "../base/mod.ts";

export interface ImportWork {
  readonly shell: Shell;
  readonly settings: Settings;
  readonly store: Store;
  readonly directory: Directory;
  /** The stored part of the domain. */
  readonly stored: DomainSettings;
  readonly complete: (domain: object) => Result<DomainSettings, readonly Problem[]>;
  readonly values: {
    readonly "dry-run"?: boolean;
    readonly update?: boolean;
    readonly json?: boolean;
    readonly "passwords-file"?: string;
  };
}

/** True when something was changed. Throws {@linkcode CommandError} that names every problem. */
export async function importExtensions(name: string, work: ImportWork): Promise<boolean> {
  const { shell, store, stored, values } = work;
  const secrets = values["passwords-file"] === undefined
    ? undefined
    : resolve(shell.folder, values["passwords-file"]);
  if (secrets !== undefined && exists(secrets)) {
    throw new CommandError(`Cannot write "${secrets}": it exists already`);
  }
  const bytes = readFileBytes(resolve(shell.folder, name), { maxBytes: MAX_CSV_BYTES });
  if (!bytes.ok) throw new CommandError(`Cannot read "${name}": ${bytes.error}`);
  const rows = required(readExtensionCsv(bytes.value), name);
  const before = await store.directory.domains();
  const plan = required(
    planImport({
      ...work,
      before,
      rows,
      isUpdate: values.update ?? false,
      createPassword: () => createPassword(shell.random),
    }),
    name,
  );
  if (values["dry-run"]) {
    report(plan, work, undefined);
    return false;
  }
  // Before the database: a password that was made and then lost would be lost for good.
  if (secrets !== undefined && plan.made.length > 0) {
    const written = writeFileWhole(secrets, printPasswords(plan));
    if (!written.ok) throw new CommandError(`Cannot write "${secrets}": ${written.error}`);
  }
  const credentials = new Map(
    Array.from(
      plan.passwords,
      ([number, password]) => [`${stored.name}/${number}`, createHa1(number, stored.name, password)] as const,
    ),
  );
  try {
    await store.directory.write({ before, put: [plan.domain], credentials });
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error));
  }
  report(plan, work, secrets);
  return true;
}

function required<T>(result: Result<T, readonly Problem[]>, name: string): T {
  if (result.ok) return result.value;
  const lines = result.error.map(({ line, path, message }) =>
    `  ${name}${line === undefined ? "" : `:${line}`}: ${path === "" ? "" : `${path}: `}${message}`
  );
  throw new CommandError(`Nothing was imported:\n${lines.join("\n")}`, EXIT.badConfiguration);
}

function report(plan: ImportPlan, { shell, stored, values }: ImportWork, secrets: string | undefined): void {
  const { added, changed, made } = plan;
  const isDryRun = values["dry-run"] ?? false;
  const shown = isDryRun || secrets !== undefined ? [] : made;
  if (values.json) {
    const passwords = Object.fromEntries(shown.map((number) => [number, plan.passwords.get(number)]));
    shell.output.write(printJson({ domain: stored.name, applied: !isDryRun, added, changed, passwords }));
    return;
  }
  const [add, change] = isDryRun ? ["Would add", "change"] : ["Added", "changed"];
  const also = changed.length > 0 ? `, ${change} ${changed.length}` : "";
  shell.error.write(`${add} ${added.length} extensions${also} in ${stored.name}\n`);
  if (secrets !== undefined && made.length > 0 && !isDryRun) {
    shell.error.write(`${made.length} passwords were made and stand in "${secrets}"\n`);
  }
  if (shown.length === 0) return;
  shell.error.write("Their passwords, shown only now:\n");
  shell.output.write(printPasswords(plan));
}

/** CSV again, for whoever sets up the telephones. */
function printPasswords({ domain, passwords, made }: ImportPlan): string {
  const names = new Map(domain.extensions.map(({ number, name }) => [number, name]));
  const rows = made.map((number) => [number, names.get(number) ?? "", passwords.get(number) ?? ""]);
  return [["number", "name", "password"], ...rows].map((row) => `${row.map(printCell).join(",")}\r\n`).join(
    "",
  );
}
