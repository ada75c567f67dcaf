/** The directory in memory: file and store merged, indexed by maps with the domain in every key. */

import type { DomainSettings, ExtensionSettings, LineSettings, Settings } from "../../config/mod.ts";
import type { Ha1 } from "../ports.ts";
import type { Destination, Directory, DirectoryKind } from "./directory.ts";
import { keyOf, mergeDomains } from "./merge.ts";

/** HA1 of `user:realm:password` (RFC 7616 §3.4.2). */
export type CreateHa1 = (user: string, realm: string, password: string) => Ha1;

/** The part of the directory that lives in the store; credentials under `domain/extension`. */
export interface StoredDirectory {
  readonly domains: readonly DomainSettings[];
  readonly credentials: ReadonlyMap<string, Ha1>;
}

export interface DirectoryOptions {
  readonly settings: Settings;
  readonly stored?: StoredDirectory;
  readonly createHa1: CreateHa1;
}

/** A directory whose contents can be exchanged as a whole. */
export interface ReplaceableDirectory extends Directory {
  /** Puts new contents in place at once, then tells the listeners. What is left out stays as it is. */
  replace(contents: { readonly settings?: Settings; readonly stored?: StoredDirectory }): void;
}

const NOTHING_STORED: StoredDirectory = { domains: [], credentials: new Map() };

export function createDirectory(options: DirectoryOptions): ReplaceableDirectory {
  return new MemoryDirectory(options);
}

interface DomainIndex {
  readonly settings: DomainSettings;
  readonly fromFile: ReadonlySet<string>;
  readonly numbers: ReadonlyMap<string, Destination>;
  readonly lines: ReadonlyMap<string, LineSettings>;
  readonly credentials: ReadonlyMap<string, Ha1>;
}

/** `domain/number` → what was hashed and the hash. */
type Hashes = Map<string, { readonly password: string; readonly ha1: Ha1 }>;

class MemoryDirectory implements ReplaceableDirectory {
  readonly #createHa1: CreateHa1;
  readonly #listeners: (() => void)[] = [];
  #settings: Settings;
  #stored: StoredDirectory;
  #indexes = new Map<string, DomainIndex>();
  #domains: readonly DomainSettings[] = [];
  /** Hashes already made, so that a reload of thousands of extensions costs only those that changed. */
  #hashes: Hashes = new Map();

  constructor({ settings, stored = NOTHING_STORED, createHa1 }: DirectoryOptions) {
    this.#createHa1 = createHa1;
    this.#settings = settings;
    this.#stored = stored;
    this.#build();
  }

  domain(name: string): DomainSettings | undefined {
    return this.#index(name)?.settings;
  }

  domains(): readonly DomainSettings[] {
    return this.#domains;
  }

  defaultDomain(): DomainSettings | undefined {
    return this.#domains[0];
  }

  extension(domain: string, number: string): ExtensionSettings | undefined {
    const found = this.find(domain, number);
    return found?.kind === "extension" ? found.extension : undefined;
  }

  credentials(domain: string, number: string): Ha1 | undefined {
    return this.#index(domain)?.credentials.get(number);
  }

  find(domain: string, number: string): Destination | undefined {
    return this.#index(domain)?.numbers.get(number);
  }

  line(domain: string, name: string): LineSettings | undefined {
    return this.#index(domain)?.lines.get(name);
  }

  isFromFile(domain: string, kind: DirectoryKind, key: string): boolean {
    const index = this.#index(domain);
    return index !== undefined &&
      index.fromFile.has(keyOf(kind, kind === "domain" ? index.settings.name : key));
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  replace({ settings, stored }: { readonly settings?: Settings; readonly stored?: StoredDirectory }): void {
    this.#settings = settings ?? this.#settings;
    this.#stored = stored ?? this.#stored;
    this.#build();
    for (const listener of [...this.#listeners]) listener();
  }

  #index(name: string): DomainIndex | undefined {
    const found = this.#indexes.get(name);
    if (found || name.length > 254) return found;
    // A name with its final dot is the same name (RFC 1034 §3.1).
    return this.#indexes.get(name.toLowerCase().replace(/\.$/, ""));
  }

  #build(): void {
    const indexes = new Map<string, DomainIndex>();
    const hashes: Hashes = new Map();
    const merged = mergeDomains(this.#settings.domains, this.#stored.domains).map((
      { settings, fromFile },
    ) => ({
      index: this.#indexDomain(settings, hashes),
      fromFile,
    }));
    for (const { index, fromFile } of merged) indexes.set(index.settings.name, { ...index, fromFile });
    // Names before aliases: no alias of one company may take the name of another.
    for (const { index } of merged) {
      for (const alias of index.settings.aliases) {
        if (!indexes.has(alias)) indexes.set(alias, indexes.get(index.settings.name)!);
      }
    }
    this.#indexes = indexes;
    this.#hashes = hashes;
    this.#domains = merged.map(({ index }) => index.settings);
  }

  #indexDomain(domain: DomainSettings, hashes: Hashes): Omit<DomainIndex, "fromFile"> {
    const credentials = new Map<string, Ha1>();
    const extensions = domain.extensions.map(({ password, ...extension }): ExtensionSettings => {
      const ha1 = password === undefined
        ? this.#stored.credentials.get(`${domain.name}/${extension.number}`)
        : this.#hash({ user: extension.number, realm: domain.name, password }, hashes);
      if (ha1 && extension.enabled) credentials.set(extension.number, ha1);
      return extension;
    });
    const numbers = new Map<string, Destination>();
    // From the least to the most specific, so that the extension stays should a number be in two lists.
    for (const room of domain.rooms) numbers.set(room.number, { kind: "room", room });
    for (const group of domain.ringGroups) numbers.set(group.number, { kind: "ringGroup", group });
    for (const group of domain.huntGroups) numbers.set(group.number, { kind: "huntGroup", group });
    for (const extension of extensions) numbers.set(extension.number, { kind: "extension", extension });
    return {
      settings: { ...domain, extensions },
      numbers,
      lines: new Map(domain.lines.map((line) => [line.name, line])),
      credentials,
    };
  }

  #hash({ user, realm, password }: { user: string; realm: string; password: string }, hashes: Hashes): Ha1 {
    const key = `${realm}/${user}`;
    const known = this.#hashes.get(key);
    const entry = known?.password === password
      ? known
      : { password, ha1: this.#createHa1(user, realm, password) };
    hashes.set(key, entry);
    return entry.ha1;
  }
}
