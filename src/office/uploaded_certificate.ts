/** Where a certificate uploaded on the page lies; it is served instead of the own one when the file says `auto`. */

import { exists } from "../platform/files.ts";

export interface UploadedCertificate {
  readonly folder: string;
  readonly cert: string;
  readonly key: string;
}

export function uploadedCertificate(data: string): UploadedCertificate {
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
