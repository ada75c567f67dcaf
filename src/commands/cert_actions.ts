/** What `sipedge cert` does to certificates. A running server takes everything over at once. */

import { resolve } from "node:path/posix";
import { SILENT_LOG } from "../base/mod.ts";
import type { Settings } from "../config/mod.ts";
import { ownCertificateNames } from "../office/own_names.ts";
import { dropUploaded, findUploadedCertificate, putUploaded } from "../office/uploaded_certificate.ts";
import { type CertificateFacts, certificateFacts, checkPair } from "../platform/certificate_files.ts";
import { matchesName } from "../platform/certificate_names.ts";
import { createCertificateRequest } from "../platform/certificate_request.ts";
import { giveToOwnerOf } from "../platform/exchange.ts";
import { ensureFolder, exists, readTextFile, removeFile, writeFileWhole } from "../platform/mod.ts";
import { OwnCertificate } from "../platform/own_certificate.ts";
import { describeFacts, filesInUse } from "./cert_show.ts";
import { type CertWork, hostNames } from "./cert_work.ts";
import { CommandError } from "./command.ts";
import { ask, isServed } from "./control_client.ts";
import { controlPath } from "./places.ts";
import { printJson } from "./print.ts";

/** The own authority, for telephones. */
export function printAuthority({ shell, settings, values }: CertWork): void {
  const path = `${settings.server.data}/tls/ca.pem`;
  const text = readTextFile(path);
  if (!text.ok) {
    throw new CommandError(
      `Cannot read the own authority "${path}": ${text.error}. The server makes it at its first start with tls.certificate: auto`,
    );
  }
  const facts = certificateFacts(text.value);
  if (!facts) {
    throw new CommandError(`Cannot read the own authority "${path}": there is no PEM certificate in it`);
  }
  if (values.output !== undefined) return write(resolve(shell.folder, values.output), text.value, 0o644);
  if (!values.json) return shell.output.write(text.value);
  const { source: _source, problems: _problems, names: _names, ...shown } = describeFacts(
    facts,
    { source: "own authority", file: path },
    shell.clock.now(),
  );
  shell.output.write(printJson({ ...shown, certificate: text.value }));
}

export async function renewCertificate(work: CertWork): Promise<void> {
  const { shell, settings, names } = work;
  const { source, files } = filesInUse(settings);
  if (source !== "own") {
    throw new CommandError(
      `The own certificate is not in use: ${
        source === "installed"
          ? 'one was installed; "sipedge cert remove" goes back to the own one'
          : `the configuration file names "${files[0]?.cert}"`
      }`,
    );
  }
  const folder = `${settings.server.data}/tls`;
  const own = new OwnCertificate({
    folder,
    random: shell.random,
    log: SILENT_LOG,
    nowMs: () => shell.clock.now(),
  });
  const renewed = await own.renew(ownCertificateNames(settings, names));
  if (!renewed.ok) throw new CommandError(renewed.error);
  await takeOver(work, folder);
  reportUse(work, renewed.value, "Renewed");
}

/** The key of a request waits here for its certificate. */
function requestKeyPath({ server }: Settings): string {
  return `${server.data}/tls/request.key`;
}

export async function requestCertificate(work: CertWork, words: readonly string[]): Promise<void> {
  const { shell, settings, values } = work;
  const names = words.length > 0 ? words.map((name) => name.toLowerCase()) : publicNames(work);
  if (names.length === 0) {
    throw new CommandError("There is no domain with a name of the DNS: say for which NAME");
  }
  const path = requestKeyPath(settings);
  if (exists(path) && !values.force) {
    throw new CommandError(
      `There is a request already, its key is "${path}": install its certificate, or say --force for a new one`,
    );
  }
  const folder = ensureFolder(`${settings.server.data}/tls`);
  if (!folder.ok) throw new CommandError(`Cannot use "${settings.server.data}/tls": ${folder.error}`);
  const { certificate: request, key } = await createCertificateRequest(names);
  write(path, key, 0o600);
  giveToOwnerOf(settings.server.data, path);
  if (values.output === undefined) shell.output.write(request);
  else write(resolve(shell.folder, values.output), request, 0o644);
  shell.error.write(
    `A request for ${names.join(", ")}. Its key stays in "${path}"; when the authority has answered: ` +
      "sipedge cert install CERTIFICATE\n",
  );
}

/** No authority signs for a name that is not one in the DNS. */
function publicNames({ names }: CertWork): string[] {
  return hostNames(names).filter((name) => name.includes(".") && !name.endsWith(".local"));
}

export async function installCertificate(work: CertWork, name: string): Promise<void> {
  const { shell, settings, values } = work;
  if (settings.tls.certificate !== "auto") {
    const { cert, key } = settings.tls.certificate[0]!;
    throw new CommandError(
      `The configuration file names the certificate: put the new one into "${cert}" and "${key}", the server takes it from there`,
    );
  }
  const requested = requestKeyPath(settings);
  const keyPath = values.key === undefined ? requested : resolve(shell.folder, values.key);
  if (values.key === undefined && !exists(requested)) {
    throw new CommandError("There is no request whose key could be used: say --key FILE");
  }
  const files = { cert: resolve(shell.folder, name), key: keyPath };
  const [certificate, key] = [readTextFile(files.cert), readTextFile(files.key)];
  if (!certificate.ok) throw new CommandError(`Cannot use certificate "${files.cert}": ${certificate.error}`);
  if (!key.ok) throw new CommandError(`Cannot use key "${files.key}": ${key.error}`);
  const pair = { certificate: certificate.value, key: key.value };
  const checked = checkPair(pair, shell.clock.now(), files);
  if (!checked.ok) throw new CommandError(checked.error.message);
  checkNames(work, checked.value);
  const put = putUploaded(settings.server.data, pair);
  if (!put.ok) throw new CommandError(put.error);
  await takeOver(work, `${settings.server.data}/tls`);
  if (keyPath === requested) removeFile(requested);
  reportUse(work, checked.value, "Installed");
  if (
    checked.value.issuer !== checked.value.subject && pair.certificate.split("BEGIN CERTIFICATE").length === 2
  ) {
    shell.error.write(
      "There is no chain behind the certificate: append those of the authorities between it and the root, or phones may not trust it\n",
    );
  }
}

function checkNames({ shell, names, values }: CertWork, facts: CertificateFacts): void {
  const wanted = hostNames(names);
  const missing = wanted.filter((name) => !matchesName(facts.names, name));
  if (missing.length === 0) return;
  if (missing.length === wanted.length && !values.force) {
    throw new CommandError(
      `The certificate names ${facts.names.join(", ") || "nothing"}, and none of ${
        wanted.join(", ")
      }: phones that ` +
        "check names would refuse it; say --force to use it all the same",
    );
  }
  shell.error.write(`It does not name ${missing.join(", ")}: phones that check names refuse it there\n`);
}

export async function removeCertificate(work: CertWork): Promise<void> {
  const { shell, settings } = work;
  if (!findUploadedCertificate(settings.server.data)) throw new CommandError("No certificate was installed");
  dropUploaded(settings.server.data);
  await takeOver(work, `${settings.server.data}/tls`);
  shell.error.write("Back to the own certificate\n");
}

/** The server's user must be able to read what root has written; then the server looks at once. */
async function takeOver({ shell, settings }: CertWork, folder: string): Promise<void> {
  const { data } = settings.server;
  const given = giveToOwnerOf(data, folder);
  if (!given.ok) throw new CommandError(`Cannot give "${folder}" to the server's user: ${given.error}`);
  if (!await isServed(controlPath(data))) return;
  try {
    await ask(controlPath(data), "certificatesChanged");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    shell.error.write(`The files are in place, but the running server did not take them over: ${reason}\n`);
  }
}

function reportUse({ shell, values }: CertWork, facts: CertificateFacts, done: string): void {
  const { names, notAfterMs, fingerprint } = facts;
  const until = new Date(notAfterMs).toISOString();
  if (values.json) shell.output.write(printJson({ names, until, fingerprint }));
  else {shell.error.write(
      `${done}: ${names.join(", ")}, until ${until.slice(0, 10)}, SHA-256 ${fingerprint}\n`,
    );}
}

function write(path: string, text: string, mode: number): void {
  const written = writeFileWhole(path, text, { mode });
  if (!written.ok) throw new CommandError(`Cannot write "${path}": ${written.error}`);
}
