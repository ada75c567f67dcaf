/** Rules, levels and lines: how a number leaves the house (product §8). Pure. */

import { type LineSettings, matchesPattern, type RuleSettings } from "../../config/mod.ts";
import { deniedNumber } from "./limits.ts";
import type { RefusalReason, RouteContext, RouteDecision, Way } from "./decision.ts";
import { isOpen, type WallTime, wallTime } from "./schedule.ts";

type CallerContext = RouteContext & Required<Pick<RouteContext, "caller">>;

/** What a rule says about the caller: may use it, or why not. */
type Verdict = "use" | "closed" | "not allowed";

/**
 * Tries the rules in order. The first one that matches and is open decides. A rule above the caller's level closes its
 * numbers, so that a wider rule behind it does not open them again; only a further rule with the very same match, meant
 * for lower levels, is still tried. A rule whose schedule is closed is passed over.
 */
export function routeOutside(number: string, context: CallerContext): RouteDecision {
  const { domain, trace } = context;
  let reason: RefusalReason = "unknown number";
  let closedMatch: string | undefined;
  const emergency = emergencyBehindRule(number, context);
  if (emergency) return emergency;
  const at = lazyWallTime(context);
  for (const [index, rule] of domain.rules.entries()) {
    const place = { rule: index + 1, match: rule.match };
    if (closedMatch !== undefined && rule.match !== closedMatch) continue;
    if (!matchesPattern(rule.match, number)) {
      trace?.push({ key: "rule.noMatch", ...place });
      continue;
    }
    const sent = rewrite(rule, number);
    if (sent === "") {
      trace?.push({ key: "rule.empty", ...place });
      continue;
    }
    const verdict = judge(rule, place, { context, at });
    if (verdict !== "use") {
      reason = verdict;
      if (verdict === "not allowed") closedMatch = rule.match;
      continue;
    }
    trace?.push({ key: "rule.match", ...place });
    return leave(sent, { rule, index }, { context, at });
  }
  if (reason === "unknown number") trace?.push({ key: "unknown", number });
  return { kind: "refused", reason };
}

/** An emergency number dialled as a rule wants it, `9112`: looked for before levels and schedules are. */
function emergencyBehindRule(number: string, context: CallerContext): RouteDecision | undefined {
  const { rules, emergency } = context.domain;
  const rule = rules.find((rule) =>
    matchesPattern(rule.match, number) && emergency.includes(rewrite(rule, number))
  );
  return rule && routeEmergency(rewrite(rule, number), context, rule);
}

/**
 * An emergency number: every line that could carry it, those of `first` and of matching rules before others, those that
 * are up before those that are not. No level, schedule or limit stands against it. Undefined where there is no line.
 */
export function routeEmergency(
  number: string,
  context: RouteContext,
  first?: RuleSettings,
): RouteDecision | undefined {
  const { domain, trace, lineState } = context;
  const named = [...(first?.via ?? []), ...domain.rules.flatMap((rule) => rule.via)];
  const lines = [...new Set([...named, ...domain.lines.map(({ name }) => name)])]
    .map((name) => domain.lines.find((line) => line.name === name))
    .filter((line) => line !== undefined);
  if (lines.length === 0) return undefined;
  const isReady = (line: LineSettings) =>
    line.outgoing.maxCalls !== 0 && (lineState?.(line.name)?.isUp ?? true) ? 0 : 1;
  const ways = lines.toSorted((a, b) => isReady(a) - isReady(b)).map((line) => wayOf(line, number, context));
  trace?.push({ key: "emergency", number, ways: ways.length });
  for (const way of ways) trace?.push({ key: "way", ...way, callerNumber: way.callerNumber ?? "" });
  return { kind: "outside", ways, isEmergency: true };
}

function judge(
  rule: RuleSettings,
  place: { readonly rule: number; readonly match: string },
  { context, at }: { readonly context: CallerContext; readonly at: () => WallTime },
): Verdict {
  const { domain, caller, trace } = context;
  if (!isScheduleOpen(rule.schedule, context, at)) {
    trace?.push({ key: "rule.closed", ...place, schedule: rule.schedule });
    return "closed";
  }
  const needed = domain.levels.indexOf(rule.level), own = domain.levels.indexOf(caller.level);
  // A level that the domain does not know opens nothing, on either side.
  if (needed >= 0 && own >= needed) return "use";
  trace?.push({ key: "rule.level", ...place, level: rule.level, own: caller.level });
  return "not allowed";
}

/** The rule is the one: limits, then its lines in turn. */
function leave(
  number: string,
  { rule, index }: { readonly rule: RuleSettings; readonly index: number },
  { context, at }: { readonly context: CallerContext; readonly at: () => WallTime },
): RouteDecision {
  const { trace } = context;
  const stopped = stoppedByLimits(number, context);
  if (stopped) return { kind: "refused", reason: stopped };
  const ways = rule.via.map((name) => lineWay(name, number, { context, at })).filter((way) =>
    way !== undefined
  );
  if (ways.length > 0) return { kind: "outside", ways, rule: index, isEmergency: false };
  trace?.push({ key: "rule.noLine", rule: index + 1, match: rule.match });
  return { kind: "refused", reason: "no line" };
}

function stoppedByLimits(number: string, context: CallerContext): RefusalReason | undefined {
  const { caller, domain: { limits, name }, callsLastHour, trace } = context;
  const denied = deniedNumber(number, limits);
  if (denied) {
    trace?.push({ number, ...denied });
    return "denied destination";
  }
  const made = callsLastHour?.() ?? { extension: 0, domain: 0 };
  const { callsPerHour, domainCallsPerHour } = limits;
  // Overflows and incoming tables have no number: they are the domain's.
  if (caller.number !== "" && made.extension >= callsPerHour) {
    trace?.push({ key: "limit.calls", number: caller.number, limit: callsPerHour });
    return "too many calls";
  }
  if (domainCallsPerHour === undefined || made.domain < domainCallsPerHour) return undefined;
  trace?.push({ key: "limit.calls", number: name, limit: domainCallsPerHour });
  return "too many calls";
}

function lineWay(
  name: string,
  number: string,
  { context, at }: { readonly context: CallerContext; readonly at: () => WallTime },
): Way | undefined {
  const { domain, trace, lineState } = context;
  const line = domain.lines.find((candidate) => candidate.name === name);
  if (!line) {
    trace?.push({ key: "line.unknown", line: name });
    return undefined;
  }
  const { schedule, maxCalls } = line.outgoing;
  const state = lineState?.(name);
  if (maxCalls === 0) trace?.push({ key: "line.blocked", line: name });
  else if (!isScheduleOpen(schedule, context, at)) trace?.push({ key: "line.closed", line: name, schedule });
  else if (state && !state.isUp) trace?.push({ key: "line.down", line: name });
  else if (state && maxCalls !== undefined && state.calls >= maxCalls) {
    trace?.push({ key: "line.full", line: name });
  } else {
    const way = wayOf(line, number, context);
    trace?.push({ key: "way", ...way, callerNumber: way.callerNumber ?? "" });
    return way;
  }
  return undefined;
}

function wayOf(line: LineSettings, number: string, { caller }: RouteContext): Way {
  const callerNumber = caller?.outsideNumber ?? line.outgoing.callerNumber;
  return { line: line.name, number, ...(callerNumber === undefined ? {} : { callerNumber }) };
}

/** Strips, then prepends; empty where the `*` of the match stood for nothing and nothing else is left. */
function rewrite(rule: RuleSettings, number: string): string {
  const left = number.slice(rule.strip);
  return left === "" && rule.match.endsWith("*") ? "" : rule.prepend + left;
}

function isScheduleOpen(name: string, { domain }: RouteContext, at: () => WallTime): boolean {
  if (name === "always") return true;
  const schedule = domain.schedules.find((candidate) => candidate.name === name);
  return schedule !== undefined && isOpen(schedule, at());
}

/** Most rules are open always: the calendar is consulted only where a schedule asks. */
function lazyWallTime({ domain, now }: RouteContext): () => WallTime {
  let at: WallTime | undefined;
  return () => at ??= wallTime(now, domain.timeZone);
}
