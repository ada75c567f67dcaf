/**
 * From a dialled string to somebody's phone: extensions with their forwards, lines in turn, groups, rooms and codes.
 * Every diversion is judged by the rights of the one who diverts.
 */

import type { DomainSettings, ExtensionSettings, ForwardSettings, SrtpPolicy } from "../../config/mod.ts";
import type { Call } from "./call.ts";
import type { CallContext } from "./context.ts";
import { deviceTargets } from "./device_targets.ts";
import { fromHeader } from "./identity.ts";
import { type Failure, failure } from "./outcome.ts";
import { type Diversion, passOn } from "./pass_on.ts";
import type { RingTarget } from "./ring_target.ts";
import type { CallServices, Dialler, FeatureState, Lines, Route, Router } from "./routes.ts";

/** A call that was sent on this often goes in a circle. */
const MAX_DIVERSIONS = 6;

export interface DialerOptions {
  readonly context: CallContext;
  readonly router: Router;
  readonly features: FeatureState;
  readonly lines: Lines;
  readonly services: CallServices;
}

type OutsideRoute = Extract<Route, { kind: "outside" }>;

/** How an extension is rung for a group: without its forwards, with the group's name. */
export interface RingOptions {
  readonly displayPrefix?: string;
  readonly alertInfo?: string;
}

export class Dialer {
  readonly #options: DialerOptions;

  constructor(options: DialerOptions) {
    this.#options = options;
  }

  /** Sends `call` to whatever `dialled` means for `dialler`. */
  dial(call: Call, dialled: string, dialler: Dialler): void {
    if (call.hasEnded) return;
    const { router } = this.#options;
    const { caller, chance } = call;
    const route = router.route(dialled, dialler);
    // Whom a colleague transfers has been spoken to: lists keep out strangers, not people.
    const refusal = call.referredBy === undefined
      ? router.screen({ domain: dialler.domain, caller, called: dialled, route, chance })
      : undefined;
    if (refusal) return call.refuse(refusal);
    this.follow(call, dialler, route);
  }

  /** What was dialled, as records and logs may keep it. */
  shown(dialled: string): string {
    return this.#options.router.shown(dialled);
  }

  follow(call: Call, dialler: Dialler, route: Route): void {
    const { services } = this.#options;
    const { domain: { name: domain }, succeeds } = dialler;
    switch (route.kind) {
      case "extension":
        return this.#dialExtension(call, dialler.domain, route.extension);
      case "huntGroup":
      case "ringGroup":
        return services.hunt(call, domain, route.group);
      case "room":
        return services.room(call, domain, { ...route, ...(succeeds !== undefined && { succeeds }) });
      case "outside":
        if (!route.isEmergency) this.#options.router.left(dialler);
        return this.#dialOutside(call, dialler, { route, at: 0, last: undefined });
      case "code":
        return services.code(call, dialler, route);
      case "refused":
        return call.refuse(route.failure);
      default:
        return route satisfies never;
    }
  }

  /** The devices of `extension` that can ring now. */
  targets(call: Call, extension: ExtensionSettings, options: RingOptions = {}): RingTarget[] {
    const { bindings } = this.#options.context;
    const { domain } = call.caller;
    const invite = call.near.side === "caller" ? call.near.session.invite : undefined;
    return deviceTargets(bindings.of(domain, extension.number), {
      domain,
      extension,
      policy: this.policyOf(extension),
      from: fromHeader(call.caller, options.displayPrefix),
      headers: passOn({
        ...(invite && { invite }),
        caller: call.caller,
        domain,
        diversions: call.diversions,
        ...(call.referredBy !== undefined && { referredBy: call.referredBy }),
        ...(options.alertInfo !== undefined && { alertInfo: options.alertInfo }),
        isInside: true,
      }),
      contactUser: call.caller.isPrivate ? "anonymous" : call.caller.number,
    });
  }

  policyOf(extension: ExtensionSettings): SrtpPolicy {
    return extension.srtp ?? this.#options.context.settings().security.srtp;
  }

  #dialExtension(call: Call, domain: DomainSettings, extension: ExtensionSettings): void {
    const { features, context } = this.#options;
    const { number } = extension;
    const forwards = features.forwards(domain.name, number);
    if (!extension.enabled) return call.refuse(failure("unreachable"));
    if (forwards.always) {
      const hop: Diversion = { from: number, to: forwards.always.to, reason: "unconditional" };
      return this.divert(call, { domain, extension }, hop);
    }
    const calls = context.occupancy.calls(domain.name, number);
    const isBusy = calls >= extension.maxCalls;
    if (isBusy || features.doNotDisturb(domain.name, number)) {
      return this.#failed(call, domain, { extension, forwards, failure: failure("busy") });
    }
    const targets = this.targets(call, extension);
    const ringSeconds = forwards.noAnswer?.afterSeconds ?? extension.ringSeconds ??
      context.settings().sip.ringSeconds;
    call.record.event("ringing", { party: number });
    call.attempt(targets, {
      ringMs: ringSeconds * 1000,
      listener: {
        ringing: (statusCode) => call.ring(statusCode === 182 ? 182 : 180),
        early: (leg, statusCode) => call.early(leg, statusCode),
        answered: (leg) => call.join(leg),
        failed: (reason) => this.#failed(call, domain, { extension, forwards, failure: reason }),
      },
    });
  }

  #failed(
    call: Call,
    domain: DomainSettings,
    details: { extension: ExtensionSettings; forwards: ForwardSettings; failure: Failure },
  ): void {
    const { extension, forwards, failure: reason } = details;
    call.record.event(reason.reason, { party: extension.number });
    const next = nextHop(reason, forwards);
    if (!next) return call.refuse(reason);
    this.divert(call, { domain, extension }, { from: extension.number, ...next });
  }

  /**
   * Sends the call on with the rights of `dialler`: what it may not dial itself, nobody reaches through it. `from` is the
   * extension that forwards, or the group that overflows.
   */
  divert(call: Call, dialler: Dialler, hop: Diversion): void {
    const { from, to } = hop;
    if (isCircle(call.diversions, hop)) {
      call.record.event("forward loop", { party: from, detail: to });
      return call.refuse({ reason: "failed", statusCode: 482, reasonPhrase: "Forwarded in a circle" });
    }
    call.diversions.push(hop);
    call.record.event("forwarded", { party: from, detail: this.shown(to) });
    call.ring(181);
    this.dial(call, to, dialler);
  }

  /** Lines in turn; a human's refusal is final, a line's trouble is not. */
  #dialOutside(
    call: Call,
    dialler: Dialler,
    search: { route: OutsideRoute; at: number; last: Failure | undefined },
  ): void {
    const { lines, context } = this.#options;
    const { route } = search;
    const way = route.ways[search.at];
    if (!way || call.hasEnded) return call.refuse(search.last ?? failure("unreachable", { statusCode: 503 }));
    const next = (last: Failure) => {
      call.record.event("line failed", { party: way.line, detail: last.reason });
      this.#dialOutside(call, dialler, { route, at: search.at + 1, last });
    };
    const target = lines.target(way, call);
    if (!("requestUri" in target)) return next(target);
    const direction = route.isEmergency ? "emergency" : "outgoing";
    const leave = lines.enter(dialler.domain.name, way.line, direction);
    if (!leave) {
      return next(failure("busy", { statusCode: 503, reasonPhrase: "All calls of the line are taken" }));
    }
    call.record.direction = "outgoing";
    call.record.line = way.line;
    call.record.event("dialling", { party: way.number, detail: way.line });
    let hasRung = false;
    const limitMs = lines.noAnswerMs(dialler.domain.name, way.line);
    call.attempt([target], {
      ringMs: limitMs > 0 ? limitMs : Math.max(180, context.settings().sip.ringSeconds) * 1000,
      listener: {
        ringing: (statusCode) => {
          hasRung ||= statusCode === 180;
          call.ring();
        },
        early: (leg, statusCode) => {
          hasRung ||= statusCode === 180;
          call.early(leg, statusCode);
        },
        answered: (leg) => {
          leg.whenEnded(leave);
          call.join(leg);
        },
        failed: (reason) => {
          leave();
          if (isLineTrouble(reason, { hasRung })) next(reason);
          else call.refuse(reason);
        },
      },
    });
  }
}

/** Back to who sent the call on before, the same step again, or too many of them. */
function isCircle(diversions: readonly Diversion[], { from, to }: Diversion): boolean {
  return to === from || diversions.length >= MAX_DIVERSIONS ||
    diversions.some((one) => one.from === to || (one.from === from && one.to === to));
}

/**
 * 408, 5xx, 480 of the line, nobody there; never 486, 6xx or what a person decided. Once somebody's phone has rung, it is
 * a person who did not answer: another line would ring the same phone again.
 */
function isLineTrouble(reason: Failure, { hasRung }: { hasRung: boolean }): boolean {
  const { statusCode } = reason;
  if (hasRung) return statusCode >= 500 && statusCode < 600;
  return statusCode === 408 || statusCode === 480 || (statusCode >= 500 && statusCode < 600) ||
    reason.reason === "unreachable" || reason.reason === "no ports";
}

function nextHop(
  reason: Failure,
  forwards: ForwardSettings,
): { to: string; reason: Diversion["reason"] } | undefined {
  if (reason.movedTo !== undefined) return { to: reason.movedTo, reason: "deflection" };
  switch (reason.reason) {
    case "busy":
    case "declined":
      return forwards.busy && { to: forwards.busy.to, reason: "user-busy" };
    case "no answer":
      return forwards.noAnswer && { to: forwards.noAnswer.to, reason: "no-answer" };
    case "unreachable":
      return forwards.unreachable && { to: forwards.unreachable.to, reason: "unavailable" };
    default:
      return undefined;
  }
}
