/** Who may call whom: white and black lists, names for numbers, anonymous callers (product §8). Pure. */

import type { CallerListEntry, ExtensionSettings } from "../../config/mod.ts";
import { withoutPlus } from "./numbers.ts";

export interface Screening {
  readonly allowed: boolean;
  /** The entry that decided; absent when none matched, which allows the call. */
  readonly entry?: CallerListEntry;
}

export interface CallParties {
  readonly called: string;
  /** Empty for an anonymous caller, whom only entries for every caller match. */
  readonly caller: string;
}

type Index = ReadonlyMap<string, ReadonlyMap<string, readonly CallerListEntry[]>>;

const INDEXES = new WeakMap<readonly CallerListEntry[], Index>();

/**
 * Judges a call by the list: longest called prefix first, then longest caller prefix. An entry that applies to a share
 * of calls and does not apply to this one leaves it to the next best.
 * @param chance in [0, 100), drawn once for the call
 */
export function screenCaller(
  entries: readonly CallerListEntry[],
  parties: CallParties,
  chance: number,
): Screening {
  if (entries.length === 0) return { allowed: true };
  const index = indexOf(entries);
  const called = withoutPlus(parties.called), caller = withoutPlus(parties.caller);
  for (let length = called.length; length >= 0; length--) {
    const byCaller = index.get(called.slice(0, length));
    if (!byCaller) continue;
    for (let end = caller.length; end >= 0; end--) {
      const entry = byCaller.get(caller.slice(0, end))?.find(({ percent }) => chance < percent);
      if (entry) return { allowed: entry.list === "white", entry };
    }
  }
  return { allowed: true };
}

function indexOf(entries: readonly CallerListEntry[]): Index {
  const known = INDEXES.get(entries);
  if (known) return known;
  const index = new Map<string, Map<string, CallerListEntry[]>>();
  for (const entry of entries) {
    const called = withoutPlus(entry.called), caller = withoutPlus(entry.caller);
    let byCaller = index.get(called);
    if (!byCaller) index.set(called, byCaller = new Map());
    const same = byCaller.get(caller);
    if (same) same.push(entry);
    else byCaller.set(caller, [entry]);
  }
  INDEXES.set(entries, index);
  return index;
}

type NameEntry = { readonly number: string; readonly name: string };
interface Names {
  readonly exact: ReadonlyMap<string, string>;
  readonly prefixes: ReadonlyMap<string, string>;
}

const NAMES = new WeakMap<readonly NameEntry[], Names>();

/** The name kept for a number: exact, or by the longest prefix written with `*` at the end. */
export function callerName(entries: readonly NameEntry[], number: string): string | undefined {
  if (entries.length === 0 || number === "") return undefined;
  const { exact, prefixes } = namesOf(entries);
  const plain = withoutPlus(number);
  const found = exact.get(plain);
  if (found !== undefined || prefixes.size === 0) return found;
  for (let length = plain.length; length >= 0; length--) {
    const name = prefixes.get(plain.slice(0, length));
    if (name !== undefined) return name;
  }
  return undefined;
}

function namesOf(entries: readonly NameEntry[]): Names {
  const known = NAMES.get(entries);
  if (known) return known;
  const exact = new Map<string, string>(), prefixes = new Map<string, string>();
  for (const { number, name } of entries) {
    const plain = withoutPlus(number);
    const [map, key] = plain.endsWith("*") ? [prefixes, plain.slice(0, -1)] : [exact, plain];
    if (!map.has(key)) map.set(key, name);
  }
  const names = { exact, prefixes };
  NAMES.set(entries, names);
  return names;
}

/** True when the extension does not take calls from callers without a number. */
export function rejectsAnonymous(
  extension: Pick<ExtensionSettings, "rejectAnonymous">,
  caller: { readonly number: string; readonly isPrivate: boolean },
): boolean {
  return extension.rejectAnonymous &&
    (caller.isPrivate || caller.number === "" || caller.number === "anonymous");
}
