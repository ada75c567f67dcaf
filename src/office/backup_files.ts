/** Which files of a server make up a backup, and the backup as bytes. For the command and for the page. */

import { fail, ok, type Random, type Result } from "../base/mod.ts";
import {
  type BackupEntry,
  CONFIG_NAME,
  DATABASE_NAME,
  type Manifest,
  maxBytesOf,
  measure,
  pack,
} from "../backup/mod.ts";
import type { Settings } from "../config/mod.ts";
import { makeFolderIn, readBytes, removeFolder, removeStaleFolders } from "../platform/byte_files.ts";
import { exists } from "../platform/files.ts";
import { listFiles } from "../platform/folders.ts";

export interface BackupOptions {
  readonly settings: Settings;
  readonly configFile?: string;
  readonly version: string;
  readonly host: string;
  readonly nowMs: number;
  readonly passphrase: string;
  readonly random: Random;
  /** Writes a consistent copy of the database to a path where nothing is yet. */
  readonly copyDatabase: (path: string) => Promise<void> | void;
}

export interface PreparedBackup {
  readonly manifest: Manifest;
  /** What the administrator should know is not in it. */
  readonly leftOut: readonly string[];
  /** The file, once. Throws when something changes meanwhile. */
  readonly bytes: AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** Removes what was laid aside for it. Harmless when called twice. */
  end(): void;
}

interface Source {
  readonly name: string;
  readonly path: string;
  readonly from?: string;
}

/** The copy of the database lies in such a folder while it is packed. */
const LAID_ASIDE = ".backup-";
const DAY_MS = 86_400_000;

const TLS = [
  "ca.pem",
  "ca.key",
  "server.pem",
  "server.key",
  "request.key",
  "uploaded/certificate.pem",
  "uploaded/key.pem",
];

/** Copies the database and measures everything. The error says what cannot be read. */
export async function prepareBackup(options: BackupOptions): Promise<Result<PreparedBackup, string>> {
  const { data } = options.settings.server;
  removeStaleFolders(data, { prefix: LAID_ASIDE, beforeMs: options.nowMs - DAY_MS });
  const folder = makeFolderIn(data, LAID_ASIDE);
  if (!folder.ok) return fail(`Cannot write in "${data}": ${folder.error}`);
  const end = () => removeFolder(folder.value);
  try {
    const database = `${folder.value}/${DATABASE_NAME}`;
    await options.copyDatabase(database);
    const { sources, leftOut } = findSources(options, database);
    const files: BackupEntry[] = [];
    for (const { name, path, from } of sources) {
      files.push({ name, ...await measure(readBytes(path)), ...(from !== undefined && { from }) });
    }
    const manifest: Manifest = {
      format: 1,
      version: options.version,
      madeAt: options.nowMs,
      host: options.host,
      data,
      files,
    };
    const paths = new Map(sources.map(({ name, path }) => [name, path]));
    const read = (name: string) => readBytes(paths.get(name)!);
    return ok({ manifest, leftOut, bytes: pack({ ...options, manifest, read }), end });
  } catch (error) {
    end();
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function findSources(
  { settings, configFile }: BackupOptions,
  database: string,
): { readonly sources: readonly Source[]; readonly leftOut: readonly string[] } {
  const { data } = settings.server;
  const leftOut: string[] = [];
  const sources: Source[] = [];
  // The configuration first: whoever restores wants to know it before anything else.
  if (configFile !== undefined) sources.push({ name: CONFIG_NAME, path: configFile, from: configFile });
  sources.push({ name: DATABASE_NAME, path: database });
  for (const name of TLS) {
    if (exists(`${data}/tls/${name}`)) sources.push({ name: `tls/${name}`, path: `${data}/tls/${name}` });
  }
  for (const [index, path] of givenFiles(settings).entries()) {
    if (exists(path)) sources.push({ name: `given/${index + 1}.pem`, path, from: path });
    else leftOut.push(`"${path}" does not exist`);
  }
  for (const file of listFiles(`${data}/sounds`).sort()) {
    const name = `sounds/${file}`;
    if (maxBytesOf(name) !== undefined) sources.push({ name, path: `${data}/${name}` });
    else leftOut.push(`${JSON.stringify(name)} has a name that other systems do not take`);
  }
  const recordings =
    listFiles(`${data}/recordings`, 1_000_000).filter((name) => name.endsWith(".wav")).length;
  if (recordings > 0) {
    leftOut.push(`${recordings} recordings of rooms: copy "${data}/recordings" if you need them`);
  }
  return { sources, leftOut };
}

/** Certificates that the configuration names. */
function givenFiles({ tls }: Settings): string[] {
  const pairs = tls.certificate === "auto" ? [] : tls.certificate;
  const authority = tls.clientAuthority === undefined ? [] : [tls.clientAuthority];
  return [...new Set([...pairs.flatMap(({ cert, key }) => [cert, key]), ...authority])];
}
