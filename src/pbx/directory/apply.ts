/** From a directory as it was written down to the change of the store that makes it so. Pure. */

import { type DomainSettings, explainChanges, type FileDomain, type Settings } from "../../config/mod.ts";
import type { DirectoryWrite, Ha1 } from "../ports.ts";
import { fail, ok, type Result } from "../../base/mod.ts";
import type { CreateHa1, StoredDirectory } from "./memory_directory.ts";
import { keyOf, mergeDomains } from "./merge.ts";
import { findNewErrors } from "./check_change.ts";

export interface ApplyOptions {
  readonly settings: Settings;
  readonly stored: StoredDirectory;
  readonly domains: readonly FileDomain[];
  /** Domains that the file does not name: true removes them. */
  readonly removesOthers: boolean;
  readonly createHa1: CreateHa1;
}

export interface ApplyPlan {
  /** Every stored domain afterwards. */
  readonly after: readonly DomainSettings[];
  readonly write: DirectoryWrite;
  /** `domain/extension` of each whose password changes. */
  readonly changedPasswords: readonly string[];
  /** `domain/extension` of each that cannot register, since it has no password. */
  readonly withoutPassword: readonly string[];
}

/** The change, or every reason why it cannot be made. */
export function planApply(options: ApplyOptions): Result<ApplyPlan, readonly string[]> {
  const { settings, stored, domains } = options;
  const inFile = domains.flatMap((domain) => findInFile(settings, domain));
  if (inFile.length > 0) return fail(inFile);
  const put = domains.map((domain) => complete(domain.settings, options));
  const named = new Map(put.map((domain) => [domain.name, domain]));
  const isStored = (name: string) => stored.domains.some((domain) => domain.name === name);
  const after = [
    ...stored.domains.flatMap((domain) => named.get(domain.name) ?? (options.removesOthers ? [] : [domain])),
    ...put.filter(({ name }) => !isStored(name)),
  ];
  const errors = findNewErrors({ settings, before: stored.domains, after });
  if (errors.length > 0) return fail(errors);
  const credentials = changedCredentials(options);
  const has = (key: string) => credentials.has(key) || stored.credentials.has(key);
  return ok({
    after,
    write: {
      before: stored.domains,
      put: put.filter((domain) =>
        explainChanges(stored.domains.filter(({ name }) => name === domain.name), [domain]).length > 0
      ),
      remove: stored.domains.map(({ name }) => name).filter((name) =>
        !after.some((one) => one.name === name)
      ),
      credentials,
    },
    changedPasswords: [...credentials].flatMap(([key, ha1]) => ha1 ? [key] : []),
    withoutPassword: put.flatMap(({ name, extensions }) =>
      extensions.map(({ number }) => `${name}/${number}`).filter((key) => !has(key))
    ),
  });
}

/** What belongs to a domain as a whole, and not to what was added to it. */
const OF_DOMAIN = ["locale", "timeZone", "digest", "emergency", "levels"] as const;

const KINDS = [
  ["extensions", "extension"],
  ["huntGroups", "huntGroup"],
  ["ringGroups", "ringGroup"],
  ["rooms", "room"],
  ["lines", "line"],
  ["schedules", "schedule"],
  ["pickupGroups", "pickupGroup"],
] as const;

function findInFile(settings: Settings, { settings: domain, keys }: FileDomain): string[] {
  const own = mergeDomains(settings.domains, []).find((merged) => merged.settings.name === domain.name);
  if (!own) return [];
  const fields = OF_DOMAIN.filter((key) => keys.includes(key));
  const { extensions, huntGroups, ringGroups, rooms } = own.settings;
  // A number of the configuration file is taken for every kind: see mergeDomains.
  const taken = new Set([...extensions, ...huntGroups, ...ringGroups, ...rooms].map(({ number }) => number));
  const entries = KINDS.flatMap(([list, kind]) =>
    domain[list].flatMap((item) => {
      if ("number" in item) return taken.has(item.number) ? [item.number] : [];
      return own.fromFile.has(keyOf(kind, item.name)) ? [`${kind} ${item.name}`] : [];
    })
  );
  return [...fields, ...entries].map((what) =>
    `${what} of ${domain.name} stands in the configuration file and is changed there`
  );
}

/** What the file does not tell stays as it is: secrets, and what a domain of the configuration file says itself. */
function complete(domain: DomainSettings, { settings, stored }: ApplyOptions): DomainSettings {
  const before = stored.domains.find(({ name }) => name === domain.name);
  const isInFile = settings.domains.some(({ name }) => name === domain.name);
  return {
    ...domain,
    ...(isInFile && before && keptFields(before)),
    rooms: domain.rooms.map((room) =>
      keepSecrets(room, before?.rooms.find(({ number }) => number === room.number), ["pin", "moderatorPin"])
    ),
    lines: domain.lines.map((line) =>
      keepSecrets(line, before?.lines.find(({ name }) => name === line.name), ["password"])
    ),
  };
}

function keptFields(domain: DomainSettings): Partial<DomainSettings> {
  return Object.fromEntries(
    OF_DOMAIN.flatMap((key) => domain[key] === undefined ? [] : [[key, domain[key]]]),
  );
}

function keepSecrets<T extends object>(item: T, before: T | undefined, keys: readonly (keyof T)[]): T {
  const kept = { ...item };
  for (const key of keys) {
    if (kept[key] === "") delete kept[key];
    else if (kept[key] === undefined && before?.[key] !== undefined) kept[key] = before[key];
  }
  return kept;
}

function changedCredentials({ stored, domains, createHa1 }: ApplyOptions): Map<string, Ha1 | undefined> {
  const changed = new Map<string, Ha1 | undefined>();
  for (const { settings: { name, extensions }, credentials } of domains) {
    for (const [number, given] of credentials) {
      const ha1 = "ha1" in given ? given.ha1 : createHa1(number, name, given.password);
      const before = stored.credentials.get(`${name}/${number}`);
      if (before?.md5 !== ha1.md5 || before.sha256 !== ha1.sha256) changed.set(`${name}/${number}`, ha1);
    }
    const left = new Set(extensions.map(({ number }) => number));
    const before = stored.domains.find((domain) => domain.name === name)?.extensions ?? [];
    const gone = before.filter(({ number }) => !left.has(number));
    for (const { number } of gone) changed.set(`${name}/${number}`, undefined);
  }
  return changed;
}
