/** What a reload would change, and which of it waits for a restart. */

import type { DomainSettings, Settings } from "./types.ts";

export interface Change {
  /** `listen.sip`, `domains[office.example].extensions[101]`: keyed by name, not by place in the file. */
  readonly path: string;
  readonly kind: "added" | "removed" | "changed";
  /** True for what a running server cannot take over without ending calls. */
  readonly needsRestart: boolean;
}

/** Sockets, workers and the database are opened once. */
const RESTART: ReadonlySet<string> = new Set([
  "server.data",
  "server.log",
  "listen.sip",
  "listen.web",
  "media.ports",
  "media.workers",
  "media.crypto",
]);

/** Lists of a domain whose entries have a number or a name. */
export const KEYED_LISTS = [
  "extensions",
  "huntGroups",
  "ringGroups",
  "rooms",
  "lines",
  "schedules",
  "pickupGroups",
] as const;

/** Every difference between two settings, in a stable order; empty when they mean the same. */
export function compareSettings(before: Settings, after: Settings): readonly Change[] {
  const changes: Change[] = [];
  for (
    const section of [
      "server",
      "listen",
      "media",
      "tls",
      "security",
      "sip",
      "codes",
      "records",
      "telemetry",
    ] as const
  ) {
    changes.push(...compareFields(before[section], after[section], section));
  }
  changes.push(...compareLists(before.domains, after.domains, {
    path: "domains",
    key: (domain) => domain.name,
    inside: compareDomains,
  }));
  return changes;
}

/** Differences between two states of one domain, paths beginning with `path`. */
export function compareDomains(before: DomainSettings, after: DomainSettings, path = ""): readonly Change[] {
  const plain = (domain: DomainSettings) =>
    Object.fromEntries(Object.entries(domain).filter(([key]) => !KEYED_LISTS.some((list) => list === key)));
  const changes = compareFields(plain(before), plain(after), path);
  for (const list of KEYED_LISTS) {
    const key = (item: object) =>
      "number" in item ? String(item.number) : "name" in item ? String(item.name) : "";
    changes.push(...compareLists<object>(before[list], after[list], { path: join(path, list), key }));
  }
  return changes;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function compareFields(before: object, after: object, path: string): Change[] {
  const old = new Map<string, unknown>(Object.entries(before));
  const fresh = new Map<string, unknown>(Object.entries(after));
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((key) => {
    const kind = kindOf(old.get(key), fresh.get(key));
    const place = join(path, key);
    return kind ? [{ path: place, kind, needsRestart: RESTART.has(place) }] : [];
  });
}

function kindOf(before: unknown, after: unknown): Change["kind"] | undefined {
  if (before === undefined) return after === undefined ? undefined : "added";
  if (after === undefined) return "removed";
  return isEqual(before, after) ? undefined : "changed";
}

interface ListOptions<T> {
  readonly path: string;
  readonly key: (item: T) => string;
  readonly inside?: (before: T, after: T, path: string) => readonly Change[];
}

function compareLists<T extends object>(
  before: readonly T[],
  after: readonly T[],
  options: ListOptions<T>,
): Change[] {
  const { path, key, inside } = options;
  const old = new Map(before.map((item) => [key(item), item]));
  const fresh = new Map(after.map((item) => [key(item), item]));
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((name): readonly Change[] => {
    const place = `${path}[${name}]`;
    const a = old.get(name), b = fresh.get(name);
    if (a && b && inside) return inside(a, b, place);
    const kind = kindOf(a, b);
    return kind ? [{ path: place, kind, needsRestart: false }] : [];
  });
}

/** Deep equality of plain data; the order of keys does not matter, that of lists does. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) =>
    Object.hasOwn(b, key) &&
    isEqual((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])
  );
}

/** `wanted`, but with the sockets, workers and database of `running`: what a server can take over without a restart. */
export function liveSettings(running: Settings, wanted: Settings): Settings {
  const { data, log } = running.server;
  const { ports, workers, crypto } = running.media;
  return {
    ...wanted,
    server: { ...wanted.server, data, log },
    listen: running.listen,
    media: { ...wanted.media, ports, workers, crypto },
  };
}
