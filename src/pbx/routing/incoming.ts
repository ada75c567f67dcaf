/** Where a call from a line goes: exact number, longest prefix, `*` (product §8). Pure. */

import type { IncomingRoute } from "../../config/mod.ts";
import { withoutPlus } from "./numbers.ts";

export interface IncomingMatch {
  readonly route: IncomingRoute;
  readonly how: "exact" | "prefix" | "any";
}

/** The entry for `called`; undefined when the line serves no such number. A leading `+` on either side is ignored. */
export function matchIncoming(routes: readonly IncomingRoute[], called: string): IncomingMatch | undefined {
  const number = withoutPlus(called);
  let best: IncomingMatch | undefined;
  let bestLength = -1;
  for (const route of routes) {
    const pattern = withoutPlus(route.number);
    if (pattern === number) return { route, how: "exact" };
    if (!pattern.endsWith("*") || !number.startsWith(pattern.slice(0, -1))) continue;
    if (pattern.length > bestLength) {
      best = { route, how: pattern === "*" ? "any" : "prefix" };
      bestLength = pattern.length;
    }
  }
  return best;
}
