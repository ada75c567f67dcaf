/** Files into one sealed backup. */

import { createHash, type Hash } from "node:crypto";
import type { Random } from "../base/mod.ts";
import { BackupFault } from "./fault.ts";
import { type BackupEntry, type Manifest, printManifest } from "./manifest.ts";
import { seal } from "./seal.ts";

export interface PackOptions {
  readonly manifest: Manifest;
  /** The bytes of one file of the list, as long as the list says. */
  readonly read: (name: string) => AsyncIterable<Uint8Array>;
  readonly passphrase: string;
  readonly random: Random;
  /** For tests: less work for the passphrase. */
  readonly logN?: number;
}

/** The bytes of the backup. Throws {@linkcode BackupFault} when a file is not what the list says. */
export function pack(options: PackOptions): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  return seal(contents(options), options);
}

/** `u32 length, list of contents, file, file, …` */
async function* contents({ manifest, read }: PackOptions): AsyncGenerator<Uint8Array> {
  const head = printManifest(manifest);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, head.length);
  yield length;
  yield head;
  for (const entry of manifest.files) yield* checked(entry, read(entry.name));
}

async function* checked(entry: BackupEntry, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
    yield chunk;
  }
  if (bytes !== entry.bytes || hexOf(hash) !== entry.sha256) {
    throw new BackupFault(`"${entry.name}" changed while it was read: try again`);
  }
}

/** Size and hash of a file that is about to be packed. */
export async function measure(
  chunks: AsyncIterable<Uint8Array>,
): Promise<Pick<BackupEntry, "bytes" | "sha256">> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hexOf(hash) };
}

export function hexOf(hash: Hash): string {
  return hash.digest("hex");
}
