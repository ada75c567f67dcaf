/** What a dialled string means within a domain: one decision, and on wish the way that led to it. Pure. */

import type { RouteContext, RouteDecision } from "./decision.ts";
import { withoutSeparators } from "./numbers.ts";
import { routeEmergency, routeOutside } from "./outside.ts";
import { readServiceCode } from "./service_code.ts";
import type { Step } from "./steps.ts";

/**
 * Decides. The order: emergency numbers, service codes, numbers of the domain, rules. Hostile and empty strings are
 * refused as unknown numbers.
 */
export function route(dialled: string, context: RouteContext): RouteDecision {
  const { trace } = context;
  const plain = withoutSeparators(dialled);
  if (context.caller && context.domain.emergency.includes(plain)) {
    const decision = routeEmergency(plain, context);
    if (decision) return decision;
    trace?.push({ key: "emergency.noLine", number: plain });
  }
  return (context.caller && routeCode(dialled, context)) ?? routeInside(dialled, context) ??
    (context.caller
      ? routeOutside(plain, { ...context, caller: context.caller })
      : refuseStranger(dialled, trace));
}

function routeCode(dialled: string, context: RouteContext): RouteDecision | undefined {
  const reading = readServiceCode(dialled, context.codes);
  if (!reading) return undefined;
  if (reading.kind === "incomplete") {
    context.trace?.push({ key: "code.incomplete", code: reading.code });
    return { kind: "refused", reason: "incomplete code" };
  }
  const argument = reading.kind === "code" ? reading.argument : "";
  context.trace?.push({ key: "code", code: reading.code, argument });
  if (reading.code === "room") return routeRoom(argument, context);
  return { kind: "code", code: reading.code, argument, clear: reading.kind === "clear" };
}

function routeRoom(argument: string, context: RouteContext): RouteDecision {
  const star = argument.indexOf("*");
  const number = star < 0 ? argument : argument.slice(0, star);
  const pin = star < 0 ? "" : argument.slice(star + 1);
  const found = context.find(number);
  if (found?.kind !== "room") {
    context.trace?.push({ key: "room.unknown", number });
    return { kind: "refused", reason: "unknown number" };
  }
  context.trace?.push({ key: "room", number, name: found.room.name });
  return { kind: "room", room: found.room, ...(pin === "" ? {} : { pin }) };
}

function routeInside(dialled: string, context: RouteContext): RouteDecision | undefined {
  const found = context.find(dialled);
  if (!found) return undefined;
  const { number, name } = found.kind === "extension"
    ? found.extension
    : found.kind === "room"
    ? found.room
    : found.group;
  context.trace?.push({ key: found.kind, number, name });
  return found;
}

function refuseStranger(dialled: string, trace: Step[] | undefined): RouteDecision {
  trace?.push({ key: "unknown", number: dialled });
  return { kind: "refused", reason: "unknown number" };
}
