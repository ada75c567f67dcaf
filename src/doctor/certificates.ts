/** Certificates as a phone meets them at a TLS listener, and as they lie in files. */

import { enumerate, type Finding, fine, problem, warning } from "./finding.ts";

const DAY_MS = 86_400_000;
/** A certificate of others is renewed by somebody who needs time. */
const WARN_DAYS = 21;

/** What a TLS listener showed to somebody who asked for `serverName`. */
export interface ShownCertificate {
  readonly listener: string;
  /** Domain asked for by SNI. */
  readonly serverName: string;
  /** Why there was no handshake. */
  readonly fault?: string;
  readonly certificate?: {
    readonly names: readonly string[];
    readonly issuer: string;
    readonly notBeforeMs: number;
    readonly notAfterMs: number;
    readonly coversName: boolean;
    /** Why its chain is not believed; absent: it ends at an authority of the system or at the server's own. */
    readonly chainFault?: string;
  };
}

/** `isOwn`: the server makes its certificates itself. */
export function judgeShown(
  shown: ShownCertificate,
  nowMs: number,
  { isOwn }: { readonly isOwn: boolean },
): Finding {
  const { listener, serverName, fault, certificate } = shown;
  if (!certificate) {
    return problem(
      "certificates",
      `${listener} shows no certificate for ${serverName}: ${fault ?? "no handshake"}`,
      "journalctl -u sipedge -n 50",
    );
  }
  const { names, notAfterMs, notBeforeMs, coversName, chainFault } = certificate;
  const renew = isOwn
    ? "systemctl restart sipedge"
    : "put renewed files in the place that tls.certificate names";
  const daysLeft = Math.floor((notAfterMs - nowMs) / DAY_MS);
  const of = `the certificate of ${listener} for ${serverName}`;
  if (notAfterMs <= nowMs) {
    return problem("certificates", `${of} expired on ${day(notAfterMs)}: phones refuse it`, renew);
  }
  if (notBeforeMs > nowMs) {
    return problem(
      "certificates",
      `${of} is not valid before ${day(notBeforeMs)}`,
      "set the clock: timedatectl set-ntp true",
    );
  }
  if (!coversName) {
    const found = names.length > 0 ? enumerate(names) : "no name at all";
    return problem(
      "certificates",
      `${of} names ${found}, not ${serverName}: phones that check names refuse it`,
      isOwn
        ? `tls: { names: [ ${serverName} ] }`
        : `a certificate whose subject alternative names contain ${serverName}, or another entry in tls.certificate`,
    );
  }
  if (chainFault !== undefined) {
    return warning(
      "certificates",
      `${of} is not believed here: ${chainFault}; fine only if your phones know its authority`,
      "put the intermediate certificates behind the own one in the file of tls.certificate.cert (fullchain.pem)",
    );
  }
  if (daysLeft < WARN_DAYS && !isOwn) {
    return warning("certificates", `${of} expires in ${daysLeft} days`, renew);
  }
  const authority = isOwn ? ", signed by the own authority: phones need tls/ca.pem of the data folder" : "";
  return fine("certificates", `${of} is good for ${daysLeft} days${authority}`);
}

/** A pair of files that the configuration names; `fault` is the sentence with which the server would refuse it. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
  readonly fault?: string;
  readonly daysLeft?: number;
}

export function judgeFiles({ cert, key, fault, daysLeft = 0 }: CertificateFiles): Finding {
  if (fault === undefined) {
    return daysLeft < WARN_DAYS
      ? warning(
        "certificates",
        `${cert} expires in ${daysLeft} days`,
        "renew it and put it in the same place",
      )
      : fine("certificates", `${cert} and its key belong together, ${daysLeft} days left`);
  }
  const fix = /expired/.test(fault)
    ? `a renewed certificate in "${cert}"`
    : /another certificate/.test(fault)
    ? `the key that "${cert}" was made with, in "${key}"`
    : /permission/.test(fault)
    ? `chown sipedge: "${cert}" "${key}"`
    : `look at: openssl x509 -noout -subject -dates -in "${cert}"`;
  return problem("certificates", fault, fix);
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
