/** Certificates and keys in PEM files: read, checked against one another, written whole. */

import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { fail, ok, type Result } from "../base/mod.ts";
import { certificateNames } from "./certificate_names.ts";

/** PEM texts: a certificate (with its chain behind it) and its private key. */
export interface CertificatePair {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateFacts {
  /** DNS names and addresses, lower case. */
  readonly names: readonly string[];
  readonly subject: string;
  readonly issuer: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** SHA-256 over the certificate, upper-case hexadecimal with colons. */
  readonly fingerprint: string;
}

export interface LoadedCertificate extends CertificateFacts {
  readonly pair: CertificatePair;
}

/** Why a pair cannot be used; `message` says it in English, `reason` lets others say it. */
export interface PairFault {
  readonly reason: "no-certificate" | "no-key" | "key-encrypted" | "other-key" | "expired" | "not-yet-valid";
  readonly message: string;
  /** `day` (ISO 8601) where the reason is a time. */
  readonly values?: { readonly day: string };
}

const MAX_FILE_BYTES = 1_048_576;

/** Reads both files and checks that they are usable at `nowMs`. The error names the file and what is wrong. */
export async function loadCertificate(
  files: { readonly cert: string; readonly key: string },
  nowMs: number,
): Promise<Result<LoadedCertificate, string>> {
  const certificate = await readText(files.cert), key = await readText(files.key);
  if (!certificate.ok) return fail(`Cannot use certificate "${files.cert}": ${certificate.error}`);
  if (!key.ok) return fail(`Cannot use key "${files.key}": ${key.error}`);
  const checked = checkPair({ certificate: certificate.value, key: key.value }, nowMs, files);
  return checked.ok ? checked : fail(checked.error.message);
}

/** Checks that a certificate and its key belong together and are valid at `nowMs`; `names` are for the error's words. */
export function checkPair(
  pair: CertificatePair,
  nowMs: number,
  names: { readonly cert: string; readonly key: string } = { cert: "certificate", key: "key" },
): Result<LoadedCertificate, PairFault> {
  const refuse = (reason: PairFault["reason"], what: string, ms?: number) =>
    fail({
      reason,
      message: `Cannot use ${what}${ms === undefined ? "" : ` ${day(ms)}`}`,
      ...(ms !== undefined && { values: { day: day(ms) } }),
    });
  const certificate = `certificate "${names.cert}"`;
  const leaf = readCertificate(pair.certificate);
  if (!leaf) return refuse("no-certificate", `${certificate}: there is no PEM certificate in it`);
  const privateKey = readKey(pair.key);
  if (!privateKey.ok) {
    const { reason, text } = privateKey.error;
    return refuse(reason, `key "${names.key}": ${text}`);
  }
  if (!leaf.checkPrivateKey(privateKey.value)) {
    return refuse("other-key", `${certificate}: key "${names.key}" belongs to another certificate`);
  }
  const facts = factsOf(leaf);
  if (facts.notAfterMs <= nowMs) return refuse("expired", `${certificate}: expired on`, facts.notAfterMs);
  if (facts.notBeforeMs > nowMs) {
    return refuse("not-yet-valid", `${certificate}: not valid before`, facts.notBeforeMs);
  }
  return ok({ ...facts, pair });
}

/** What stands in the first certificate of a PEM text; undefined when there is none. */
export function certificateFacts(text: string): CertificateFacts | undefined {
  const certificate = readCertificate(text);
  return certificate && factsOf(certificate);
}

function factsOf(certificate: X509Certificate): CertificateFacts {
  return {
    names: certificateNames(certificate.raw),
    subject: certificate.subject,
    issuer: certificate.issuer,
    notBeforeMs: Date.parse(certificate.validFrom),
    notAfterMs: Date.parse(certificate.validTo),
    fingerprint: certificate.fingerprint256,
  };
}

function readCertificate(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}

function readKey(
  text: string,
): Result<KeyObject, { readonly reason: PairFault["reason"]; readonly text: string }> {
  if (/ENCRYPTED/.test(text)) {
    return fail({ reason: "key-encrypted", text: "it is encrypted with a passphrase; store it without one" });
  }
  try {
    return ok(createPrivateKey(text));
  } catch {
    return fail({ reason: "no-key", text: "there is no PEM private key in it" });
  }
}

/** The error is a reason in words. */
export async function readText(path: string): Promise<Result<string, string>> {
  try {
    const { size, isFile } = await Deno.stat(path);
    if (!isFile) return fail("it is not a file");
    if (size > MAX_FILE_BYTES) return fail("it is too large");
    return ok(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return fail("file not found");
    if (error instanceof Deno.errors.PermissionDenied) {
      return fail("no permission to read it");
    }
    return fail(error instanceof Error ? error.message : String(error));
  }
}

/** Writes a file whole or not at all. Keys are readable by the owner alone from their first byte on. */
export async function writeText(
  path: string,
  text: string,
  options: { readonly mode: number },
): Promise<void> {
  const temporary = `${path}.new`;
  await Deno.remove(temporary).catch(() => {});
  await Deno.writeTextFile(temporary, text, { mode: options.mode, createNew: true });
  await Deno.chmod(temporary, options.mode);
  await Deno.rename(temporary, path);
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
