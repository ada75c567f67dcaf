/** Joins routing with calls: by whose rights a number is judged, and what a refusal sounds like as a status. */

import type { Clock } from "../base/mod.ts";
import type { ExtensionSettings, Locale, ServiceCodes } from "../config/mod.ts";
import { type Dialler, type Failure, failure, type Route, type Router, type Visit } from "../pbx/call/mod.ts";
import type { Directory } from "../pbx/directory/mod.ts";
import {
  explainRoute,
  type Explanation,
  type LineState,
  type RefusalReason,
  rejectsAnonymous,
  route,
  type RouteContext,
  screenCaller,
  withoutPin,
} from "../pbx/routing/mod.ts";
import type { TollWatch } from "./toll_watch.ts";

export interface OfficeRouterOptions {
  readonly directory: Directory;
  readonly clock: Clock;
  readonly codes: () => ServiceCodes;
  readonly lineState: (domain: string, line: string) => LineState | undefined;
  /** Absent in a dry run without a server. */
  readonly toll?: Pick<TollWatch, "lastHour" | "left" | "stopped">;
}

type Rights = NonNullable<RouteContext["caller"]>;

export class OfficeRouter implements Router {
  readonly #options: OfficeRouterOptions;

  constructor(options: OfficeRouterOptions) {
    this.#options = options;
  }

  route(dialled: string, dialler: Dialler): Route {
    const decision = route(dialled, this.#context(dialler));
    if (decision.kind !== "refused") return decision;
    const { reason } = decision;
    if (reason === "too many calls" || reason === "denied destination") {
      const { domain, extension } = dialler;
      this.#options.toll?.stopped({
        domain: domain.name,
        extension: extension?.number ?? "",
        reason,
        number: dialled,
      });
    }
    return { kind: "refused", failure: REFUSALS[reason] };
  }

  left({ domain, extension }: Dialler): void {
    this.#options.toll?.left(domain.name, extension?.number ?? "");
  }

  screen({ domain, caller, called, route, chance }: Visit): Failure | undefined {
    if (route.kind === "refused" || route.kind === "code") return undefined;
    if (route.kind === "outside" && route.isEmergency) return undefined;
    if (route.kind === "extension" && rejectsAnonymous(route.extension, caller)) {
      return failure("declined", { statusCode: 433, reasonPhrase: "Anonymity Disallowed" });
    }
    const number = caller.number === "anonymous" ? "" : caller.number;
    const { allowed } = screenCaller(domain.callerLists, { called, caller: number }, chance);
    return allowed ? undefined : NOT_WANTED;
  }

  shown(dialled: string): string {
    return withoutPin(dialled, this.#options.codes());
  }

  /** The dry run: which rule, line and number would be used, and why. Undefined without such a domain or extension. */
  explain(
    domain: string,
    extension: string,
    dialled: string,
    options: { readonly locale?: Locale; readonly at?: number } = {},
  ): Explanation | undefined {
    const settings = this.#options.directory.domain(domain);
    const caller = settings && this.#options.directory.extension(settings.name, extension);
    if (!settings || !caller) return undefined;
    const context = this.#context({ domain: settings, extension: caller });
    const { locale = settings.locale, at = context.now } = options;
    return explainRoute(dialled, { ...context, now: at }, locale);
  }

  #context({ domain, extension }: Dialler): RouteContext {
    const { directory, clock, codes, lineState, toll } = this.#options;
    return {
      domain,
      codes: codes(),
      find: (number) => directory.find(domain.name, number),
      now: clock.now(),
      caller: extension ?? administratorOf(domain.levels),
      lineState: (line) => lineState(domain.name, line),
      ...(toll && { callsLastHour: () => toll.lastHour(domain.name, extension?.number ?? "") }),
    };
  }
}

/** Overflows and incoming tables were written by the administrator, who may reach everything. */
function administratorOf(levels: readonly string[]): Rights {
  return { number: "", level: levels.at(-1) ?? "internal" } satisfies Pick<
    ExtensionSettings,
    "number" | "level"
  >;
}

const NOT_WANTED: Failure = failure("declined", { reasonPhrase: "Caller not wanted" });

const REFUSALS: Record<RefusalReason, Failure> = {
  "unknown number": failure("not found"),
  "not allowed": failure("not allowed", { reasonPhrase: "Not allowed from this extension" }),
  "closed": failure("not allowed", { reasonPhrase: "Closed at this time" }),
  "no line": failure("unreachable", { statusCode: 503, reasonPhrase: "No line is available" }),
  "denied destination": failure("not allowed", { reasonPhrase: "Destination is denied" }),
  "too many calls": failure("not allowed", { reasonPhrase: "Too many calls within the hour" }),
  "not wanted": NOT_WANTED,
  "incomplete code": failure("not found", { statusCode: 484 }),
};
