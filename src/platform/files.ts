/** Files and folders: read with a limit, written whole or not at all, private where they hold secrets, watched. */

import { type Clock, fail, ok, type Result } from "../base/mod.ts";

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/** How often a watched file is looked at. Looking needs no inotify and works over network and mounted folders. */
const LOOK_EVERY_MS = 1000;

/** Why a file could not be used, in words for people; the path is left to the caller. */
export function describeFileError(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "it does not exist";
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return "permission denied";
  }
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  if (error instanceof Deno.errors.NotADirectory) return "a part of its path is no folder";
  const text = error instanceof Error ? error.message : String(error);
  if (/ENOSPC|No space left/i.test(text)) return "the disk is full";
  if (/EROFS|Read-only file system/i.test(text)) return "the file system may only be read";
  return text;
}

/** The bytes of a file of at most `maxBytes`, of any size by default. */
export function readFileBytes(
  path: string,
  { maxBytes = Infinity }: { readonly maxBytes?: number } = {},
): Result<Uint8Array<ArrayBuffer>, string> {
  try {
    const { size, isDirectory } = Deno.statSync(path);
    if (isDirectory) return fail("it is a folder");
    if (size > maxBytes) return fail(`it is too large: ${size} bytes, at most ${maxBytes} are read`);
    return ok(Deno.readFileSync(path));
  } catch (error) {
    return fail(describeFileError(error));
  }
}

/** The text of a file of at most `maxBytes`; invalid UTF-8 is refused. */
export function readTextFile(
  path: string,
  options: { readonly maxBytes?: number } = {},
): Result<string, string> {
  const bytes = readFileBytes(path, { maxBytes: options.maxBytes ?? 16 * 1024 * 1024 });
  if (!bytes.ok) return bytes;
  try {
    return ok(new TextDecoder("utf-8", { fatal: true }).decode(bytes.value));
  } catch {
    return fail("it is no UTF-8 text");
  }
}

/** True when something is at `path`, of whatever kind; also where we may not look, so that reading it says so. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied;
  }
}

/** Makes a folder, and those above it, for this user only; an existing one is kept as it is. */
export function ensureFolder(path: string): Result<void, string> {
  try {
    Deno.mkdirSync(path, { recursive: true, mode: FOLDER_MODE });
    // Writing is what the folder is for, and the mode alone does not tell whether it works.
    const probe = Deno.makeTempFileSync({ dir: path, prefix: ".write-test-" });
    Deno.removeSync(probe);
    return ok(undefined);
  } catch (error) {
    return fail(describeFileError(error));
  }
}

/** Makes an empty file that only this user may read, unless it is there; what SQLite adds beside it takes the same mode. */
export function ensurePrivateFile(path: string): Result<void, string> {
  try {
    Deno.openSync(path, { read: true, write: true, create: true, mode: FILE_MODE }).close();
    return ok(undefined);
  } catch (error) {
    return fail(describeFileError(error));
  }
}

/** Puts a file in place as a whole: readers see the old contents or the new ones, also after a power cut. */
export function writeFileWhole(
  path: string,
  contents: string | Uint8Array,
  options: { readonly mode?: number } = {},
): Result<void, string> {
  const bytes = typeof contents === "string" ? new TextEncoder().encode(contents) : contents;
  const temporary = `${path}.new-${Deno.pid}`;
  try {
    const file = Deno.openSync(temporary, {
      write: true,
      create: true,
      truncate: true,
      mode: options.mode ?? FILE_MODE,
    });
    try {
      for (let sent = 0; sent < bytes.length;) sent += file.writeSync(bytes.subarray(sent));
      file.syncSync();
    } finally {
      file.close();
    }
    Deno.renameSync(temporary, path);
    return ok(undefined);
  } catch (error) {
    try {
      Deno.removeSync(temporary);
    } catch {
      // It was never made.
    }
    return fail(describeFileError(error));
  }
}

/** Removes a file; one that is not there is fine. */
export function removeFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

export interface WatchOptions {
  readonly clock: Clock;
  /** What tells one state of a file from another; the file system's own marks by default. */
  readonly mark?: (path: string) => string | undefined;
}

/**
 * Calls `changed` when the file at `path` has changed and then stayed the same for one look, so that a file half
 * written is not read. A file that vanishes tells nothing; one that comes back does. Returns how to stop.
 */
export function watchFile(path: string, changed: () => void, options: WatchOptions): () => void {
  const { clock, mark = markOf } = options;
  let known = mark(path);
  let seen = known;
  let isStopped = false;
  const look = () => {
    if (isStopped) return;
    const now = mark(path);
    if (now !== undefined && now === seen && now !== known) {
      known = now;
      changed();
    }
    seen = now;
    timer = clock.at(clock.now() + LOOK_EVERY_MS, look);
  };
  let timer = clock.at(clock.now() + LOOK_EVERY_MS, look);
  return () => {
    isStopped = true;
    timer.cancel();
  };
}

function markOf(path: string): string | undefined {
  try {
    const { mtime, size, ino, dev } = Deno.statSync(path);
    return `${dev}/${ino}/${size}/${mtime?.getTime()}`;
  } catch {
    return undefined;
  }
}
