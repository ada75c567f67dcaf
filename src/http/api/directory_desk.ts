/**
 * Changes of the stored part of the directory: one after the other, judged by the schemas and by what they would break,
 * in force at once. What stands in the file is never touched.
 */

import {
  type DomainDefaults,
  domainDefaultsOf,
  type DomainSettings,
  readStoredDomain,
  type Settings,
} from "../../config/mod.ts";
import { type CreateHa1, findNewErrors, type ReplaceableDirectory } from "../../pbx/directory/mod.ts";
import type { DirectoryStore } from "../../pbx/ports.ts";
import { Problem, type ProblemError } from "./problem.ts";

export interface DirectoryDeskOptions {
  readonly directory: ReplaceableDirectory;
  readonly store: DirectoryStore;
  readonly settings: () => Settings;
  readonly timeZone: string;
  readonly createHa1: CreateHa1;
  /** Called after each change, with the new contents already in place. */
  readonly changed: () => void;
}

/** Passwords that come with a change: extension → text, or undefined to forget it. */
export type PasswordChanges = ReadonlyMap<string, string | undefined>;

export interface DomainChange {
  /** The stored part afterwards; the value of every list may be in the shape of the file. */
  readonly stored: object;
  readonly passwords?: PasswordChanges;
}

export class DirectoryDesk {
  readonly #options: DirectoryDeskOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: DirectoryDeskOptions) {
    this.#options = options;
  }

  get directory(): ReplaceableDirectory {
    return this.#options.directory;
  }

  /** The merged domain, or the problem that there is none. */
  domain(name: string): DomainSettings | Problem {
    return this.directory.domain(name) ?? new Problem("not-found", `There is no domain "${name}"`);
  }

  /**
   * Changes the stored part of one domain. `change` is given that part as it is, the domain as it is served and all
   * stored domains, and says what the part shall be, or why not, or nothing for no change; no other change happens meanwhile.
   */
  change(
    name: string,
    change: (
      stored: DomainSettings,
      merged: DomainSettings,
      before: readonly DomainSettings[],
    ) => DomainChange | Problem | undefined,
  ): Promise<Problem | undefined> {
    return this.#inTurn(async () => {
      const merged = this.domain(name);
      if (merged instanceof Problem) return merged;
      const before = await this.#options.store.domains();
      const stored = before.find((domain) => domain.name === merged.name) ?? this.#emptyPart(merged);
      const wish = change(stored, merged, before);
      return wish === undefined || wish instanceof Problem
        ? wish
        : await this.#put(before, merged.name, wish);
    });
  }

  addDomain(value: { readonly name: string }): Promise<Problem | undefined> {
    return this.#inTurn(async () => {
      if (this.directory.domain(value.name)) {
        return new Problem("taken", `There is a domain "${value.name}" already`);
      }
      return await this.#put(await this.#options.store.domains(), value.name, { stored: value });
    });
  }

  removeDomain(name: string): Promise<Problem | undefined> {
    return this.#inTurn(async () => {
      const merged = this.domain(name);
      if (merged instanceof Problem) return merged;
      if (this.directory.isFromFile(merged.name, "domain", merged.name)) {
        return inFile(`The domain ${merged.name}`);
      }
      return await this.#stored(() => this.#options.store.removeDomain(merged.name));
    });
  }

  /** Sets a password; for an extension of the file that has none there, too. */
  setPassword(domain: string, number: string, password: string): Promise<Problem | undefined> {
    return this.#inTurn(async () => {
      const merged = this.domain(domain);
      if (merged instanceof Problem) return merged;
      if (!this.directory.extension(merged.name, number)) {
        return new Problem("not-found", `There is no extension ${number}`);
      }
      const inSettings = this.#options.settings().domains.find(({ name }) => name === merged.name)
        ?.extensions.find((extension) => extension.number === number);
      if (inSettings?.password !== undefined) return inFile(`The password of ${number}`);
      const ha1 = this.#options.createHa1(number, merged.name, password);
      return await this.#stored(() => this.#options.store.putCredentials(merged.name, number, ha1));
    });
  }

  /** Reads the stored part again and puts it in force. */
  async reload(): Promise<void> {
    const { store, directory, changed } = this.#options;
    directory.replace({ stored: { domains: await store.domains(), credentials: await store.credentials() } });
    changed();
  }

  async #put(
    before: readonly DomainSettings[],
    name: string,
    { stored, passwords = new Map() }: DomainChange,
  ): Promise<Problem | undefined> {
    const { store, settings, createHa1 } = this.#options;
    const reading = readStoredDomain({ ...stored }, this.defaults(name));
    if (!reading.ok) return invalid(reading.error);
    const after = reading.value;
    const isThere = before.some((domain) => domain.name === after.name);
    const all = isThere
      ? before.map((domain) => domain.name === after.name ? after : domain)
      : [...before, after];
    const errors = findNewErrors({ settings: settings(), before, after: all });
    if (errors.length > 0) return invalid(errors.map(splitError));
    const credentials = new Map(
      Array.from(passwords, ([number, password]) => [
        `${after.name}/${number}`,
        password === undefined ? undefined : createHa1(number, after.name, password),
      ]),
    );
    return await this.#stored(() => store.write({ before, put: [after], credentials }));
  }

  /** Writes and puts in force; a full disk or a locked database is told to whoever asked. */
  async #stored(write: () => Promise<void>): Promise<Problem | undefined> {
    try {
      await write();
    } catch (error) {
      return new Problem("unavailable", error instanceof Error ? error.message : String(error));
    }
    await this.reload();
    return undefined;
  }

  /** The part of a domain that nothing was stored for yet. */
  #emptyPart(merged: DomainSettings): DomainSettings {
    const reading = readStoredDomain({ name: merged.name }, this.defaults(merged.name));
    if (reading.ok) return reading.value;
    throw new TypeError(`Cannot make a part of domain "${merged.name}"`);
  }

  /** What a domain takes from the server around it. */
  defaults(name: string): DomainDefaults {
    const { settings, timeZone } = this.#options;
    const defaults = domainDefaultsOf(settings(), timeZone);
    const merged = this.directory.domain(name);
    return merged ? { ...defaults, locale: merged.locale, timeZone: merged.timeZone } : defaults;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}

export function inFile(what: string): Problem {
  return new Problem("in-file", `${what} stands in the configuration file and is changed there`);
}

/** Several complaints as one problem. Paths lose the place of the domain, which the address of the request names. */
export function invalid(errors: readonly ProblemError[]): Problem {
  const shown = errors.slice(0, 50).map(({ path, message }) => ({
    path: path.replace(/^domains\[[0-9]+\]\.?/, ""),
    message,
  }));
  return new Problem("invalid", { detail: shown[0]?.message ?? "", errors: shown });
}

/** `path: message`, as `findNewErrors` prints it. */
function splitError(line: string): ProblemError {
  const at = line.indexOf(": ");
  return at < 0 ? { path: "", message: line } : { path: line.slice(0, at), message: line.slice(at + 2) };
}
