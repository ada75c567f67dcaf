/** Looks at a TLS server from the outside: which certificate it shows for a name, and whether its chain is believed. */

import tls, { type TLSSocket } from "node:tls";
import { fail, ok, type Result } from "../base/mod.ts";
import { certificateNames, matchesName } from "./certificate_names.ts";

export interface TlsProbeOptions {
  readonly host: string;
  readonly port: number;
  /** Asked for by SNI, and to be covered by the certificate. */
  readonly serverName: string;
  /** PEM texts of authorities believed beside those of the system. */
  readonly authorities: readonly string[];
  readonly timeoutMs?: number;
}

export interface TlsProbe {
  readonly names: readonly string[];
  readonly issuer: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly coversName: boolean;
  /** Why the chain is not believed; neither dates nor names count here. */
  readonly chainFault?: string;
}

/** The error says why there was no handshake. */
export async function probeTls(options: TlsProbeOptions): Promise<Result<TlsProbe, string>> {
  const seen = await handshake(options, { verify: false });
  if (!seen.ok) return seen;
  const { raw, valid_from: from, valid_to: to, issuer } = seen.value;
  if (!raw) return fail("it shows no certificate");
  const names = certificateNames(raw);
  const verified = await handshake(options, { verify: true });
  const chainFault = verified.ok ? undefined : explainChain(verified.error);
  return ok({
    names,
    issuer: String(issuer?.CN ?? issuer?.O ?? ""),
    notBeforeMs: Date.parse(from),
    notAfterMs: Date.parse(to),
    coversName: matchesName(names, options.serverName),
    ...(chainFault !== undefined && { chainFault }),
  });
}

const TIMEOUT_MS = 3000;

function handshake(
  { host, port, serverName, authorities, timeoutMs = TIMEOUT_MS }: TlsProbeOptions,
  { verify }: { readonly verify: boolean },
): Promise<Result<ReturnType<TLSSocket["getPeerCertificate"]>, string>> {
  return new Promise((resolve) => {
    const socket = tls.connect({
      host,
      port,
      servername: serverName,
      rejectUnauthorized: verify,
      ca: [...tls.getCACertificates("default"), ...authorities],
    });
    const done = (result: Result<ReturnType<TLSSocket["getPeerCertificate"]>, string>) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => done(fail("no answer")), timeoutMs);
    socket.once("secureConnect", () => done(ok(socket.getPeerCertificate())));
    socket.once("error", (error) => done(fail(error.message)));
  });
}

/** Undefined for what is judged elsewhere: dates and names. */
function explainChain(message: string): string | undefined {
  if (/expired|not yet valid|NotValidYet|NotValidForName|altname|not valid for name/i.test(message)) {
    return undefined;
  }
  if (/UnknownIssuer|unable to (get|verify)|self.signed/i.test(message)) {
    return "its chain does not end at an authority of this system";
  }
  return message;
}
