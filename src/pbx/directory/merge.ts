/** One domain from two sources: what stands in the file wins, what is stored adds to it. */

import type { DomainSettings } from "../../config/mod.ts";
import type { DirectoryKind } from "./directory.ts";

/** A domain as it is served, and which of its things stand in the file. */
export interface MergedDomain {
  readonly settings: DomainSettings;
  /** `kind/key` of everything from the file. */
  readonly fromFile: ReadonlySet<string>;
}

/** Domains of both sources in the order file, then store; names are lower case in both (see `config`). */
export function mergeDomains(
  file: readonly DomainSettings[],
  stored: readonly DomainSettings[],
): MergedDomain[] {
  const storedByName = new Map(stored.map((domain) => [domain.name, domain]));
  const merged = file.map((domain) => {
    const other = storedByName.get(domain.name);
    storedByName.delete(domain.name);
    return { settings: other ? mergeDomain(domain, other) : domain, fromFile: keysOf(domain) };
  });
  for (const settings of storedByName.values()) merged.push({ settings, fromFile: new Set() });
  return merged;
}

/** `kind/key`, as in {@linkcode MergedDomain.fromFile}. */
export function keyOf(kind: DirectoryKind, key: string): string {
  return `${kind}/${key}`;
}

function keysOf(domain: DomainSettings): Set<string> {
  const keys = new Set([keyOf("domain", domain.name)]);
  for (const { number } of domain.extensions) keys.add(keyOf("extension", number));
  for (const { number } of domain.huntGroups) keys.add(keyOf("huntGroup", number));
  for (const { number } of domain.ringGroups) keys.add(keyOf("ringGroup", number));
  for (const { number } of domain.rooms) keys.add(keyOf("room", number));
  for (const { name } of domain.lines) keys.add(keyOf("line", name));
  for (const { name } of domain.schedules) keys.add(keyOf("schedule", name));
  for (const { name } of domain.pickupGroups) keys.add(keyOf("pickupGroup", name));
  return keys;
}

function mergeDomain(file: DomainSettings, stored: DomainSettings): DomainSettings {
  // A number of the file is taken for every kind: a stored room must not shadow an extension of the file.
  const taken = new Set(
    [...file.extensions, ...file.huntGroups, ...file.ringGroups, ...file.rooms].map(({ number }) => number),
  );
  const byNumber = <T extends { number: string }>(mine: readonly T[], others: readonly T[]) => [
    ...mine,
    ...others.filter(({ number }) => !taken.has(number)),
  ];
  const byName = <T extends { name: string }>(mine: readonly T[], others: readonly T[]) => [
    ...mine,
    ...others.filter(({ name }) => !mine.some((one) => one.name === name)),
  ];
  return {
    ...file,
    aliases: [...new Set([...file.aliases, ...stored.aliases])],
    extensions: byNumber(file.extensions, stored.extensions),
    huntGroups: byNumber(file.huntGroups, stored.huntGroups),
    ringGroups: byNumber(file.ringGroups, stored.ringGroups),
    rooms: byNumber(file.rooms, stored.rooms),
    lines: byName(file.lines, stored.lines),
    rules: [...file.rules, ...stored.rules],
    schedules: byName(file.schedules, stored.schedules),
    callerLists: [...file.callerLists, ...stored.callerLists],
    callerNames: [...file.callerNames, ...stored.callerNames],
    pickupGroups: byName(file.pickupGroups, stored.pickupGroups),
  };
}
