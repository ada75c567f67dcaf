/** The front of the house for calls: every INVITE from a phone or a line comes in here, every call ends here. */

import { PassingMap, token } from "../../base/mod.ts";
import type { MediaEvent } from "../../media/plane.ts";
import { from, type SipRequest, to } from "../../sip/message/mod.ts";
import type { IncomingRequest, Told } from "../../sip/mod.ts";
import type { Access, Identity } from "../access/mod.ts";
import type { CallRecord } from "../ports.ts";
import type { Attempt } from "./attempt.ts";
import { Call } from "./call.ts";
import type { CallOwner } from "./call_types.ts";
import { type CallOut, callOut } from "./call_out.ts";
import type { CallContext } from "./context.ts";
import { callingDevice } from "./device_targets.ts";
import { Dialer } from "./dialer.ts";
import { asksPrivacy, type Caller } from "./identity.ts";
import { acceptCaller, agentOf } from "./incoming.ts";
import type { Leg } from "./leg.ts";
import { failure } from "./outcome.ts";
import { RecordDraft, type RecordStart } from "./record.ts";
import type { CallServices, Dialler, FeatureState, IncomingLineCall, Lines, Router } from "./routes.ts";

export interface CallEngineOptions {
  readonly context: CallContext;
  readonly access: Access;
  readonly router: Router;
  readonly features: FeatureState;
  readonly lines: Lines;
  /** Made with the engine at hand, since services ring and dial through it. */
  readonly services: (engine: CallEngine) => CallServices;
  /** REFER within a call. */
  readonly transfer: (engine: CallEngine) => TransferDesk;
}

/** Requests within a dialog that concern more than its two legs. */
export interface TransferDesk {
  requested(call: Call, leg: Leg, event: Told<"requested">): void;
  /** An INVITE that names another dialog (Replaces, RFC 3891); false when it does not. */
  replaces(incoming: IncomingRequest, identity: Identity): boolean;
}

export class CallEngine implements CallOwner<Call> {
  readonly dialer: Dialer;
  readonly context: CallContext;
  readonly #options: CallEngineOptions;
  readonly #transfer: TransferDesk;
  readonly #calls = new PassingMap<string, Call>();

  constructor(options: CallEngineOptions) {
    this.#options = options;
    this.context = options.context;
    const { context, router, features, lines } = options;
    this.dialer = new Dialer({ context, router, features, lines, services: options.services(this) });
    this.#transfer = options.transfer(this);
    context.plane.onEvent((event) => this.#mediaEvent(event));
  }

  get calls(): Iterable<Call> {
    return this.#calls.values();
  }

  get size(): number {
    return this.#calls.size;
  }

  find(id: string): Call | undefined {
    return this.#calls.get(id);
  }

  /** Calls as of now, for status pages. */
  views(): CallRecord[] {
    return [...this.#calls.values()].map((call) => call.view());
  }

  /** A new INVITE. `settled` is called once, when it has been refused, answered or given up. */
  invite(incoming: IncomingRequest, settled: () => void): void {
    const line = this.#options.lines.identify(incoming);
    if (line) return void this.#fromLine(incoming, line, settled);
    const identity = this.#prove(incoming);
    if (!identity || this.#transfer.replaces(incoming, identity)) return settled();
    void this.#fromExtension(incoming, identity, settled);
  }

  #prove(incoming: IncomingRequest): Identity | undefined {
    const { access } = this.#options;
    const { request } = incoming;
    const domain = access.domainOf(from(request).uri) ?? access.domainOf(to(request).uri);
    if (domain) return access.authenticate(incoming, domain);
    incoming.reply({ statusCode: 404, reasonPhrase: "Unknown domain" });
    return undefined;
  }

  async #fromExtension(incoming: IncomingRequest, identity: Identity, settled: () => void): Promise<void> {
    const { domain, extension } = identity;
    const { context } = this;
    const { request } = incoming;
    const dialler: Dialler = { domain, extension };
    const called = dialledNumber(request);
    const isFull = context.occupancy.calls(domain.name, extension.number) >= extension.maxCalls;
    if (isFull && !this.#isEmergency(called, dialler)) {
      incoming.reply({ statusCode: 486, reasonPhrase: "All calls of this extension are taken" });
      return settled();
    }
    const leave = context.occupancy.enter(domain.name, extension.number);
    const id = token(context.random, 8);
    const party = {
      domain: domain.name,
      number: extension.number,
      name: extension.name,
      extension: extension.number,
    };
    const leg = await acceptCaller(context, incoming, {
      party,
      policy: this.dialer.policyOf(extension),
      dtmf: extension.dtmf,
      label: id,
      device: callingDevice(context.bindings.of(domain.name, extension.number), {
        domain: domain.name,
        number: extension.number,
        flow: incoming.flow,
        userAgent: agentOf(incoming),
      }),
    });
    if (!leg) {
      leave();
      return settled();
    }
    leg.whenEnded(leave);
    const caller: Caller = { ...party, isPrivate: asksPrivacy(request) };
    const start = {
      id,
      domain: domain.name,
      caller,
      called: this.dialer.shown(called),
      direction: "internal" as const,
    };
    const call = this.open(start, leg);
    call.hooks.whenSettled(settled);
    this.dialer.dial(call, called, dialler);
  }

  /** A call for help passes every limit. */
  #isEmergency(called: string, dialler: Dialler): boolean {
    const route = this.#options.router.route(called, dialler);
    return route.kind === "outside" && route.isEmergency;
  }

  async #fromLine(incoming: IncomingRequest, line: IncomingLineCall, settled: () => void): Promise<void> {
    const { context } = this;
    const { domain, party } = line;
    const leave = this.#options.lines.enter(domain.name, party.line!, "incoming");
    if (!leave) {
      incoming.reply({ statusCode: 486, reasonPhrase: "All calls of the line are taken" });
      return settled();
    }
    const id = token(context.random, 8);
    const leg = await acceptCaller(context, incoming, {
      party,
      policy: line.policy,
      dtmf: line.dtmf,
      label: id,
      ...(line.codecs && { codecs: line.codecs }),
      ...(line.reliable && { reliable: line.reliable }),
    });
    if (!leg) {
      leave();
      return settled();
    }
    leg.whenEnded(leave);
    const caller: Caller = { ...party, isPrivate: line.isPrivate };
    const start = {
      id,
      domain: domain.name,
      caller,
      called: line.called,
      direction: "incoming" as const,
      line: party.line!,
    };
    const call = this.open(start, leg);
    call.hooks.whenSettled(settled);
    call.chance = line.chance;
    const dialler: Dialler = { domain, line: party.line! };
    if (line.to === undefined) return call.refuse(line.refusal ?? failure("not found"));
    this.dialer.dial(call, line.to, dialler);
  }

  /** Rings somebody whom nobody dialled. */
  callOut(wish: CallOut): Attempt | undefined {
    return callOut(
      {
        context: this.context,
        policyOf: (extension) => this.dialer.policyOf(extension),
        open: (start, leg) => this.open(start, leg),
      },
      wish,
    );
  }

  /** Begins a call around a leg that is there already: a caller's, or one the server itself has rung. */
  open(start: Omit<RecordStart, "caller" | "callerName"> & { caller: Caller }, leg: Leg): Call {
    const { context } = this;
    const { caller } = start;
    const record = new RecordDraft(context.clock, {
      ...start,
      caller: caller.number,
      callerName: caller.name,
    });
    const call = new Call({ id: start.id, context, owner: this, record, callerLeg: leg, caller });
    this.#calls.set(call.id, call);
    context.events.emit({ kind: "call", phase: "started", call: call.id, domain: caller.domain });
    context.log.info("Call started", {
      call: call.id,
      from: caller.number,
      to: start.called,
      domain: caller.domain,
    });
    return call;
  }

  changed(call: Call): void {
    const { phase } = call;
    const word = phase === "joined" || phase === "served" ? "answered" : "ringing";
    this.context.events.emit({ kind: "call", phase: word, call: call.id, domain: call.caller.domain });
  }

  ended(call: Call): void {
    const { context } = this;
    this.#calls.delete(call.id);
    const record = call.view();
    context.records.append(record);
    context.events.emit({ kind: "call", phase: "ended", call: call.id, domain: record.domain });
    const seconds = record.answeredAt === undefined
      ? 0
      : Math.round((record.endedAt! - record.answeredAt) / 1000);
    context.log.info("Call ended", {
      call: call.id,
      result: record.result,
      endedBy: record.endedBy,
      seconds,
    });
  }

  requested(call: Call, leg: Leg, event: Told<"requested">): void {
    this.#transfer.requested(call, leg, event);
  }

  /** Ends every call, for a stop of the server. */
  hangUpAll(): void {
    for (const call of [...this.#calls.values()]) call.hangUp("server stopped");
  }

  #mediaEvent(event: MediaEvent): void {
    if (event.kind === "lost") {
      const lost = new Set(event.legs);
      for (const call of [...this.#calls.values()]) {
        if ([call.near, call.far].some((leg) => leg?.media?.parts.some((part) => lost.has(part)))) {
          call.hangUp("media lost");
        }
      }
      return;
    }
    if (!("leg" in event) || event.kind === "talking") return;
    for (const call of this.#calls.values()) {
      if (call.near.media?.parts.includes(event.leg) || call.far?.media?.parts.includes(event.leg)) {
        return call.mediaEvent(event);
      }
    }
  }
}

/** The user part of the Request-URI, or the number of a tel: URI without its separators. */
function dialledNumber(request: SipRequest): string {
  const uri = request.requestUri;
  if (uri.scheme === "tel") return uri.number.replace(/[-.() ]/g, "");
  return uri.scheme === "other" ? "" : uri.user ?? "";
}
