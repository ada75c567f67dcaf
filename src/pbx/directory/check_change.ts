/** What a change of the stored directory would break, judged with the file beside it. */

import { checkSettings, type DomainSettings, printPath, type Settings } from "../../config/mod.ts";
import { mergeDomains } from "./merge.ts";

export interface DirectoryChange {
  readonly settings: Settings;
  /** Stored domains as they are. */
  readonly before: readonly DomainSettings[];
  /** Stored domains as they would be. */
  readonly after: readonly DomainSettings[];
}

/**
 * Every error that the merged directory would have after the change and does not have now, one line each; empty when
 * the change may be made. Older errors (a member that has gone from the file since) hold up no other change.
 */
export function findNewErrors({ settings, before, after }: DirectoryChange): readonly string[] {
  // Compared without places in lists: a removed entry moves those behind it, and their errors are still the old ones.
  const placeless = (error: string) => error.replace(/\[[0-9]+\]/g, "[]");
  const known = Map.groupBy(errorsOf(settings, before), placeless);
  return errorsOf(settings, after).filter((error) => known.get(placeless(error))?.pop() === undefined);
}

function errorsOf(settings: Settings, stored: readonly DomainSettings[]): string[] {
  const domains = mergeDomains(settings.domains, stored).map((merged) => merged.settings);
  return checkSettings({ ...settings, domains })
    .filter(({ severity }) => severity === "error")
    .map(({ path, message }) => `${printPath(path)}: ${message}`);
}
