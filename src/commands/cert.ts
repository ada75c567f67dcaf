/** `sipedge cert`: the certificates of the server, from the shell. */

import { nearest } from "../config/mod.ts";
import { type Command, EXIT, type ExitCode, type Shell, UsageError } from "./command.ts";
import {
  installCertificate,
  printAuthority,
  removeCertificate,
  renewCertificate,
  requestCertificate,
} from "./cert_actions.ts";
import { showCertificates } from "./cert_show.ts";
import { type CertWork, neededNames } from "./cert_work.ts";
import { expectWords, readFlags } from "./flags.ts";
import { loadSettings, PLACE_FLAGS, PLACE_HELP } from "./settings_file.ts";

const FLAGS = { ...PLACE_FLAGS, key: "text", output: "text", force: "switch", json: "switch" } as const;

export const certCommand: Command = {
  name: "cert",
  summary: "show, renew, request or install the certificate",
  help: `Usage: sipedge cert [show] [--json]
       sipedge cert ca [--output FILE] [--json]
       sipedge cert renew [--json]
       sipedge cert request [NAME…] [--output FILE] [--force]
       sipedge cert install CERTIFICATE [--key FILE] [--force] [--json]
       sipedge cert remove

Without any of these the server makes its own authority and a certificate signed by it, and renews that in time.

  show      certificates in use, their names and days left, and the own authority
  ca        the own authority as PEM, to be installed on telephones that check certificates
  renew     a new server certificate from the own authority, now
  request   a key, and a request for an authority that others know; the key stays in the data folder. Without NAME:
            the names of all domains
  install   use this certificate (PEM, its chain behind it); without --key the key of the last request. Key, dates and
            names are checked first
  remove    back to the own certificate

A running server shows the new certificate at once; calls and connections go on.

  --output FILE    write to FILE instead of standard output
  --key FILE       private key as PEM, without passphrase
  --force          install: take a certificate that names none of the domains. request: replace an earlier request
  --json           for scripts
${PLACE_HELP}

Exit code 0 when done, 1 when it cannot be done, 3 when the configuration has problems.
`,
  run,
};

const ACTIONS = ["show", "ca", "renew", "request", "install", "remove"] as const;

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const { values, words } = readFlags(args, FLAGS);
  const [name = "show", ...rest] = words;
  const action = ACTIONS.find((one) => one === name);
  if (action === undefined) {
    const near = nearest(name, ACTIONS);
    const wish = near ? `, did you mean "${near}"?` : `: expected one of ${ACTIONS.join(", ")}`;
    throw new UsageError(`unknown action "${name}"${wish}`);
  }
  if (action !== "request") expectWords(rest, action === "install" ? ["CERTIFICATE"] : []);
  const { settings } = loadSettings(values, shell);
  const work: CertWork = { shell, settings, values, names: await neededNames(settings, shell) };
  switch (action) {
    case "show":
      await showCertificates(work);
      break;
    case "ca":
      printAuthority(work);
      break;
    case "renew":
      await renewCertificate(work);
      break;
    case "request":
      await requestCertificate(work, rest);
      break;
    case "install":
      await installCertificate(work, rest[0]!);
      break;
    case "remove":
      await removeCertificate(work);
  }
  return EXIT.ok;
}
