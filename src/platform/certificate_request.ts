/** Requests for a certificate, to be signed by an authority that others know (PKCS #10, RFC 2986). */

import { canonicalIp } from "../base/mod.ts";
import type { CertificatePair } from "./certificate_files.ts";
import { bitString, DER, element, integer, objectIdentifier, sequence } from "./der.ts";
import {
  distinguishedName,
  ECDSA_SHA256,
  ecdsaSignature,
  exportPrivateKey,
  exportPublicKey,
  KEY,
  nameExtension,
  pem,
  SIGNATURE,
} from "./own_authority.ts";

const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";

/** A new key (ECDSA P-256) and a request for `names` (DNS names and addresses); `certificate` is the request as PEM. */
export async function createCertificateRequest(names: readonly string[]): Promise<CertificatePair> {
  const keys = await crypto.subtle.generateKey(KEY, true, ["sign", "verify"]);
  const commonName = names.find((name) => !canonicalIp(name) && name.length <= 64) ?? names[0] ?? "sipedge";
  const body = sequence(
    integer(Uint8Array.of(0)),
    distinguishedName(commonName),
    await exportPublicKey(keys),
    // [0] attributes: what the certificate shall say beside the subject.
    element(
      0xa0,
      sequence(
        objectIdentifier(EXTENSION_REQUEST),
        element(DER.set, sequence(nameExtension(names))),
      ),
    ),
  );
  const signature = new Uint8Array(await crypto.subtle.sign(SIGNATURE, keys.privateKey, body));
  const request = sequence(
    body,
    sequence(objectIdentifier(ECDSA_SHA256)),
    bitString(ecdsaSignature(signature)),
  );
  return { certificate: pem("CERTIFICATE REQUEST", request), key: await exportPrivateKey(keys) };
}
