/** Files of any size as a stream of bytes, private from their first byte on. */

import { fail, ok, type Result } from "../base/mod.ts";
import { describeFileError } from "./files.ts";
import { folderEntries } from "./folders.ts";

const PIECE_BYTES = 65_536;

/** The bytes of a file, from its beginning. Throws with a reason in words. */
export async function* readBytes(path: string): AsyncGenerator<Uint8Array> {
  try {
    const file = await Deno.open(path, { read: true });
    try {
      for (;;) {
        const piece = new Uint8Array(PIECE_BYTES);
        const count = await file.read(piece);
        if (count === null) return;
        yield piece.subarray(0, count);
      }
    } finally {
      file.close();
    }
  } catch (error) {
    throw new Error(`Cannot read "${path}": ${describeFileError(error)}`, { cause: error });
  }
}

/** A file that is being written. */
export interface ByteWriter {
  /** Throws with a reason in words. */
  write(bytes: Uint8Array): void;
  /** On disk afterwards. */
  close(): void;
}

/** Makes a file that is not there yet, and the folders above it. Throws with a reason in words. */
export function createBytes(path: string): ByteWriter {
  const described = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw new Error(`Cannot write "${path}": ${describeFileError(error)}`, { cause: error });
    }
  };
  const file = described(() => {
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o700 });
    return Deno.openSync(path, { write: true, createNew: true, mode: 0o600 });
  });
  return {
    write: (bytes) =>
      described(() => {
        for (let sent = 0; sent < bytes.length;) sent += file.writeSync(bytes.subarray(sent));
      }),
    close: () =>
      described(() => {
        try {
          file.syncSync();
        } finally {
          file.close();
        }
      }),
  };
}

/** Moves a file over another of the same file system. */
export function moveFile(from: string, to: string): Result<void, string> {
  try {
    Deno.renameSync(from, to);
    return ok(undefined);
  } catch (error) {
    return fail(describeFileError(error));
  }
}

/** A folder within another, with a new name, for this user only; the error is a reason in words. */
export function makeFolderIn(folder: string, prefix: string): Result<string, string> {
  try {
    return ok(Deno.makeTempDirSync({ dir: folder, prefix }));
  } catch (error) {
    return fail(describeFileError(error));
  }
}

/** Removes folders within `folder` whose names begin so and that nobody has touched since: left by a process that died. */
export function removeStaleFolders(
  folder: string,
  { prefix, beforeMs }: { readonly prefix: string; readonly beforeMs: number },
): void {
  for (const name of folderEntries(folder)) {
    if (!name.startsWith(prefix)) continue;
    const { mtime } = Deno.lstatSync(`${folder}/${name}`);
    if (mtime !== null && mtime.getTime() < beforeMs) removeFolder(`${folder}/${name}`);
  }
}

/** Removes a folder with all that is in it; one that is not there is fine. */
export function removeFolder(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
