/** Certificates as they lie on disk, which is what a running server shows. */

import type { Settings } from "../config/mod.ts";
import { findUploadedCertificate } from "../office/uploaded_certificate.ts";
import { type CertificateFacts, certificateFacts, loadCertificate } from "../platform/certificate_files.ts";
import { matchesName } from "../platform/certificate_names.ts";
import { DAY_MS } from "../platform/own_authority.ts";
import { exists, readTextFile } from "../platform/mod.ts";
import { type CertWork, hostNames } from "./cert_work.ts";
import { plain, printJson, printTime } from "./print.ts";

/** Files of the certificates that a server with these settings shows, and where they come from. */
export function filesInUse(
  { server, tls }: Settings,
): {
  readonly source: "own" | "installed" | "configuration";
  readonly files: readonly { readonly cert: string; readonly key: string }[];
} {
  if (tls.certificate !== "auto") return { source: "configuration", files: tls.certificate };
  const uploaded = findUploadedCertificate(server.data);
  if (uploaded) return { source: "installed", files: uploaded };
  const own = { cert: `${server.data}/tls/server.pem`, key: `${server.data}/tls/server.key` };
  return { source: "own", files: [own] };
}

interface Shown {
  readonly source: string;
  readonly file: string;
  readonly names?: readonly string[];
  readonly subject?: string;
  readonly issuer?: string;
  readonly from?: string;
  readonly until?: string;
  readonly daysLeft?: number;
  readonly fingerprint?: string;
  /** What is wrong, and what to do. */
  readonly problems: readonly string[];
}

export async function showCertificates(work: CertWork): Promise<void> {
  const { shell, settings, values } = work;
  const { source, files } = filesInUse(settings);
  const certificates: Shown[] = [];
  for (const pair of files) certificates.push(await describe(pair, { ...work, source }));
  const path = `${settings.server.data}/tls/ca.pem`;
  const text = exists(path) ? readTextFile(path) : undefined;
  const facts = text?.ok ? certificateFacts(text.value) : undefined;
  const authority = facts && describeFacts(facts, { source: "own authority", file: path }, shell.clock.now());
  if (values.json) shell.output.write(printJson({ certificates, ...(authority && { authority }) }));
  else shell.output.write([...certificates, ...(authority ? [authority] : [])].map(print).join("\n"));
}

async function describe(
  pair: { readonly cert: string; readonly key: string },
  { shell, names, source }: CertWork & { readonly source: string },
): Promise<Shown> {
  const nowMs = shell.clock.now();
  const at = { source, file: pair.cert };
  if (source === "own" && !exists(pair.cert)) {
    return { ...at, problems: ["there is none yet: the server makes it at its first start"] };
  }
  const loaded = await loadCertificate(pair, nowMs);
  const text = readTextFile(pair.cert);
  const facts = text.ok ? certificateFacts(text.value) : undefined;
  if (!facts) return { ...at, problems: [loaded.ok ? "it cannot be read" : loaded.error] };
  const missing = hostNames(names).filter((name) => !matchesName(facts.names, name));
  const shown = describeFacts(facts, at, nowMs);
  return {
    ...shown,
    problems: [
      ...(loaded.ok ? [] : [loaded.error]),
      ...(source !== "own" && shown.daysLeft! < 21 && loaded.ok
        ? [`it ends in ${shown.daysLeft} days: replace it`]
        : []),
      ...(missing.length > 0
        ? [`it does not name ${missing.join(", ")}: phones that check names refuse it there`]
        : []),
    ],
  };
}

export function describeFacts(
  facts: CertificateFacts,
  at: { readonly source: string; readonly file: string },
  nowMs: number,
): Shown {
  const { names, subject, issuer, notBeforeMs, notAfterMs, fingerprint } = facts;
  return {
    ...at,
    names,
    subject,
    issuer,
    from: new Date(notBeforeMs).toISOString(),
    until: new Date(notAfterMs).toISOString(),
    daysLeft: Math.floor((notAfterMs - nowMs) / DAY_MS),
    fingerprint,
    problems: [],
  };
}

const SOURCES: Readonly<Record<string, string>> = {
  own: "own server certificate",
  installed: "installed certificate",
  configuration: "certificate of the configuration file",
};

function print(
  { source, file, names = [], subject, issuer, until, daysLeft, fingerprint, problems }: Shown,
): string {
  const lines = [`${SOURCES[source] ?? source}: ${file}`];
  const line = (label: string, text: string) => lines.push(`  ${label.padEnd(9)}${plain(text)}`);
  if (names.length > 0) line("names", names.join(", "));
  if (subject !== undefined) line("subject", subject);
  if (issuer !== undefined) line("issuer", issuer);
  if (until !== undefined) line("until", `${printTime(Date.parse(until))}, ${daysLeft} days left`);
  if (fingerprint !== undefined) line("SHA-256", fingerprint);
  for (const problem of problems) line("PROBLEM", problem);
  return `${lines.join("\n")}\n`;
}
