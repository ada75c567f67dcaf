/** The part of the directory that is made on the page or by the API: one JSON document a domain, and HA1. */

import type { Log } from "../base/mod.ts";
import { type DomainSettings, isEqual } from "../config/mod.ts";
import type { DirectoryStore, DirectoryWrite, Ha1 } from "../pbx/ports.ts";
import type { Connection } from "./connection.ts";
import type { Migrations } from "./schema.ts";

export const DIRECTORY_MIGRATIONS: Migrations = {
  module: "directory",
  steps: [
    `CREATE TABLE domains (name TEXT PRIMARY KEY, position INTEGER NOT NULL, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
     CREATE TABLE credentials (
       domain TEXT NOT NULL, extension TEXT NOT NULL, md5 TEXT NOT NULL, sha256 TEXT NOT NULL,
       PRIMARY KEY (domain, extension)
     ) STRICT, WITHOUT ROWID;`,
  ],
};

/** Reads a domain as plain data, filling in what an earlier version did not know; undefined when it makes no sense. */
export type ReadDomain = (value: unknown) => DomainSettings | undefined;

export class SqliteDirectoryStore implements DirectoryStore {
  readonly #connection: Connection;
  readonly #readDomain: ReadDomain;
  readonly #log: Log;

  constructor(
    connection: Connection,
    { readDomain, log }: { readonly readDomain: ReadDomain; readonly log: Log },
  ) {
    this.#connection = connection;
    this.#readDomain = readDomain;
    this.#log = log;
  }

  // deno-lint-ignore require-await -- the port is asynchronous for engines that are
  async domains(): Promise<readonly DomainSettings[]> {
    return this.#domains();
  }

  #domains(): DomainSettings[] {
    return this.#connection.all("SELECT name, json FROM domains ORDER BY position").flatMap(
      ({ name, json }) => {
        const domain = this.#readDomain(parseJson(String(json)));
        if (domain) return [domain];
        this.#log.error("a stored domain cannot be read and is left out", { domain: String(name) });
        return [];
      },
    );
  }

  putDomain(domain: DomainSettings): Promise<void> {
    return this.#connection.write(() => this.#put(domain));
  }

  #put(domain: DomainSettings): void {
    // A password in clear never reaches the disk: its HA1 is put by `putCredentials`.
    const extensions = domain.extensions.map(({ password: _password, ...extension }) => extension);
    this.#connection.run(
      `INSERT INTO domains (name, position, json) VALUES (?, (SELECT coalesce(max(position), 0) + 1 FROM domains), ?)
       ON CONFLICT (name) DO UPDATE SET json = excluded.json`,
      domain.name,
      JSON.stringify({ ...domain, extensions }),
    );
  }

  removeDomain(name: string): Promise<void> {
    return this.#connection.write(() => this.#remove(name));
  }

  #remove(name: string): void {
    this.#connection.run("DELETE FROM domains WHERE name = ?", name);
    this.#connection.run("DELETE FROM credentials WHERE domain = ?", name);
  }

  // deno-lint-ignore require-await -- the port is asynchronous for engines that are
  async credentials(): Promise<ReadonlyMap<string, Ha1>> {
    return new Map(
      this.#connection.all("SELECT domain, extension, md5, sha256 FROM credentials").map((row) => [
        `${row.domain}/${row.extension}`,
        { md5: String(row.md5), sha256: String(row.sha256) },
      ]),
    );
  }

  putCredentials(domain: string, extension: string, ha1: Ha1): Promise<void> {
    return this.#connection.write(() => this.#setCredentials(domain, extension, ha1));
  }

  removeCredentials(domain: string, extension: string): Promise<void> {
    return this.#connection.write(() => this.#setCredentials(domain, extension, undefined));
  }

  #setCredentials(domain: string, extension: string, ha1: Ha1 | undefined): void {
    if (ha1 === undefined) {
      this.#connection.run("DELETE FROM credentials WHERE domain = ? AND extension = ?", domain, extension);
      return;
    }
    this.#connection.run(
      "INSERT OR REPLACE INTO credentials (domain, extension, md5, sha256) VALUES (?, ?, ?, ?)",
      domain,
      extension,
      ha1.md5,
      ha1.sha256,
    );
  }

  write({ before, put = [], remove = [], credentials = new Map() }: DirectoryWrite): Promise<void> {
    return this.#connection.write(() => {
      if (!isEqual(this.#domains(), before)) {
        throw new Error("the directory was changed meanwhile by somebody else: try again");
      }
      for (const name of remove) this.#remove(name);
      for (const domain of put) this.#put(domain);
      for (const [key, ha1] of credentials) {
        const at = key.indexOf("/");
        this.#setCredentials(key.slice(0, at), key.slice(at + 1), ha1);
      }
    });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
