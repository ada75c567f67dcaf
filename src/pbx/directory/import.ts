/** What a table of extensions would make of the stored part of a domain. Pure. */

import type { CsvExtension, DomainSettings, ExtensionSettings, Problem, Settings } from "../../config/mod.ts";
import { fail, ok, type Result } from "../../base/mod.ts";
import { findNewErrors } from "./check_change.ts";
import type { Directory } from "./directory.ts";
import { mergeDomains } from "./merge.ts";

export interface ImportOptions {
  readonly settings: Settings;
  readonly directory: Directory;
  /** Stored domains as they are. */
  readonly before: readonly DomainSettings[];
  /** The stored part of the domain that is added to; an empty one when there is none yet. */
  readonly stored: DomainSettings;
  readonly rows: readonly CsvExtension[];
  /** True changes extensions that are there already; else they are a problem. */
  readonly isUpdate: boolean;
  readonly createPassword: () => string;
  /** Fills in what a row does not tell. */
  readonly complete: (domain: object) => Result<DomainSettings, readonly Problem[]>;
}

export interface ImportPlan {
  /** The stored part afterwards. */
  readonly domain: DomainSettings;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  /** Extension → its new password. */
  readonly passwords: ReadonlyMap<string, string>;
  /** Those among them that were made here, and that nobody knows yet. */
  readonly made: readonly string[];
}

/** The plan, or every problem with its line. */
export function planImport(options: ImportOptions): Result<ImportPlan, readonly Problem[]> {
  const { stored, rows, directory, isUpdate } = options;
  const problems = rows.flatMap((row) => findTaken(row, options));
  if (problems.length > 0) return fail(problems);
  const isThere = (number: string) => directory.extension(stored.name, number) !== undefined;
  const changes = new Map(rows.map((row) => [row.number, row.fields]));
  const domain = options.complete({
    ...stored,
    extensions: [
      ...stored.extensions.map((extension): ExtensionSettings => ({
        ...extension,
        ...changes.get(extension.number),
      })),
      ...rows.filter(({ number }) => !isThere(number)).map(({ fields }) => fields),
    ],
  });
  if (!domain.ok) return domain;
  const errors = findErrors(options, domain.value);
  if (errors.length > 0) return fail(errors);
  const passwords = new Map<string, string>();
  const made: string[] = [];
  for (const { number, password } of rows) {
    if (password !== undefined) passwords.set(number, password);
    else if (!isThere(number)) {
      passwords.set(number, options.createPassword());
      made.push(number);
    }
  }
  return ok({
    domain: domain.value,
    added: rows.map(({ number }) => number).filter((number) => !isThere(number)),
    changed: isUpdate ? rows.map(({ number }) => number).filter(isThere) : [],
    passwords,
    made,
  });
}

function findTaken(
  { line, number }: CsvExtension,
  { directory, stored, isUpdate }: ImportOptions,
): Problem[] {
  const taken = directory.find(stored.name, number);
  const say = (message: string): Problem[] => [{ severity: "error", path: "", line, message }];
  if (!taken) return [];
  if (taken.kind !== "extension") return say(`${number} is the number of something else in ${stored.name}`);
  if (directory.isFromFile(stored.name, "extension", number)) {
    return say(`${number} stands in the configuration file and is changed there`);
  }
  return isUpdate ? [] : say(`${number} is there already`);
}

/** What does not fit the domain, with the line of the row instead of a place in a list nobody sees. */
function findErrors({ settings, before, rows }: ImportOptions, domain: DomainSettings): Problem[] {
  const isThere = before.some(({ name }) => name === domain.name);
  const after = isThere ? before.map((one) => one.name === domain.name ? domain : one) : [...before, domain];
  const merged = mergeDomains(settings.domains, after);
  return findNewErrors({ settings, before, after }).map((error): Problem => {
    const [, at = "", index = "", field = "", message = error] =
      /^domains\[([0-9]+)\]\.extensions\[([0-9]+)\]\.?([^:]*): (.*)$/s.exec(error) ?? [];
    const number = merged[Number(at)]?.settings.extensions[Number(index)]?.number;
    const line = rows.find((row) => row.number === number)?.line;
    return { severity: "error", path: field, ...(line !== undefined && { line }), message };
  });
}
