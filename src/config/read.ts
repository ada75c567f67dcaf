/** Reads a configuration file: all problems at once, each with its line. */

import { fail, ok, type Result } from "../base/mod.ts";
import type { z } from "zod";
import { checkSettings } from "./check.ts";
import { checkDomain } from "./check_domain.ts";
import { completeDomain, completeSettings, DOMAIN_DEFAULTS, type DomainDefaults } from "./complete.ts";
import { type Path, setAt } from "./path.ts";
import {
  explainIssues,
  type Finding,
  isSecret,
  placeFindings,
  type Problem,
  withoutPlace,
} from "./problems.ts";
import { settingsSchema } from "./schema.ts";
import { domainSchema } from "./schema_domain.ts";
import type { DomainSettings, Locale, ServiceCodes, Settings } from "./types.ts";
import { readYaml, type YamlFile } from "./yaml.ts";

export interface ReadOptions {
  /** Locale where the file names none; default `en`. */
  readonly locale?: Locale;
  /** Time zone of domains that name none; default `UTC`. */
  readonly timeZone?: string;
}

/** Settings, or every error. Warnings come with either. */
export type Reading<T> = Result<T, readonly Problem[]> & { readonly warnings: readonly Problem[] };

/** Reads the text of a configuration file (product format, YAML 1.2). Never throws on any text. */
export function readSettings(text: string, options: ReadOptions = {}): Reading<Settings> {
  const yaml = readYaml(text);
  if (!yaml.ok) return { ...fail(yaml.error), warnings: [] };
  const file = yaml.value;
  const warnings: Finding[] = [];
  const parsed = parseFile(settingsSchema, file, warnings);
  const place = (findings: readonly Finding[]) => placeFindings(findings, file);
  if (!parsed.success) {
    return { ...fail(place(explainIssues(parsed.error.issues, file.value))), warnings: place(warnings) };
  }
  const settings = completeSettings(parsed.data, {
    locale: options.locale ?? "en",
    timeZone: options.timeZone ?? "UTC",
  });
  return sorted(settings, [...warnings, ...checkSettings(settings)], place);
}

/** Reads one whole domain as plain data: shapes, and what must fit together within it. */
export function readDomain(
  value: unknown,
  options: { readonly defaults?: DomainDefaults; readonly codes?: ServiceCodes } = {},
): Reading<DomainSettings> {
  const read = readStoredDomain(value, options.defaults);
  if (!read.ok) return { ...read, warnings: [] };
  return sorted(
    read.value,
    checkDomain(read.value, options.codes ? { codes: options.codes } : {}),
    withoutPlace,
  );
}

/**
 * Reads a domain of which another part may stand elsewhere (the store's part of one in the file): shapes only. What must
 * fit together is judged once both parts are one.
 */
export function readStoredDomain(
  value: unknown,
  defaults: DomainDefaults = DOMAIN_DEFAULTS,
): Result<DomainSettings, readonly Problem[]> {
  const parsed = domainSchema.safeParse(value);
  if (!parsed.success) return fail(withoutPlace(explainIssues(parsed.error.issues, value)));
  return ok(completeDomain(parsed.data, defaults));
}

function sorted<T>(
  value: T,
  findings: readonly Finding[],
  place: (findings: readonly Finding[]) => Problem[],
): Reading<T> {
  const errors = findings.filter(({ severity }) => severity === "error");
  const warnings = place(findings.filter(({ severity }) => severity === "warning"));
  return { ...(errors.length > 0 ? fail(place(errors)) : ok(value)), warnings };
}

/** Checks the shape of what a file holds, with numbers taken as text where text is wanted. */
export function parseFile<Schema extends z.ZodType>(
  schema: Schema,
  file: YamlFile,
  warnings: Finding[],
): z.ZodSafeParseResult<z.output<Schema>> {
  const parsed = schema.safeParse(file.value);
  if (parsed.success || !restoreTexts(parsed.error.issues, { file, warnings })) return parsed;
  return schema.safeParse(file.value);
}

/**
 * `number: 100` means the text "100": where the schema wants text and the file has an unquoted number, the text of
 * the file is put in its place. True when anything was changed.
 */
function restoreTexts(
  issues: readonly z.core.$ZodIssue[],
  options: { readonly file: YamlFile; readonly warnings: Finding[]; readonly base?: Path },
): boolean {
  const { file, warnings, base = [] } = options;
  let changed = false;
  for (const issue of issues) {
    const path = [...base, ...issue.path];
    if (issue.code === "invalid_union") {
      for (const branch of issue.errors) {
        changed = restoreTexts(branch, { ...options, base: path }) || changed;
      }
    }
    if (issue.code !== "invalid_type" || issue.expected !== "string") continue;
    const source = file.sourceOf(path);
    if (source === undefined) continue;
    setAt(file.value, path, source);
    changed = true;
    if (!/^(?:0|\+?[1-9][0-9]*)$/.test(source)) {
      const taken = isSecret(path) ? "is taken as text" : `is taken as the text "${source}"`;
      const message = `${taken}: put it in quotes, other readers of YAML take it for something else`;
      warnings.push({ severity: "warning", path, message });
    }
  }
  return changed;
}
