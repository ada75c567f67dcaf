/** The list of contents at the head of a backup, and the only names that may stand in it. */

import { fail, ok, type Result } from "../base/mod.ts";

/** One file of the backup. */
export interface BackupEntry {
  readonly name: string;
  readonly bytes: number;
  /** SHA-256, lower-case hexadecimal. */
  readonly sha256: string;
  /** Where it stood, when that was outside of the data folder. */
  readonly from?: string;
}

export interface Manifest {
  readonly format: 1;
  /** Of the sipedge that made it. */
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly madeAt: number;
  readonly host: string;
  /** The data folder it was made of. */
  readonly data: string;
  readonly files: readonly BackupEntry[];
}

export const CONFIG_NAME = "sipedge.yaml";
export const DATABASE_NAME = "sipedge.db";

const MEBIBYTE = 1_048_576;
export const MAX_MANIFEST_BYTES = 4 * MEBIBYTE;
/** The last moment a Date can tell. */
const LATEST_MS = 8.64e15;
const MAX_FILES = 5000;

/** What may be in a backup. Nothing else is written by us, and nothing else is taken. */
const PLACES: readonly { readonly pattern: RegExp; readonly maxBytes: number }[] = [
  { pattern: /^sipedge\.yaml$/, maxBytes: 32 * MEBIBYTE },
  { pattern: /^sipedge\.db$/, maxBytes: 1_048_576 * MEBIBYTE },
  { pattern: /^tls\/(?:(?:ca|server)\.(?:pem|key)|request\.key)$/, maxBytes: MEBIBYTE },
  { pattern: /^tls\/uploaded\/(?:certificate|key)\.pem$/, maxBytes: MEBIBYTE },
  // Certificates that the configuration names, wherever they stood.
  { pattern: /^given\/[0-9]{1,4}\.pem$/, maxBytes: MEBIBYTE },
  {
    pattern: /^sounds(?:\/[\p{L}\p{N}_][\p{L}\p{N}\p{M} ._()+-]{0,99}){1,5}$/u,
    maxBytes: 256 * MEBIBYTE,
  },
];

/** Largest size of a file of this name; undefined when there is no place for it. */
export function maxBytesOf(name: string): number | undefined {
  return name.length <= 400 ? PLACES.find(({ pattern }) => pattern.test(name))?.maxBytes : undefined;
}

export function printManifest(manifest: Manifest): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(manifest));
}

/** Reads what `printManifest` wrote; the error says what does not fit. */
export function parseManifest(bytes: Uint8Array): Result<Manifest, string> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return fail("its list of contents cannot be read");
  }
  if (!isRecord(value) || value.format !== 1 || !Array.isArray(value.files)) {
    return fail("its list of contents has another format");
  }
  const { version, madeAt, host, data, files } = value;
  if (![version, host, data].every(isText) || !isCount(madeAt) || madeAt > LATEST_MS) {
    return fail("its list of contents is incomplete");
  }
  if (files.length > MAX_FILES) return fail(`it holds ${files.length} files, at most ${MAX_FILES} are taken`);
  const entries: BackupEntry[] = [];
  for (const file of files) {
    const entry = readEntry(file);
    if (!entry.ok) return entry;
    entries.push(entry.value);
  }
  const fault = findClash(entries);
  if (fault !== undefined) return fail(fault);
  return ok({
    format: 1,
    version: version as string,
    madeAt,
    host: host as string,
    data: data as string,
    files: entries,
  });
}

function readEntry(value: unknown): Result<BackupEntry, string> {
  if (!isRecord(value) || !isText(value.name) || !isCount(value.bytes)) {
    return fail("its list of contents names a file without name or size");
  }
  const { name, bytes, sha256, from } = value;
  const shown = JSON.stringify(name.slice(0, 100));
  const maxBytes = maxBytesOf(name);
  if (maxBytes === undefined) return fail(`it holds a file that has no place here: ${shown}`);
  if (bytes > maxBytes) return fail(`${shown} is too large: ${bytes} bytes, at most ${maxBytes} are taken`);
  if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) return fail(`${shown} has no hash`);
  return ok({ name, bytes, sha256, ...(isText(from) && { from }) });
}

/** Two names that one file system or the other would take for the same place, or a missing database. */
function findClash(entries: readonly BackupEntry[]): string | undefined {
  const files = new Set<string>(), folders = new Set<string>();
  for (const { name } of entries) {
    const plain = name.normalize("NFC").toLowerCase();
    if (files.has(plain)) return `it holds ${JSON.stringify(name)} twice`;
    files.add(plain);
    for (let at = plain.indexOf("/"); at > 0; at = plain.indexOf("/", at + 1)) {
      folders.add(plain.slice(0, at));
    }
  }
  for (const folder of folders) {
    if (files.has(folder)) return `it holds ${JSON.stringify(folder)} as a file and as a folder`;
  }
  return files.has(DATABASE_NAME) ? undefined : "there is no database in it";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= 4096;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
