/** What changes between two states of the directory, one line each, for people; secrets masked. */

import { isEqual, KEYED_LISTS } from "./compare.ts";
import { isSecret } from "./problems.ts";
import type { DomainSettings } from "./types.ts";

export interface DirectoryLine {
  readonly kind: "added" | "changed" | "removed";
  readonly domain: string;
  /** `domain`, `extension`, `hunt group`, `rules` … */
  readonly what: string;
  /** Number or name; absent for the domain itself and for lists without keys. */
  readonly key?: string;
  /** `name: "Bob" → "Robert"`. */
  readonly details: readonly string[];
}

const WORDS = {
  extensions: "extension",
  huntGroups: "hunt group",
  ringGroups: "ring group",
  rooms: "room",
  lines: "line",
  schedules: "schedule",
  pickupGroups: "pickup group",
} as const satisfies Record<typeof KEYED_LISTS[number], string>;

/** In the order of the domains, then of the lists; empty when nothing changes. */
export function explainChanges(
  before: readonly DomainSettings[],
  after: readonly DomainSettings[],
): readonly DirectoryLine[] {
  const names = [...new Set([...before, ...after].map(({ name }) => name))];
  return names.flatMap((name) =>
    explainDomain(
      before.find((domain) => domain.name === name),
      after.find((domain) => domain.name === name),
    )
  );
}

function explainDomain(
  before: DomainSettings | undefined,
  after: DomainSettings | undefined,
): DirectoryLine[] {
  const domain = (before ?? after)?.name ?? "";
  if (!after) return [{ kind: "removed", domain, what: "domain", details: sizesOf(before!) }];
  const lines: DirectoryLine[] = [];
  const fields = explainFields(plain(before), plain(after));
  if (!before) lines.push({ kind: "added", domain, what: "domain", details: [] });
  else if (fields.length > 0) lines.push({ kind: "changed", domain, what: "domain", details: fields });
  for (const list of KEYED_LISTS) {
    lines.push(...explainList({ domain, what: WORDS[list] }, before?.[list] ?? [], after[list]));
  }
  return lines;
}

function sizesOf(domain: DomainSettings): string[] {
  return KEYED_LISTS.flatMap((list) => {
    const count = domain[list].length;
    return count === 0 ? [] : [`${count} ${WORDS[list]}${count === 1 ? "" : "s"}`];
  });
}

/** Everything of a domain but its keyed lists. */
function plain(domain: DomainSettings | undefined): object {
  return Object.fromEntries(
    Object.entries(domain ?? {}).filter(([key]) => !KEYED_LISTS.some((list) => list === key)),
  );
}

function explainList(
  of: { readonly domain: string; readonly what: string },
  before: readonly object[],
  after: readonly object[],
): DirectoryLine[] {
  const old = new Map(before.map((item) => [keyOf(item), item]));
  const fresh = new Map(after.map((item) => [keyOf(item), item]));
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((key): DirectoryLine[] => {
    const a = old.get(key), b = fresh.get(key);
    if (!b) return [{ ...of, kind: "removed", key, details: nameOf(a) }];
    if (!a) return [{ ...of, kind: "added", key, details: nameOf(b) }];
    const details = explainFields(a, b);
    return details.length > 0 ? [{ ...of, kind: "changed", key, details }] : [];
  });
}

function keyOf(item: object): string {
  return "number" in item ? String(item.number) : "name" in item ? String(item.name) : "";
}

function nameOf(item: object | undefined): string[] {
  return item && "number" in item && "name" in item && item.name !== "" ? [JSON.stringify(item.name)] : [];
}

function explainFields(before: object, after: object): string[] {
  const old = new Map<string, unknown>(Object.entries(before));
  const fresh = new Map<string, unknown>(Object.entries(after));
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((key) => {
    const a = old.get(key), b = fresh.get(key);
    if (isEqual(a, b)) return [];
    if (isSecret([key])) {
      return [`${key}: ${a === undefined ? "set" : b === undefined ? "taken away" : "changed"}`];
    }
    return [`${key}: ${show(a)} → ${show(b)}`];
  });
}

const MAX_SHOWN = 60;

/** Lists only by their length: what was added to one is seen in the file. */
function show(value: unknown): string {
  if (value === undefined) return "none";
  if (Array.isArray(value) && value.some((item) => typeof item === "object")) {
    return `${value.length} ${value.length === 1 ? "entry" : "entries"}`;
  }
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
