/** Where a certificate uploaded on the page or installed from the shell lies; served instead of the own one with `auto`. */

import { fail, ok, type Result } from "../base/mod.ts";
import type { CertificatePair } from "../platform/certificate_files.ts";
import { ensureFolder, exists, removeFile, writeFileWhole } from "../platform/files.ts";

interface UploadedCertificate {
  readonly folder: string;
  readonly cert: string;
  readonly key: string;
}

function uploadedCertificate(data: string): UploadedCertificate {
  const folder = `${data}/tls/uploaded`;
  return { folder, cert: `${folder}/certificate.pem`, key: `${folder}/key.pem` };
}

/** The uploaded pair, if both files are there. */
export function findUploadedCertificate(
  data: string,
): readonly { readonly cert: string; readonly key: string }[] | undefined {
  const { cert, key } = uploadedCertificate(data);
  return exists(cert) && exists(key) ? [{ cert, key }] : undefined;
}

/** Puts a checked pair in place; the error says what could not be written. */
export function putUploaded(data: string, pair: CertificatePair): Result<void, string> {
  const { folder, cert, key } = uploadedCertificate(data);
  const made = ensureFolder(folder);
  if (!made.ok) return fail(`Cannot use "${folder}": ${made.error}`);
  // The key first: a certificate without its key would be found unusable by whoever looks in between.
  for (const [path, text] of [[key, pair.key], [cert, pair.certificate]] as const) {
    const written = writeFileWhole(path, text);
    if (!written.ok) return fail(`Cannot write "${path}": ${written.error}`);
  }
  return ok(undefined);
}

/** Back to the own certificate. */
export function dropUploaded(data: string): void {
  const { cert, key } = uploadedCertificate(data);
  removeFile(cert);
  removeFile(key);
}
