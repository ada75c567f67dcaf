/** Names and addresses that the own certificate carries. */

import { ipFamily, isUnspecified } from "../base/mod.ts";
import type { Settings } from "../config/mod.ts";
import { certificateNamesOfHost } from "../platform/network_addresses.ts";

/** Those of the domains, of the listeners, and of this machine. */
export function ownCertificateNames(settings: Settings, domainNames: readonly string[]): string[] {
  // Literal addresses of the listeners, so that a phone that knows nothing else can check the certificate.
  const listeners = settings.listen.sip.map(({ host }) => host).filter((host) =>
    ipFamily(host) !== undefined && !isUnspecified(host)
  );
  return certificateNamesOfHost([...domainNames, ...listeners]);
}
