/** Names inside a certificate (RFC 5280 §4.2.1.6) and whether they match a host (RFC 6125 §6.4, RFC 5922 §7.2). */

import { canonicalIp, printIp, sameBytes } from "../base/mod.ts";
import { DER, type Element, objectIdentifier, readElements } from "./der.ts";

const SUBJECT_ALT_NAME = objectIdentifier("2.5.29.17");
/** Context tags: `[3]` extensions of a certificate; `[2] [6] [7]` names of three kinds. */
const EXTENSIONS = 0xa3;
const DNS_NAME = 0x82;
const URI_NAME = 0x86;
const IP_ADDRESS = 0x87;

/**
 * DNS names in lower case, addresses in canonical text, and hosts of `sip:` URIs in the subject alternative name of a
 * DER certificate; empty when it has none or cannot be read. The subject's common name is not looked at (RFC 6125 §6.4.4).
 */
export function certificateNames(der: Uint8Array): readonly string[] {
  const names = new Set<string>();
  for (const item of alternativeNames(der)) {
    const name = nameOf(item);
    if (name) names.add(name);
  }
  return [...names];
}

/**
 * ```
 * Certificate    ::= SEQUENCE { tbsCertificate SEQUENCE { … [3] { SEQUENCE OF Extension } }, … }
 * Extension      ::= SEQUENCE { extnID OID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }
 * SubjectAltName ::= SEQUENCE OF GeneralName
 * ```
 */
function alternativeNames(der: Uint8Array): Element[] {
  const certificate = children(readElements(der)?.[0]);
  const extensions = children(certificate[0]).find(({ tag }) => tag === EXTENSIONS);
  for (const extension of children(children(extensions)[0])) {
    const parts = children(extension);
    if (!parts[0] || !sameBytes(parts[0].whole, SUBJECT_ALT_NAME)) continue;
    const value = parts.at(-1);
    if (value?.tag === DER.octetString) return children(readElements(value.content)?.[0]);
  }
  return [];
}

function children(parent: Element | undefined): Element[] {
  return parent ? readElements(parent.content) ?? [] : [];
}

function nameOf({ tag, content }: Element): string | undefined {
  if (tag === IP_ADDRESS) {
    return content.length === 4 || content.length === 16 ? canonicalIp(printIp(content)) : undefined;
  }
  if (tag !== DNS_NAME && tag !== URI_NAME) return undefined;
  const text = String.fromCharCode(...content.subarray(0, 1024)).toLowerCase();
  // RFC 5922 §7.1: a domain may stand as a `sip:` URI without user.
  const host = tag === DNS_NAME ? text : /^sips?:([^@;?:]+)$/.exec(text)?.[1];
  return host !== undefined && HOST_NAME.test(host) ? host : undefined;
}

/** A zero byte or a blank in a name is an attempt to look like another one. */
const HOST_NAME = /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/** True when `host` is one of `names`; `*.example` stands for exactly one label. */
export function matchesName(names: readonly string[], host: string): boolean {
  const wanted = canonicalIp(host) ?? host.toLowerCase().replace(/\.$/, "");
  if (names.includes(wanted)) return true;
  const dot = wanted.indexOf(".");
  return dot > 0 && canonicalIp(host) === undefined && names.includes(`*${wanted.slice(dot)}`);
}
