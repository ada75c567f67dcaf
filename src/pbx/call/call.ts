/**
 * A call as a person sees it: a caller, and whoever it is joined with now. While it seeks, an attempt or a service is in
 * charge; once joined, both legs are kept in step until one hangs up.
 *
 *   seeking ──answered──▶ joined ──BYE──▶ ended
 *      └──serve()──▶ served ──join()──▶ joined
 */

import { below, type Timer } from "../../base/mod.ts";
import type { ExtraHeaders, SessionEnd, Told } from "../../sip/mod.ts";
import type { CallRecord } from "../ports.ts";
import { ANSWERED_ELSEWHERE, type Attempt, type AttemptListener } from "./attempt.ts";
import { Attempts } from "./attempts.ts";
import { NARROWBAND_FORMATS, serverWishes, type WantedStream } from "./codec_choice.ts";
import { CallHooks } from "./call_hooks.ts";
import type { CallContext } from "./context.ts";
import type { CallOwner, CallService } from "./call_types.ts";
import { type Digit, passDigit, takeInfo } from "./info.ts";
import type { Caller } from "./identity.ts";
import type { Leg, LegOwner } from "./leg.ts";
import { type Failure, replyOf } from "./outcome.ts";
import type { Diversion } from "./pass_on.ts";
import type { RecordDraft } from "./record.ts";
import { Renegotiation } from "./renegotiation.ts";
import type { RingTarget } from "./ring_target.ts";
import { FAREWELL_MS, farewellTone, playTone } from "./tones.ts";
import type { RtpFormat } from "../../sdp/mod.ts";
import type { MediaEvent } from "../../media/plane.ts";

export interface CallOptions {
  readonly id: string;
  readonly context: CallContext;
  readonly owner: CallOwner<Call>;
  readonly record: RecordDraft;
  readonly callerLeg: Leg;
  readonly caller: Caller;
}

export class Call implements LegOwner {
  readonly id: string;
  readonly record: RecordDraft;
  readonly diversions: Diversion[] = [];
  readonly hooks: CallHooks = new CallHooks();
  /** The group that rings for this call now. */
  group: string | undefined;
  /** Drawn once for the call, in [0, 100): which caller lists for a share of the calls concern it. */
  chance: number;
  /** Who sent the call here by transfer, for Referred-By (RFC 3892). */
  referredBy: string | undefined;
  readonly #context: CallContext;
  readonly #owner: CallOwner<Call>;
  readonly #renegotiation: Renegotiation;
  #near: Leg;
  #far: Leg | undefined;
  readonly #attempts: Attempts;
  #service: CallService | undefined;
  #ended = false;
  /** Runs while the near side hears why the call is about to end. */
  #farewell: Timer | undefined;
  /** The near side has moved to another call, which releases and records it. */
  #given = false;

  constructor(options: CallOptions) {
    this.id = options.id;
    options.callerLeg.caller = options.caller;
    this.record = options.record;
    this.chance = below(options.context.random, 10_000) / 100;
    this.#context = options.context;
    this.#owner = options.owner;
    this.#near = options.callerLeg;
    this.#renegotiation = new Renegotiation(options.context.log);
    this.#attempts = new Attempts(options.context);
    this.#near.owner = this;
  }

  /** The leg on whose behalf the call seeks; the caller, unless it transferred the call away. */
  get near(): Leg {
    return this.#near;
  }

  /** Whom the called side sees: who called, or after a transfer the one who stayed. */
  get caller(): Caller {
    const { caller, party } = this.#near;
    return caller ?? { domain: party.domain, number: party.number, name: party.name, isPrivate: false };
  }

  /** The other leg, once joined. */
  get far(): Leg | undefined {
    return this.#far;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  get phase(): "seeking" | "served" | "joined" | "ended" {
    if (this.#ended) return "ended";
    if (this.#far) return "joined";
    return this.#service && this.#near.isConfirmed ? "served" : "seeking";
  }

  /** The record as of now. */
  view(): CallRecord {
    const live = [this.#near, this.#far].filter((leg) => leg !== undefined && leg.report === undefined);
    return this.record.view(live.map((leg) => leg!.record()));
  }

  /**
   * What the near side wants of the media: what it agreed to once it has been answered, and what most phones share as long
   * as it has offered nothing.
   */
  get wanted(): readonly WantedStream[] {
    const media = this.#near.media!;
    if (!media.isDescribed) return serverWishes(NARROWBAND_FORMATS);
    return this.#near.isConfirmed ? media.wantedNow() : media.wanted();
  }

  /** Rings `targets` for the near side; whatever still rings when the call ends is cancelled. */
  attempt(targets: readonly RingTarget[], options: { ringMs: number; listener: AttemptListener }): Attempt {
    return this.#attempts.start({
      targets,
      wanted: this.wanted,
      near: this.#near.media!,
      label: this.id,
      ...options,
    });
  }

  /** Extensions that ring for this call, and since when. */
  get ringing(): readonly { extension: string; since: number }[] {
    return this.#attempts.ringing;
  }

  /** Lets the caller hear that somebody's phone rings: by a status, or by a tone once it has been answered. */
  ring(statusCode = 180, headers: ExtraHeaders = []): void {
    if (this.#ended) return;
    this.record.ringing();
    if (!this.#near.isConfirmed) this.#near.session.ring(statusCode, { headers });
    else if (!this.#service && statusCode === 180) {
      this.#renegotiation.takeOffHold(this.#near);
      playTone(this.#context, this.#near, "ringback");
    }
    this.#owner.changed(this);
  }

  /** Lets the caller hear what `leg` sends before it answers. */
  early(leg: Leg, statusCode: number): void {
    if (this.#ended || this.#near.isConfirmed) return;
    this.record.ringing();
    const sdp = this.#near.session.invite.body.length > 0
      ? this.#near.media!.answer(leg.media!.wanted())
      : undefined;
    this.#near.media!.connect(leg.media!);
    this.#near.session.ring(statusCode, sdp ? { sdp } : {});
    this.#owner.changed(this);
  }

  /** Opens the way for words of the server before the answer; false when the phone cannot hear them. */
  earlyOwn(formats: readonly RtpFormat[]): boolean {
    if (this.#ended || this.#near.isConfirmed || this.#near.session.invite.body.length === 0) return false;
    const sdp = this.#near.media!.answer(serverWishes(formats));
    if (sdp) this.#near.session.ring(183, { sdp });
    return sdp !== undefined;
  }

  /** Answers the near side with the codecs of `other`, to be joined with it; false when they have none in common. */
  answerLike(other: Call): boolean {
    return !this.#ended && (this.#near.isConfirmed || this.#answerNear(other.wanted));
  }

  /** The near side leaves for another call, which this one ends without touching it. */
  moveAway(): Leg {
    this.#given = true;
    const leg = this.#near;
    this.#finish({ result: "picked up", endedBy: "server" });
    return leg;
  }

  /** Somebody takes this call from where it rings or waits: everything else stops. */
  takeOver(leg: Leg): void {
    const service = this.#service;
    this.#service = undefined;
    service?.callerGone();
    this.#attempts.cancelAll(ANSWERED_ELSEWHERE);
    this.join(leg);
  }

  /** The near side has come to rest at the server (parked): whoever transferred it may go. */
  arrived(): void {
    this.hooks.joined(this.#near);
  }

  /** The server answers the near side itself, with `formats` to choose from; false when they have no codec in common. */
  serve(service: CallService, formats: readonly RtpFormat[]): boolean {
    this.#service = service;
    if (this.#ended) return false;
    if (this.#near.isConfirmed) {
      this.#near.media?.disconnect();
      this.#renegotiation.takeOffHold(this.#near);
      return true;
    }
    const own = serverWishes(formats);
    if (!this.#answerNear(own)) return false;
    this.#owner.changed(this);
    return true;
  }

  /** Puts `service` in charge without answering: it hears when the caller goes. */
  watch(service: CallService | undefined): void {
    this.#service = service;
  }

  /** 200 to the caller; the offer is ours when it made none. */
  #answerNear(far: readonly WantedStream[]): boolean {
    const { media, session } = this.#near;
    const hasOffer = session.invite.body.length > 0;
    if (!hasOffer) this.#renegotiation.expectAnswer(this.#near);
    const sdp = hasOffer
      ? media!.answer(far)
      : media!.offer(far, { profile: this.#near.policy === "required" ? "secure" : "opportunistic" });
    if (!sdp) return false;
    session.answer({ sdp });
    this.hooks.settled();
    return true;
  }

  /** Joins the near side with `leg`, which has answered. */
  join(leg: Leg): void {
    if (this.#ended || this.#near.hasEnded) return void leg.release();
    this.#service = undefined;
    const former = this.#far;
    this.#far = leg;
    leg.owner = this;
    const wasConfirmed = this.#near.isConfirmed;
    if (!wasConfirmed && !this.#answerNear(leg.media!.agreed())) {
      this.refuse({ reason: "not acceptable", statusCode: 488 });
      return;
    }
    this.record.answered(leg.party.number);
    this.record.event("answered", { party: leg.party.number });
    if (wasConfirmed) this.#context.plane.stopPlaying(this.#near.media!.leg);
    this.#near.media!.connect(leg.media!);
    if (wasConfirmed) void this.#renegotiation.realign(this.#near, leg);
    if (former && former !== leg) this.#dismiss(former);
    this.hooks.joined(leg);
    this.#owner.changed(this);
  }

  /** `leg` leaves the call while the other stays: a transfer. The one that stays becomes the near side. */
  letGo(leg: Leg): Leg | undefined {
    const stays = leg === this.#near ? this.#far : this.#near;
    if (!stays || (leg !== this.#near && leg !== this.#far)) return undefined;
    this.#renegotiation.forget(leg);
    this.#near = stays;
    this.#far = undefined;
    // Whoever is called next is called anew: what was forwarded on the way here is no circle.
    this.diversions.length = 0;
    stays.media?.disconnect();
    return stays;
  }

  /** Takes the near side out of this call, which then ends without touching it. */
  giveAway(leg: Leg): Leg | undefined {
    const stays = this.letGo(leg);
    if (!stays) return undefined;
    this.#given = true;
    this.#finish({ result: "transferred", endedBy: "server" });
    return stays;
  }

  /** Ends a leg that is no longer part of the call and keeps its record. */
  #dismiss(leg: Leg): void {
    this.#renegotiation.forget(leg);
    void leg.release().then(() => this.record.leg(leg.record()));
  }

  /** Another leg seeks from now on: its owner transferred a call that still rings (early attended transfer). */
  adoptNear(leg: Leg): Leg {
    const former = this.#near;
    this.#renegotiation.forget(former);
    this.#near = leg;
    leg.owner = this;
    return former;
  }

  /** Refuses the caller; one who was answered already hears a tone, then the call ends. */
  refuse(failure: Failure): void {
    if (this.#ended || this.#farewell) return;
    if (this.hooks.refused(failure)) return;
    const ending = { result: failure.reason, endedBy: "server", statusCode: failure.statusCode } as const;
    this.record.ended(ending);
    const finish = () => this.#finish(ending);
    if (this.#near.isConfirmed && !this.#near.hasEnded) {
      this.#service = undefined;
      playTone(this.#context, this.#near, farewellTone(failure));
      this.#farewell = this.#context.clock.at(this.#context.clock.now() + FAREWELL_MS, finish);
      return;
    }
    if (!this.#near.hasEnded && this.#near.side === "caller") this.#near.session.reject(replyOf(failure));
    finish();
  }

  /** Hangs up on both sides. */
  hangUp(result = "ended", endedBy: "server" | "network" = "server"): void {
    this.#finish({ result, endedBy });
  }

  /** An event of the plane about one of this call's legs. */
  mediaEvent(event: MediaEvent & { readonly leg: number }): void {
    const leg = [this.#near, this.#far].find((one) => one?.media?.parts.includes(event.leg));
    if (!leg || this.#ended) return;
    if (event.kind === "played") return this.hooks.played(event);
    if (event.kind === "digit") return this.#digit(leg, { ...event, fromMedia: true });
    if (event.kind === "silent") {
      this.record.event(event.silent ? "silent" : "audible", {
        party: leg.party.number,
        detail: `${event.forMs} ms${event.oneWay ? ", the other side is heard" : ""}`,
      });
      this.#owner.changed(this);
    }
  }

  // What its legs tell.

  acknowledged(leg: Leg, { sdp }: Told<"acknowledged">): void {
    this.#checked(leg, this.#renegotiation.acknowledged(leg, sdp));
  }

  offerAnswered(leg: Leg, event: Told<"offerAnswered">): void {
    this.#checked(leg, this.#renegotiation.offerAnswered(leg, event));
  }

  offerRefused(leg: Leg, event: Told<"offerRefused">): void {
    this.#renegotiation.offerRefused(leg, event);
  }

  async offered(leg: Leg, event: Told<"offered">): Promise<void> {
    await this.#renegotiation.offered(leg, this.#otherThan(leg), event);
    const direction = leg.media?.wanted()[0]?.direction;
    if (!this.#far) this.#service?.held?.(direction === "sendonly" || direction === "inactive");
  }

  #otherThan(leg: Leg): Leg | undefined {
    return leg === this.#near ? this.#far : this.#near;
  }

  #checked(leg: Leg, fault: string | undefined): void {
    if (fault === undefined) return;
    this.#context.log.warn("Media could not be agreed", {
      call: this.id,
      party: leg.party.number,
      reason: fault,
    });
    this.hangUp("not acceptable");
  }

  requested(leg: Leg, event: Told<"requested">): void {
    if (event.request.method !== "INFO") return this.#owner.requested(this, leg, event);
    const digit = takeInfo(event, this.#otherThan(leg));
    if (digit) this.#digit(leg, { ...digit, fromMedia: false });
  }

  #digit(leg: Leg, event: Digit): void {
    if (this.#service) return this.#service.digit(event.digit);
    passDigit(this.#context.plane, this.#otherThan(leg), event);
  }

  legEnded(leg: Leg, end: SessionEnd): void {
    if (this.#ended || (leg !== this.#near && leg !== this.#far)) return;
    this.#renegotiation.forget(leg);
    if (this.hooks.left(leg)) return;
    const endedBy = end.by === "network" ? "network" : leg.side === "caller" ? "caller" : "called";
    const result = this.record.isAnswered || this.phase === "served" ? "answered" : "cancelled";
    this.#finish({ result: end.by === "network" ? "network" : result, endedBy });
  }

  #finish(
    ending: { result: string; endedBy: "caller" | "called" | "server" | "network"; statusCode?: number },
  ): void {
    if (this.#ended) return;
    const service = this.#service;
    this.#ended = true;
    this.#farewell?.cancel();
    this.#service = undefined;
    this.record.ended(ending);
    this.hooks.settled();
    this.#attempts.cancelAll();
    service?.callerGone();
    void this.#settle();
  }

  /** Releases the legs, then writes the record with their last measurements. */
  async #settle(): Promise<void> {
    const legs = this.#given ? [] : this.#far ? [this.#near, this.#far] : [this.#near];
    await Promise.all(legs.map((leg) => leg.release()));
    for (const leg of legs) this.record.leg(leg.record());
    this.#owner.ended(this);
  }
}
