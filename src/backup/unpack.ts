/** A sealed backup back into files: everything is checked, and nothing is believed before its tag has held. */

import { createHash } from "node:crypto";
import { fail, ok, type Result } from "../base/mod.ts";
import { BlockReader } from "./block_reader.ts";
import { BackupFault } from "./fault.ts";
import { type BackupEntry, type Manifest, MAX_MANIFEST_BYTES, parseManifest } from "./manifest.ts";
import { hexOf } from "./pack.ts";
import { HEADER_BYTES, type Keys, open, unlock } from "./seal.ts";

const PIECE_BYTES = 65_536;

/** Where files go. A backup that turns out bad later has been told in part: its taker throws that part away. */
export interface FileSink {
  write(chunk: Uint8Array): void | Promise<void>;
  /** The file is whole and its hash is right. */
  close(): void | Promise<void>;
}

export interface UnpackOptions {
  /** Called for each file in turn; undefined for one nobody wants. The names are safe: see `manifest.ts`. */
  readonly file: (entry: BackupEntry) => FileSink | undefined;
}

/** A backup whose passphrase was right. */
export class Backup {
  readonly #read: () => AsyncIterable<Uint8Array>;
  readonly #keys: Keys;

  private constructor(read: () => AsyncIterable<Uint8Array>, keys: Keys) {
    this.#read = read;
    this.#keys = keys;
  }

  /** `read` gives the file's bytes from its beginning, as often as it is asked. */
  static async open(
    read: () => AsyncIterable<Uint8Array>,
    passphrase: string,
  ): Promise<Result<Backup, string>> {
    const keys = await unlock(await new BlockReader(read()).read(HEADER_BYTES), passphrase);
    return keys.ok ? ok(new Backup(read, keys.value)) : keys;
  }

  /** Reads the whole file; the list of contents, or what is wrong. */
  async unpack(options: UnpackOptions): Promise<Result<Manifest, string>> {
    try {
      return ok(await this.#unpack(options));
    } catch (error) {
      if (error instanceof BackupFault) return fail(error.message);
      throw error;
    }
  }

  async #unpack({ file }: UnpackOptions): Promise<Manifest> {
    const reader = new BlockReader(open(skip(this.#read(), HEADER_BYTES), this.#keys));
    const length = await reader.read(4);
    if (length.length < 4) throw new BackupFault("it is empty");
    const bytes = new DataView(length.buffer).getUint32(0);
    if (bytes > MAX_MANIFEST_BYTES) throw new BackupFault("its list of contents is too long");
    const manifest = parseManifest(await reader.read(bytes));
    if (!manifest.ok) throw new BackupFault(manifest.error);
    for (const entry of manifest.value.files) await copy(reader, entry, file(entry));
    if (!await reader.isAtEnd()) throw new BackupFault("more follows behind the last file of its list");
    return manifest.value;
  }
}

async function copy(reader: BlockReader, entry: BackupEntry, sink: FileSink | undefined): Promise<void> {
  const hash = createHash("sha256");
  for (let left = entry.bytes; left > 0;) {
    const piece = await reader.readSome(Math.min(left, PIECE_BYTES));
    if (piece.length === 0) throw new BackupFault(`"${entry.name}" is shorter than its list says`);
    hash.update(piece);
    left -= piece.length;
    await sink?.write(piece);
  }
  if (hexOf(hash) !== entry.sha256) throw new BackupFault(`the hash of "${entry.name}" is wrong`);
  await sink?.close();
}

async function* skip(chunks: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  let left = bytes;
  for await (const chunk of chunks) {
    if (left < chunk.length) yield left > 0 ? chunk.subarray(left) : chunk;
    left = Math.max(0, left - chunk.length);
  }
}
