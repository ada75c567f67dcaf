/** Our own certificate authority and the server certificates it signs: ECDSA P-256 (RFC 5280, RFC 5480, RFC 5758). */

import { canonicalIp, parseIp, type Random } from "../base/mod.ts";
import {
  bitString,
  DER,
  element,
  integer,
  objectIdentifier,
  readElements,
  sequence,
  time,
  utf8String,
} from "./der.ts";
import type { CertificatePair } from "./certificate_files.ts";

export const DAY_MS = 86_400_000;
/** Phones keep the authority for life: it must outlive them. */
const AUTHORITY_DAYS = 3650;
/** The longest that phones and browsers accept from a private authority. */
const SERVER_DAYS = 825;
/** Clocks of phones without a battery start in the past. */
const BACKDATE_MS = DAY_MS;
export const KEY = { name: "ECDSA", namedCurve: "P-256" } as const;
export const SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;
/** ecdsa-with-SHA256 (RFC 5758 §3.2). */
export const ECDSA_SHA256 = "1.2.840.10045.4.3.2";
/** Longest common name (RFC 5280, ub-common-name). */
const MAX_COMMON_NAME = 64;

export interface IssueOptions {
  readonly nowMs: number;
  readonly random: Random;
}

/** A new authority called `name`. */
export async function createAuthority(name: string, options: IssueOptions): Promise<CertificatePair> {
  const keys = await crypto.subtle.generateKey(KEY, true, ["sign", "verify"]);
  const publicKey = await exportPublicKey(keys);
  const subject = distinguishedName(name);
  const certificate = await sign(keys.privateKey, {
    serial: options.random.bytes(16),
    issuer: subject,
    subject,
    notBeforeMs: options.nowMs - BACKDATE_MS,
    notAfterMs: options.nowMs + AUTHORITY_DAYS * DAY_MS,
    publicKey,
    extensions: [
      extension(
        "2.5.29.19",
        sequence(element(DER.boolean, Uint8Array.of(255)), integer(Uint8Array.of(0))),
        true,
      ),
      // keyCertSign and cRLSign: bits 5 and 6.
      extension("2.5.29.15", bitString(Uint8Array.of(0b0000_0110), 1), true),
      extension("2.5.29.14", element(DER.octetString, await keyIdentifier(publicKey))),
    ],
  });
  return { certificate: pem("CERTIFICATE", certificate), key: await exportPrivateKey(keys) };
}

/**
 * A server certificate for `names` (DNS names and addresses), followed by that of `authority`. It may also be shown to
 * other servers as a client certificate.
 */
export async function createServerCertificate(
  authority: CertificatePair,
  options: IssueOptions & { readonly names: readonly string[] },
): Promise<CertificatePair> {
  const issuer = readAuthority(authority);
  const keys = await crypto.subtle.generateKey(KEY, true, ["sign", "verify"]);
  const publicKey = await exportPublicKey(keys);
  const commonName = options.names.find((name) => !canonicalIp(name) && name.length <= MAX_COMMON_NAME);
  const signer = await crypto.subtle.importKey("pkcs8", pemBytes(authority.key), KEY, false, ["sign"]);
  const certificate = await sign(signer, {
    serial: options.random.bytes(16),
    issuer: issuer.subject,
    subject: distinguishedName(commonName ?? "sipedge"),
    notBeforeMs: options.nowMs - BACKDATE_MS,
    // 825 days counted from the first valid moment.
    notAfterMs: options.nowMs - BACKDATE_MS + SERVER_DAYS * DAY_MS,
    publicKey,
    extensions: [
      extension("2.5.29.19", sequence(), true),
      // digitalSignature: bit 0.
      extension("2.5.29.15", bitString(Uint8Array.of(0b1000_0000), 7), true),
      // serverAuth and clientAuth.
      extension(
        "2.5.29.37",
        sequence(objectIdentifier("1.3.6.1.5.5.7.3.1"), objectIdentifier("1.3.6.1.5.5.7.3.2")),
      ),
      extension("2.5.29.14", element(DER.octetString, await keyIdentifier(publicKey))),
      extension("2.5.29.35", sequence(element(0x80, await keyIdentifier(issuer.publicKey)))),
      nameExtension(options.names),
    ],
  });
  return {
    certificate: pem("CERTIFICATE", certificate) + authority.certificate,
    key: await exportPrivateKey(keys),
  };
}

/** The subject alternative name: DNS names and addresses. */
export function nameExtension(names: readonly string[]): Uint8Array {
  return extension("2.5.29.17", sequence(...names.map(generalName)));
}

function generalName(name: string): Uint8Array {
  const address = canonicalIp(name);
  if (address) return element(0x87, parseIp(address)!);
  return element(0x82, new TextEncoder().encode(name));
}

interface Contents {
  readonly serial: Uint8Array;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  readonly extensions: readonly Uint8Array[];
}

async function sign(key: CryptoKey, contents: Contents): Promise<Uint8Array> {
  const algorithm = sequence(objectIdentifier(ECDSA_SHA256));
  const body = sequence(
    // [0] version 3.
    element(0xa0, integer(Uint8Array.of(2))),
    // A first bit of zero and another of one: positive, and never short (RFC 5280 §4.1.2.2).
    integer(contents.serial.with(0, (contents.serial[0]! & 0x7f) | 0x40)),
    algorithm,
    contents.issuer,
    sequence(time(contents.notBeforeMs), time(contents.notAfterMs)),
    contents.subject,
    contents.publicKey,
    element(0xa3, sequence(...contents.extensions)),
  );
  const signature = new Uint8Array(await crypto.subtle.sign(SIGNATURE, key, body));
  return sequence(body, algorithm, bitString(ecdsaSignature(signature)));
}

/** WebCrypto gives r and s side by side, certificates want them as two integers (RFC 3279 §2.2.3). */
export function ecdsaSignature(raw: Uint8Array): Uint8Array {
  const half = raw.length / 2;
  return sequence(integer(raw.subarray(0, half)), integer(raw.subarray(half)));
}

export function distinguishedName(commonName: string): Uint8Array {
  return sequence(
    element(DER.set, sequence(objectIdentifier("2.5.4.3"), utf8String(commonName))),
  );
}

function extension(id: string, value: Uint8Array, isCritical = false): Uint8Array {
  const critical = isCritical ? [element(DER.boolean, Uint8Array.of(255))] : [];
  return sequence(objectIdentifier(id), ...critical, element(DER.octetString, value));
}

/** Subject and public key out of the certificate of an authority: fields 5 and 6 of its body. */
function readAuthority(authority: CertificatePair): { subject: Uint8Array; publicKey: Uint8Array } {
  const certificate = readElements(pemBytes(authority.certificate))?.[0];
  const body = certificate && readElements(certificate.content)?.[0];
  const fields = body && readElements(body.content);
  const subject = fields?.[5], publicKey = fields?.[6];
  if (!subject || !publicKey) throw new SyntaxError("Cannot read own authority: not a certificate");
  return { subject: subject.whole, publicKey: publicKey.whole };
}

/** SHA-1 of the key's bits, as RFC 5280 §4.2.1.2 (1) proposes; a name, not a protection. */
async function keyIdentifier(publicKey: Uint8Array): Promise<Uint8Array> {
  const info = readElements(publicKey)?.[0];
  const bits = info && readElements(info.content)?.[1]?.content.slice(1);
  return new Uint8Array(await crypto.subtle.digest("SHA-1", bits ?? new Uint8Array()));
}

export async function exportPublicKey(keys: CryptoKeyPair): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey));
}

export async function exportPrivateKey(keys: CryptoKeyPair): Promise<string> {
  return pem("PRIVATE KEY", new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey)));
}

export function pem(label: string, bytes: Uint8Array): string {
  const lines = bytes.toBase64().match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** The bytes of the first block of a PEM text. */
export function pemBytes(text: string): Uint8Array<ArrayBuffer> {
  const body = /-----BEGIN [A-Z ]+-----([^-]*)-----END/.exec(text)?.[1] ?? "";
  return Uint8Array.fromBase64(body.replace(/\s+/g, ""));
}
