/** The dry run of routing as plain data: what a dialled number would lead to, and why. */

import type { RouteAnswer, RouteQuestion } from "../app_types.ts";
import type { Directory } from "../pbx/directory/mod.ts";
import type { RouteDecision } from "../pbx/routing/mod.ts";
import type { OfficeRouter } from "./router.ts";

export interface RouteSources {
  readonly router: Pick<OfficeRouter, "explain">;
  readonly directory: Directory;
}

/** Undefined when no domain (or not the one asked for) has such an extension. */
export function answerRoute(sources: RouteSources, question: RouteQuestion): RouteAnswer | undefined {
  const { router, directory } = sources;
  const { from, dialled, locale, at } = question;
  const domain = question.domain ??
    directory.domains().find(({ name }) => directory.extension(name, from))?.name;
  const explained = domain === undefined ? undefined : router.explain(domain, from, dialled, {
    ...(locale !== undefined && { locale }),
    ...(at !== undefined && { at }),
  });
  if (domain === undefined || !explained) return undefined;
  const { decision, lines } = explained;
  const isAllowed = decision.kind !== "refused";
  return { domain, from, dialled, isAllowed, ...describe(decision), lines };
}

/** The settings behind a decision hold passwords: only what names them goes out. */
function describe(
  decision: RouteDecision,
): Pick<RouteAnswer, "kind" | "target" | "reason" | "ways" | "rule"> {
  const { kind } = decision;
  switch (kind) {
    case "extension":
      return { kind, target: decision.extension.number };
    case "huntGroup":
    case "ringGroup":
      return { kind, target: decision.group.number };
    case "room":
      return { kind, target: decision.room.number };
    case "code":
      return { kind, target: decision.code };
    case "outside": {
      const { ways, rule, isEmergency } = decision;
      return {
        kind,
        ways,
        ...(rule !== undefined && { rule: rule + 1 }),
        ...(isEmergency && { isEmergency }),
      };
    }
    case "refused":
      return { kind, reason: decision.reason };
    default:
      return decision satisfies never;
  }
}
