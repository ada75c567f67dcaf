/** Service codes: what is done when somebody dials a star. */

import type { Locale, ServiceCodes } from "../config/mod.ts";
import {
  type Call,
  type CallEngine,
  type CallService,
  type Dialler,
  echo,
  failure,
  NARROWBAND_FORMATS,
  type Route,
  type Router,
  testTone,
} from "../pbx/call/mod.ts";
import {
  choosePickup,
  type FeatureOutcome,
  type Features,
  type Parked,
  Parking,
  type RingingPhone,
} from "../pbx/feature/mod.ts";
import type { SoundLibrary } from "../pbx/prompts/mod.ts";
import { announce } from "./announcement.ts";
import { JoinDesk } from "./join_desk.ts";

export interface CodeDeskOptions {
  readonly engine: CallEngine;
  readonly features: Features;
  readonly sounds: SoundLibrary;
  readonly router: Pick<Router, "route">;
}

export interface DialledCode {
  readonly code: keyof ServiceCodes;
  readonly argument: string;
  readonly clear: boolean;
}

export class CodeDesk {
  readonly parking: Parking;
  readonly #options: CodeDeskOptions;
  readonly #joins: JoinDesk;

  constructor(options: CodeDeskOptions) {
    this.#options = options;
    this.#joins = new JoinDesk(options.engine);
    this.parking = new Parking({
      clock: options.engine.context.clock,
      control: { giveBack: (domain, parked) => this.#giveBack(domain, parked) },
    });
  }

  begin(call: Call, dialler: Dialler, dialled: DialledCode): void {
    const { plane } = this.#options.engine.context;
    switch (dialled.code) {
      case "echo":
        return echo(call, plane);
      case "tone":
        return testTone(call, plane);
      case "pickupExtension":
        return this.#pickUp(call, dialler, dialled.argument);
      case "pickupGroup":
        return this.#pickUp(call, dialler, undefined);
      case "park":
        return this.#park(call, dialler, Number(dialled.argument));
      case "fetch":
        return this.#fetch(call, dialler, Number(dialled.argument));
      case "join":
        return this.#joins.begin(call, dialler);
      case "mailbox":
        return this.#say(call, dialler, ["unavailable"]);
      case "room":
        return call.refuse(failure("not found"));
      default:
        return this.#feature(call, dialler, dialled);
    }
  }

  #feature(call: Call, dialler: Dialler, dialled: DialledCode): void {
    const { features, router } = this.#options;
    const { domain, extension } = dialler;
    if (!extension) return call.refuse(failure("not allowed"));
    const at = { domain: domain.name, number: extension.number };
    const outcome = features.dial(at, dialled, (to) => isDestination(router.route(to, dialler)));
    call.record.event("feature", { party: extension.number, detail: outcome.kind });
    this.#say(call, dialler, wordsOf(outcome));
  }

  #pickUp(call: Call, dialler: Dialler, target: string | undefined): void {
    const { engine } = this.#options;
    const number = dialler.extension?.number;
    if (number === undefined) return call.refuse(failure("not allowed"));
    const ringing: RingingPhone[] = [];
    for (const other of engine.calls) {
      if (other === call || other.caller.domain !== dialler.domain.name) continue;
      for (const { extension, since } of other.ringing) {
        const group = other.group;
        ringing.push({
          call: other.id,
          extension,
          since,
          caller: other.caller.number,
          ...(group !== undefined && { group }),
        });
      }
    }
    const groups = dialler.domain.pickupGroups;
    const decision = choosePickup(ringing, { number, groups, ...(target !== undefined && { target }) });
    if (decision.kind === "refused") {
      return call.refuse(
        failure(decision.reason === "nothing rings" ? "not found" : "not allowed", {
          reasonPhrase: decision.reason,
        }),
      );
    }
    const other = engine.find(decision.phone.call);
    if (!other) return call.refuse(failure("not found"));
    other.record.event("picked up", { party: number });
    this.#handTo(call, other);
  }

  /** The caller's leg moves into `other`, which stops seeking. */
  #handTo(call: Call, other: Call): void {
    if (!call.answerLike(other)) return call.refuse(failure("not acceptable"));
    const leg = call.moveAway();
    other.takeOver(leg);
  }

  /** By transfer only: the near side is then somebody else than who parks. */
  #park(call: Call, dialler: Dialler, slot: number): void {
    const { engine, sounds } = this.#options;
    const parker = dialler.extension?.number;
    if (parker === undefined || call.near.party.number === parker) return call.refuse(failure("not allowed"));
    const domain = dialler.domain.name;
    const result = this.parking.park(domain, { slot, call: call.id, parker });
    if (result.kind === "refused") return call.refuse(failure("busy", { reasonPhrase: result.reason }));
    const parked: CallService = { digit() {}, callerGone: () => this.parking.left(domain, call.id) };
    if (!call.serve(parked, NARROWBAND_FORMATS)) return call.refuse(failure("not acceptable"));
    call.record.event("parked", { party: parker, detail: String(slot) });
    call.arrived();
    engine.context.plane.play(call.near.media!.leg, sounds.music(), { loop: true });
  }

  #fetch(call: Call, dialler: Dialler, slot: number): void {
    const parked = this.parking.fetch(dialler.domain.name, slot);
    const other = parked && this.#options.engine.find(parked.call);
    if (!other) return this.#say(call, dialler, ["nothing-parked"]);
    other.record.event("fetched", { detail: String(slot) });
    this.#handTo(call, other);
  }

  #giveBack(domain: string, parked: Parked): void {
    const { engine } = this.#options;
    const call = engine.find(parked.call);
    const settings = engine.context.directory.domain(domain);
    if (!call || !settings) return;
    call.record.event("given back", { party: parked.parker });
    call.watch(undefined);
    engine.dialer.dial(call, parked.parker, { domain: settings });
  }

  #say(call: Call, dialler: Dialler, prompts: readonly string[]): void {
    const { engine, sounds } = this.#options;
    announce(engine, call, sounds.say(prompts, localeOf(dialler)));
  }
}

/** Nobody's callers shall press the buttons of his phone: of the codes only the mailbox takes calls. */
export function isDestination(route: Route): boolean {
  return route.kind === "code" ? route.code === "mailbox" : route.kind !== "refused";
}

function localeOf({ domain, extension }: Dialler): Locale {
  return extension?.locale ?? domain.locale;
}

function wordsOf(outcome: FeatureOutcome): readonly string[] {
  switch (outcome.kind) {
    case "forward":
      return [outcome.to === undefined ? "forward-off" : "forward-on"];
    case "doNotDisturb":
      return [outcome.on ? "do-not-disturb-on" : "do-not-disturb-off"];
    case "refused":
      return [outcome.reason === "no feature code" ? "failed" : "not-allowed"];
    default:
      return outcome satisfies never;
  }
}
