/** The envelope of a backup: a passphrase, scrypt (RFC 7914), AES-256-GCM (NIST SP 800-38D) in chunks. */

import { createCipheriv, createDecipheriv, createHmac, scrypt, timingSafeEqual } from "node:crypto";
import { fail, ok, type Random, type Result } from "../base/mod.ts";
import { BlockReader } from "./block_reader.ts";
import { BackupFault } from "./fault.ts";

/*
 *   0  16  "sipedge backup\r\n": damage by a transfer as text shows at once
 *  16   1  version of this format
 *  17   1  log2 of scrypt's N; r is 8, p is 3
 *  18  16  salt
 *  34  32  HMAC-SHA-256 over bytes 0 to 33: tells a wrong passphrase from damage
 *  66   …  chunks of 65,536 bytes, the last one 0 to 65,536, each followed by its tag of 16 bytes
 *
 * The key is new with every salt, so that the place of a chunk and "this is the last one" are nonce enough: no chunk can
 * be changed, moved, repeated, left out or cut off.
 */
const MAGIC = new TextEncoder().encode("sipedge backup\r\n");
const VERSION = 1;
const SALT_BYTES = 16;
const MAC_AT = MAGIC.length + 2 + SALT_BYTES;
const MAC_BYTES = 32;
export const HEADER_BYTES = MAC_AT + MAC_BYTES;
export const CHUNK_BYTES = 65_536;
const TAG_BYTES = 16;

/**
 * 32 MB and about 0.2 s a try: the third of the equal choices that OWASP gives for scrypt, since the server makes backups,
 * too. A header may ask for less, never for more: a file must not eat the machine's memory.
 */
const LOG_N = 15;
const MIN_LOG_N = 10;
const P = 3;

export const MIN_PASSPHRASE = 8;
export const MAX_PASSPHRASE = 1024;

/** Seals chunks of any size. `logN` is for tests: less work. */
export async function* seal(
  plain: AsyncIterable<Uint8Array>,
  options: { readonly passphrase: string; readonly random: Random; readonly logN?: number },
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const header = new Uint8Array(HEADER_BYTES);
  const logN = options.logN ?? LOG_N;
  header.set(MAGIC);
  header.set([VERSION, logN], MAGIC.length);
  const salt = options.random.bytes(SALT_BYTES);
  header.set(salt, MAGIC.length + 2);
  const keys = await deriveKeys(options.passphrase, { salt, logN });
  header.set(macOf(header, keys), MAC_AT);
  yield header;
  const reader = new BlockReader(plain);
  for (let index = 0;; index++) {
    const block = await reader.read(CHUNK_BYTES);
    const isLast = await reader.isAtEnd();
    const cipher = createCipheriv("aes-256-gcm", keys.cipher, nonceOf(index, isLast));
    const chunk = new Uint8Array(block.length + TAG_BYTES);
    chunk.set(cipher.update(block));
    cipher.final();
    chunk.set(cipher.getAuthTag(), block.length);
    yield chunk;
    if (isLast) return;
  }
}

export interface Keys {
  readonly cipher: Uint8Array;
  readonly mac: Uint8Array;
}

/** The keys of a sealed file, from its first {@linkcode HEADER_BYTES} bytes. The error says what is wrong with it. */
export async function unlock(header: Uint8Array, passphrase: string): Promise<Result<Keys, string>> {
  if (header.length < MAGIC.length || !MAGIC.every((byte, at) => header[at] === byte)) {
    return fail("it is no backup of sipedge");
  }
  const version = header[MAGIC.length], logN = header[MAGIC.length + 1];
  if (version !== VERSION) {
    return fail(
      `it has format ${version ?? "none"}, and only format ${VERSION} is known: use a newer sipedge`,
    );
  }
  if (header.length < HEADER_BYTES || logN === undefined) return fail("it is cut off");
  if (logN < MIN_LOG_N || logN > LOG_N) return fail("its header makes no sense: it is damaged");
  const salt = header.slice(MAGIC.length + 2, MAC_AT);
  const keys = await deriveKeys(passphrase, { salt, logN });
  if (timingSafeEqual(macOf(header, keys), header.slice(MAC_AT, HEADER_BYTES))) return ok(keys);
  return fail("the passphrase is wrong, or the first bytes of the file are damaged");
}

/** What was sealed, chunk by chunk, each only after its tag has held. `sealed` begins behind the header. */
export async function* open(sealed: AsyncIterable<Uint8Array>, keys: Keys): AsyncGenerator<Uint8Array> {
  const reader = new BlockReader(sealed);
  for (let index = 0;; index++) {
    const chunk = await reader.read(CHUNK_BYTES + TAG_BYTES);
    const isLast = await reader.isAtEnd();
    const place = HEADER_BYTES + index * (CHUNK_BYTES + TAG_BYTES);
    if (chunk.length < TAG_BYTES) throw new BackupFault(`it is cut off at byte ${place + chunk.length}`);
    const decipher = createDecipheriv("aes-256-gcm", keys.cipher, nonceOf(index, isLast));
    const length = chunk.length - TAG_BYTES;
    decipher.setAuthTag(chunk.subarray(length));
    const plain = decipher.update(chunk.subarray(0, length));
    try {
      decipher.final();
    } catch {
      throw new BackupFault(`it is damaged or cut off between bytes ${place} and ${place + chunk.length}`);
    }
    yield plain;
    if (isLast) return;
  }
}

function macOf(header: Uint8Array, keys: Keys): Uint8Array {
  return new Uint8Array(createHmac("sha256", keys.mac).update(header.slice(0, MAC_AT)).digest());
}

function nonceOf(index: number, isLast: boolean): Uint8Array {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setUint32(7, index);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

function deriveKeys(passphrase: string, { salt, logN }: { salt: Uint8Array; logN: number }): Promise<Keys> {
  const N = 2 ** logN;
  // One spelling for letters that can be typed in two ways (NFC): é of a Mac is é of Windows.
  const text = passphrase.normalize("NFC");
  return new Promise((resolve, reject) =>
    scrypt(text, salt, 64, { N, r: 8, p: P, maxmem: 2048 * N }, (error, derived) => {
      if (error) return reject(error);
      const bytes = new Uint8Array(derived);
      resolve({ cipher: bytes.slice(0, 32), mac: bytes.slice(32) });
    })
  );
}
