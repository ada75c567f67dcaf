/** What a backup holds, laid out in a folder: does it make sense to this version of the program? */

import type { Manifest } from "../backup/mod.ts";
import { CONFIG_NAME, DATABASE_NAME } from "../backup/mod.ts";
import { fail, ok, type Result } from "../base/mod.ts";
import { printProblem, readSettings, readStoredDomain, type Settings } from "../config/mod.ts";
import { certificateFacts, checkPair } from "../platform/certificate_files.ts";
import { exists, readTextFile } from "../platform/mod.ts";
import { type DatabaseFacts, inspectDatabase } from "../store/mod.ts";

export interface CheckedContents {
  readonly database: DatabaseFacts;
  /** Of the configuration file in it, paths as written; undefined when there is none. */
  readonly settings?: Settings;
}

/** The error says what cannot be used, and why. */
export function checkContents(folder: string, manifest: Manifest): Result<CheckedContents, string> {
  const database = inspectDatabase(`${folder}/${DATABASE_NAME}`);
  if (!database.ok) return fail(`the database in it cannot be used: ${database.error}`);
  for (const domain of database.value.domains) {
    const reading = readStoredDomain(domain);
    if (reading.ok) continue;
    const { path, message } = reading.error[0]!;
    return fail(`a domain in its database makes no sense: ${path}: ${message}`);
  }
  const pairs = checkPairs(folder);
  if (!pairs.ok) return pairs;
  if (!manifest.files.some(({ name }) => name === CONFIG_NAME)) return ok({ database: database.value });
  const text = readTextFile(`${folder}/${CONFIG_NAME}`);
  if (!text.ok) return fail(`the configuration in it cannot be read: ${text.error}`);
  const settings = readSettings(text.value);
  if (settings.ok) return ok({ database: database.value, settings: settings.value });
  const problems = settings.error.map((problem) => `\n  ${printProblem(problem, CONFIG_NAME)}`).join("");
  return fail(`the configuration in it has problems, --keep-config leaves it out:${problems}`);
}

const PAIRS = [
  ["tls/ca.pem", "tls/ca.key"],
  ["tls/server.pem", "tls/server.key"],
  ["tls/uploaded/certificate.pem", "tls/uploaded/key.pem"],
] as const;

/** A certificate that has run out is no reason to refuse: the own one is renewed, and the page tells of the others. */
function checkPairs(folder: string): Result<void, string> {
  for (const [certificateName, keyName] of PAIRS) {
    if (!exists(`${folder}/${certificateName}`) || !exists(`${folder}/${keyName}`)) continue;
    const certificate = readTextFile(`${folder}/${certificateName}`);
    const key = readTextFile(`${folder}/${keyName}`);
    if (!certificate.ok) return fail(`"${certificateName}": ${certificate.error}`);
    if (!key.ok) return fail(`"${keyName}": ${key.error}`);
    const facts = certificateFacts(certificate.value);
    const pair = { certificate: certificate.value, key: key.value };
    const checked = checkPair(pair, (facts?.notBeforeMs ?? 0) + 1, { cert: certificateName, key: keyName });
    if (!checked.ok) return fail(checked.error.message);
  }
  return ok(undefined);
}
