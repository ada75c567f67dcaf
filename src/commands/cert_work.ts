/** What all actions of `sipedge cert` work with: settings, options, and the names a certificate should carry. */

import { ipFamily } from "../base/mod.ts";
import type { Settings } from "../config/mod.ts";
import { exists } from "../platform/mod.ts";
import type { Shell } from "./command.ts";
import { openDirectory } from "./directory_change.ts";
import { databasePath } from "./places.ts";
import { openStoreOf } from "./stored.ts";

export interface CertWork {
  readonly shell: Shell;
  readonly settings: Settings;
  readonly values: {
    readonly key?: string;
    readonly output?: string;
    readonly force?: boolean;
    readonly json?: boolean;
  };
  /** Names and aliases of the domains. */
  readonly names: readonly string[];
}

/** Names and aliases of all domains, as the server knows them. */
export async function neededNames(settings: Settings, shell: Shell): Promise<readonly string[]> {
  const namesOf = (domains: Settings["domains"]) =>
    domains.flatMap(({ name, aliases }) => [name, ...aliases]);
  if (!exists(databasePath(settings.server.data))) return namesOf(settings.domains);
  const store = openStoreOf(settings, shell);
  try {
    return namesOf((await openDirectory(settings, store)).domains());
  } finally {
    store.close();
  }
}

/** Those that an authority could sign: no addresses. */
export function hostNames(names: readonly string[]): string[] {
  return names.filter((name) => ipFamily(name) === undefined);
}
