/** The office of a first start without configuration: made once, kept in the store. */

import type { Random } from "../base/mod.ts";
import { type DomainSettings, readDomain, sampleOffice } from "../config/mod.ts";
import { createPassword } from "../pbx/directory/mod.ts";
import type { DirectoryStore } from "../pbx/ports.ts";
import { createHa1 } from "../sip/auth/mod.ts";

export interface NewOffice {
  readonly domain: DomainSettings;
  /** Extension → password, known only now: the store keeps HA1. */
  readonly passwords: ReadonlyMap<string, string>;
}

/** Makes the office unless the store knows a domain already; undefined then. */
export async function ensureOffice(
  directory: DirectoryStore,
  options: { readonly random: Random; readonly timeZone: string },
): Promise<NewOffice | undefined> {
  if ((await directory.domains()).length > 0) return undefined;
  const reading = readDomain({ ...sampleOffice(), timeZone: options.timeZone });
  if (!reading.ok) throw new TypeError(`Cannot make the office: ${reading.error[0]?.message}`);
  const domain = reading.value;
  const passwords = new Map<string, string>();
  for (const { number } of domain.extensions) {
    const password = createPassword(options.random);
    passwords.set(number, password);
    await directory.putCredentials(domain.name, number, createHa1(number, domain.name, password));
  }
  // The domain last: whoever is cut off before begins anew, with passwords that are shown.
  await directory.putDomain(domain);
  return { domain, passwords };
}
