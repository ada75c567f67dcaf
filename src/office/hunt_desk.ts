/** Joins hunts with calls: what a hunt decides, the call engine does, and tells back how it went. */

import type { HuntGroupSettings, Locale, RingGroupSettings } from "../config/mod.ts";
import type {
  Attempt,
  Call,
  CallEngine,
  CallService,
  Diversion,
  Failure,
  FailureReason,
  Leg,
} from "../pbx/call/mod.ts";
import { ANSWERED_ELSEWHERE, failure, NARROWBAND_FORMATS } from "../pbx/call/mod.ts";
import type {
  CallControl,
  ExhaustedReason,
  GroupLabel,
  HuntHandle,
  HuntService,
  MissReason,
  WaitingRoom,
} from "../pbx/hunt/mod.ts";
import { PASSIVE, playThen } from "./announcement.ts";
import { positionWords, type SoundLibrary } from "../pbx/prompts/mod.ts";

/** The hunt ends attempts by its own clock; this only bounds one that it forgot. */
const LONGEST_RING_MS = 3_600_000;

export interface HuntDeskOptions {
  readonly engine: CallEngine;
  readonly hunts: HuntService;
  readonly sounds: SoundLibrary;
}

export class HuntDesk {
  readonly #options: HuntDeskOptions;

  constructor(options: HuntDeskOptions) {
    this.#options = options;
  }

  /** Hands `call` to `group`. */
  begin(call: Call, domain: string, group: HuntGroupSettings | RingGroupSettings): void {
    const { engine, hunts, sounds } = this.#options;
    const locale = engine.context.directory.domain(domain)?.locale ?? "en";
    const caller = new HuntCaller({ engine, sounds, call, domain, locale, group: group.number });
    const handle = hunts.open(
      {
        id: call.id,
        control: caller,
        waiting: caller,
        note: ({ kind, party, detail }) =>
          call.record.event(kind, {
            ...(party !== undefined && { party }),
            ...(detail !== undefined && { detail }),
          }),
      },
      { domain, group },
    );
    caller.handle = handle;
    call.group = group.number;
    // Before the group is in charge: who was answered already (a transfer) shall hear that it rings.
    call.ring();
    call.watch(caller);
    handle.start();
  }
}

interface Ringing {
  readonly attempt: Attempt;
  leg: Leg | undefined;
}

/** One caller in a hunt. */
class HuntCaller implements CallControl, WaitingRoom, CallService {
  readonly #options: HuntDeskOptionsOfCall;
  readonly #ringing = new Map<number, Ringing>();
  handle!: HuntHandle;
  #music: string | undefined;
  #hasWaited = false;

  constructor(options: HuntDeskOptionsOfCall) {
    this.#options = options;
  }

  ring(attempt: number, number: string, group: GroupLabel): void {
    const { engine, call, domain } = this.#options;
    const extension = engine.context.directory.extension(domain, number);
    if (!extension) return this.handle.failed(attempt, "unreachable");
    // With call waiting a member who calls his own group would be free to be rung by himself.
    if (call.near.party.extension === number) return this.handle.failed(attempt, "busy");
    const targets = engine.dialer.targets(call, extension, {
      alertInfo: group.name,
      ...(group.show && { displayPrefix: `${group.name}: ` }),
    });
    const ringing: Ringing = {
      leg: undefined,
      attempt: call.attempt(targets, {
        ringMs: LONGEST_RING_MS,
        listener: {
          ringing() {},
          early() {},
          answered: (leg) => {
            ringing.leg = leg;
            this.handle.answered(attempt);
          },
          failed: (reason) => {
            this.#ringing.delete(attempt);
            this.handle.failed(attempt, missOf(reason));
          },
        },
      }),
    };
    this.#ringing.set(attempt, ringing);
  }

  release(attempt: number, reason: MissReason): void {
    const ringing = this.#ringing.get(attempt);
    this.#ringing.delete(attempt);
    if (!ringing) return;
    // The caller is gone from the group, but not gone: somebody picked the call up.
    const isTaken = reason === "caller gone" && !this.#options.call.hasEnded;
    const headers = isTaken || reason === "answered elsewhere" ? ANSWERED_ELSEWHERE : [];
    if (ringing.leg) void ringing.leg.release(headers);
    else ringing.attempt.cancel(headers);
  }

  connect(attempt: number): void {
    const leg = this.#ringing.get(attempt)?.leg;
    this.#ringing.delete(attempt);
    if (!leg || leg.hasEnded) return this.handle.finished();
    leg.whenEnded(() => this.handle.finished());
    this.#options.call.join(leg);
  }

  forward(to: string, reason: ExhaustedReason): void {
    const { engine, call, domain, group } = this.#options;
    const settings = engine.context.directory.domain(domain);
    this.#leave();
    if (!settings) return call.refuse(failure("not found"));
    // The administrator wrote this destination: it needs nobody's rights.
    engine.dialer.divert(call, { domain: settings }, { from: group, to, reason: DIVERSIONS[reason] });
  }

  refuse(reason: ExhaustedReason): void {
    const { engine, call, sounds, locale } = this.#options;
    this.#leave();
    // Who has waited hears why it ends; who was transferred here and never waited goes back to who sent him.
    if (!this.#hasWaited) return call.refuse(REFUSALS[reason]);
    call.watch(PASSIVE);
    const words = sounds.say(["queue-nobody", "goodbye"], locale);
    playThen(engine, call, { words, then: () => call.hangUp(REFUSALS[reason].reason) });
  }

  /** The group no longer has the call; what it played ends. */
  #leave(): void {
    const { engine, call } = this.#options;
    call.watch(undefined);
    call.group = undefined;
    if (call.near.isConfirmed) engine.context.plane.stopPlaying(call.near.media!.leg);
  }

  music(source?: string): void {
    const { call, sounds, engine } = this.#options;
    if (!call.serve(this, NARROWBAND_FORMATS)) return;
    this.#hasWaited = true;
    this.#music = source;
    // Whoever transferred the caller here is free.
    call.arrived();
    engine.context.plane.play(call.near.media!.leg, sounds.music(source), { loop: true });
  }

  position(place: number): void {
    const { call, sounds, engine, locale } = this.#options;
    if (!call.near.isConfirmed) return;
    const { plane } = engine.context;
    const tag = `position-${place}`;
    plane.play(call.near.media!.leg, sounds.say(positionWords(place, locale), locale), { loop: false, tag });
    call.hooks.whenPlayed(tag, () => {
      if (call.phase === "served") {
        plane.play(call.near.media!.leg, sounds.music(this.#music), { loop: true });
      }
    });
  }

  digit(): void {}

  callerGone(): void {
    this.handle.callerGone();
  }
}

interface HuntDeskOptionsOfCall {
  readonly engine: CallEngine;
  readonly sounds: SoundLibrary;
  readonly call: Call;
  readonly domain: string;
  readonly group: string;
  readonly locale: Locale;
}

const MISSES: Partial<Record<FailureReason, MissReason>> = {
  "busy": "busy",
  "declined": "refused",
  "not allowed": "refused",
  "no answer": "no answer",
  "unreachable": "unreachable",
  "not found": "unreachable",
};

function missOf({ reason }: Failure): MissReason {
  return MISSES[reason] ?? "failed";
}

/** How the call's further way is told to who gets it (RFC 5806 §4.1). */
const DIVERSIONS: Record<ExhaustedReason, Diversion["reason"]> = {
  "nobody free": "user-busy",
  "nobody answered": "no-answer",
  "waited too long": "no-answer",
  "queue full": "user-busy",
};

const REFUSALS: Record<ExhaustedReason, Failure> = {
  "nobody free": failure("busy", { statusCode: 480, reasonPhrase: "Nobody is free" }),
  "nobody answered": failure("no answer"),
  "waited too long": failure("no answer", { reasonPhrase: "Waited too long" }),
  "queue full": failure("busy", { reasonPhrase: "Queue is full" }),
};
