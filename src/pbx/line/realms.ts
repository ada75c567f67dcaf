/** The realms a carrier is taken to have before it has named one itself. Pure. */

import { canonicalIp } from "../../base/mod.ts";
import type { LineAddresses } from "./addresses.ts";

/** The hosts of server and account, and the domains they lie in: `sip.carrier.example` may ask for `carrier.example`. */
export function defaultRealms({ server, account }: LineAddresses): readonly string[] {
  return [...new Set([server.host, account.host].flatMap(parents))];
}

function parents(host: string): string[] {
  if (canonicalIp(host) !== undefined) return [host];
  const labels = host.split(".");
  // A top-level domain is nobody's realm.
  return Array.from({ length: Math.max(1, labels.length - 1) }, (_, i) => labels.slice(i).join("."));
}
