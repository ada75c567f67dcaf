/**
 * Ringing one party on somebody's behalf: all its devices at once, each with the ways of SRTP it may want, until one
 * answers, all have failed, or nobody wants it any more (RFC 3261 §16.7 for the best answer of many).
 */

import type { Timer } from "../../base/mod.ts";
import type { ExtraHeaders, SessionEnd } from "../../sip/mod.ts";
import { leavesAudio, type WantedStream } from "./codec_choice.ts";
import type { CallContext } from "./context.ts";
import { answerEarlyOffer } from "./early_offer.ts";
import { Leg, type LegOwner } from "./leg.ts";
import { LegMedia } from "./leg_media.ts";
import { type Failure, failure, readFailure, worstOf } from "./outcome.ts";
import type { RingTarget } from "./ring_target.ts";
import { isProfileRefusal, profilesToTry, type SrtpProfile } from "./srtp_profile.ts";
import { contacts } from "../../sip/message/mod.ts";

/** With this CANCEL or BYE a phone notes no missed call (RFC 3326). */
export const ANSWERED_ELSEWHERE: ExtraHeaders = [["Reason", 'SIP;cause=200;text="Call completed elsewhere"']];

export interface AttemptOptions {
  readonly targets: readonly RingTarget[];
  /** What the seeking side wants of the media. */
  readonly wanted: readonly WantedStream[];
  readonly near?: LegMedia;
  readonly label: string;
  /** Gives up ringing after this long. */
  readonly ringMs: number;
}

export interface AttemptListener {
  /** The first device rings. */
  ringing(statusCode: number): void;
  /** The only device sends sound before the answer. */
  early(leg: Leg, statusCode: number): void;
  /** One device answered and its media is agreed; every other has been cancelled. The leg now belongs to the listener. */
  answered(leg: Leg): void;
  failed(failure: Failure): void;
}

interface Branch {
  readonly target: RingTarget;
  readonly profiles: readonly SrtpProfile[];
  at: number;
  leg: Leg | undefined;
  failure: Failure | undefined;
}

export class Attempt {
  readonly #context: CallContext;
  readonly #options: AttemptOptions;
  readonly #listener: AttemptListener;
  readonly #branches: Branch[];
  #timer: Timer | undefined;
  #leave: readonly (() => void)[] = [];
  #done = false;
  #rang = false;

  constructor(context: CallContext, options: AttemptOptions & { listener: AttemptListener }) {
    this.#context = context;
    this.#options = options;
    this.#listener = options.listener;
    this.startedAt = context.clock.now();
    this.#branches = options.targets.map((target) => ({
      target,
      profiles: allowedProfiles(context, target),
      at: 0,
      leg: undefined,
      failure: undefined,
    }));
  }

  /** Extensions that ring for this attempt. */
  get extensions(): readonly string[] {
    return this.#done
      ? []
      : [...new Set(this.#options.targets.flatMap(({ party }) => party.extension ?? []))];
  }

  readonly startedAt: number;

  start(): void {
    const { clock, occupancy } = this.#context;
    const rung = new Map(
      this.#options.targets.map(({ party }) => [`${party.domain}/${party.extension}`, party]),
    );
    this.#leave = [...rung.values()].filter(({ extension }) => extension !== undefined)
      .map(({ domain, extension }) => occupancy.enter(domain, extension!));
    this.#timer = clock.at(clock.now() + this.#options.ringMs, () => this.#giveUp(failure("no answer")));
    if (this.#branches.length === 0) {
      // The listener must not hear of the end before the caller of start() has returned.
      clock.at(clock.now(), () => this.#giveUp(failure("unreachable")));
    }
    for (const branch of this.#branches) void this.#ring(branch);
  }

  /** Cancels whatever rings; nothing more is told. */
  cancel(headers: ExtraHeaders = []): void {
    this.#finish();
    for (const { leg } of this.#branches) void leg?.release(headers);
  }

  async #ring(branch: Branch): Promise<void> {
    const profile = branch.profiles[branch.at];
    if (profile === undefined) return this.#branchFailed(branch, failure("not acceptable"));
    const { target } = branch;
    const { wanted } = this.#options;
    if (target.codecs && !leavesAudio(wanted, target.codecs)) {
      return this.#branchFailed(branch, failure("not acceptable", { reasonPhrase: "No common codec" }));
    }
    const media = await this.#openMedia(target);
    if (this.#done) return media === "no path" ? undefined : void media?.close();
    if (media === "no path") return this.#branchFailed(branch, failure("unreachable"));
    if (!media) return this.#branchFailed(branch, failure("no ports"));
    const sdp = media.offer(wanted, { profile });
    const leg = new Leg(
      { side: "called", party: target.party, policy: target.policy, owner: this.#listen(branch) },
      (listener) =>
        this.#context.endpoint.invite({
          requestUri: target.requestUri,
          from: target.from,
          to: target.to,
          route: target.route,
          routeSet: target.routeSet,
          headers: target.headers,
          sdp,
          timer: this.#timerWish(),
          ...(target.contactUser !== undefined && { contactUser: target.contactUser }),
          ...(target.credentials && { credentials: target.credentials }),
          ...(target.reliable && { reliable: target.reliable }),
          ...(target.attemptMs !== undefined && { attemptMs: target.attemptMs }),
        }, listener),
    );
    leg.media = media;
    branch.leg = leg;
  }

  #timerWish() {
    const { expiresSeconds, minSeconds } = this.#context.settings().sip.sessionTimer;
    return { expiresSec: expiresSeconds, minSec: minSeconds };
  }

  async #openMedia(target: RingTarget): Promise<LegMedia | "no path" | undefined> {
    const { plane, random, mediaAddress } = this.#context;
    const address = await mediaAddress(target.route);
    if (!address) return "no path";
    const { wanted, near, label } = this.#options;
    return LegMedia.open(wanted.map(({ transport }) => transport), {
      plane,
      random,
      ...address,
      policy: target.policy,
      dtmf: target.dtmf,
      label,
      ...(near && { near }),
      ...(target.codecs && { codecs: target.codecs }),
    });
  }

  #listen(branch: Branch): LegOwner {
    return {
      progress: (leg, { response, sdp, isOffer }) => {
        if (this.#done) return;
        const hasMedia = sdp !== undefined && !isOffer &&
          leg.media!.takeAnswer(sdp, leg.signallingHost) === undefined;
        if (hasMedia && this.#branches.length === 1) return this.#listener.early(leg, response.statusCode);
        if (this.#rang && response.statusCode === 180) return;
        this.#rang ||= response.statusCode === 180;
        this.#listener.ringing(response.statusCode);
      },
      answered: (_leg, { sdp }) => this.#answered(branch, sdp),
      offered: (leg, { sdp }) => this.#offeredEarly(leg, sdp),
      requested: (_leg, { reply }) => reply({ statusCode: 405 }),
      legEnded: (leg, end) => this.#ended(branch, leg, end),
    };
  }

  #offeredEarly(leg: Leg, sdp: Uint8Array | undefined): void {
    if (sdp === undefined) return leg.session.refuseOffer({ statusCode: 488 });
    const { wanted, near } = this.#options;
    const { log } = this.#context;
    void answerEarlyOffer(leg, { sdp, wanted, near, log });
  }

  #answered(branch: Branch, sdp: Uint8Array | undefined): void {
    const leg = branch.leg!;
    if (this.#done) return void leg.release();
    const media = leg.media!;
    const fault = sdp === undefined
      ? (media.audioFormats.length > 0 ? undefined : "malformed")
      : media.takeAnswer(sdp, leg.signallingHost);
    if (fault) {
      this.#context.log.warn("Answer refused", { party: leg.party.number, reason: fault });
      void leg.release([["Reason", 'SIP;cause=488;text="Not acceptable here"']]);
      branch.leg = undefined;
      if (fault === "srtp required" && this.#nextProfile(branch)) return;
      return this.#branchFailed(branch, failure("not acceptable"));
    }
    const leaving = this.#leave;
    this.#leave = [];
    const shown = media.shownProfile;
    if (shown) this.#context.profiles.learn(branch.target.device, shown);
    this.#finish();
    for (const other of this.#branches) {
      if (other !== branch) {
        void other.leg?.release(ANSWERED_ELSEWHERE);
      }
    }
    this.#listener.answered(leg);
    // The call goes on being counted until the phone hangs up; whoever took the leg hears of that first, so that a group
    // knows of a member's rest before it sees him free.
    for (const leave of leaving) leg.whenEnded(leave);
  }

  #ended(branch: Branch, leg: Leg, end: SessionEnd): void {
    // The end of one that we sent away for its answer is told late: by then the branch has gone on without it.
    if (branch.leg !== leg) return;
    branch.leg = undefined;
    void leg.release();
    if (this.#done) return;
    if (end.cause !== "rejected") {
      return this.#branchFailed(branch, failure("unreachable", { statusCode: 480 }));
    }
    const { statusCode } = end.response;
    if (isProfileRefusal(statusCode) && this.#nextProfile(branch)) return;
    const reason = readFailure(statusCode);
    const movedTo = reason === "moved" ? movedNumber(end) : undefined;
    const retryAfter = Number.parseInt(end.response.headers.get("Retry-After") ?? "", 10);
    this.#branchFailed(branch, {
      reason: reason === "moved" && movedTo === undefined ? "failed" : reason,
      statusCode,
      ...(movedTo !== undefined && { movedTo }),
      ...(retryAfter >= 0 && { retryAfterSec: retryAfter }),
    });
  }

  #nextProfile(branch: Branch): boolean {
    branch.at++;
    if (branch.at >= branch.profiles.length) return false;
    void this.#ring(branch);
    return true;
  }

  #branchFailed(branch: Branch, reason: Failure): void {
    if (this.#done) return;
    branch.failure = reason;
    // A 6xx is the word of the person, for all devices (RFC 3261 §16.7 step 5).
    if (reason.statusCode >= 600) return this.#giveUp(reason);
    if (this.#branches.every((one) => one.failure)) {
      this.#giveUp(worstOf(this.#branches.map((one) => one.failure!)));
    }
  }

  #giveUp(reason: Failure): void {
    if (this.#done) return;
    this.#finish();
    for (const { leg } of this.#branches) void leg?.release();
    this.#listener.failed(reason);
  }

  #finish(): void {
    this.#done = true;
    this.#timer?.cancel();
    for (const leave of this.#leave) leave();
    this.#leave = [];
  }
}

/** Keys in clear are no encryption: `required` towards an open path finds no way at all. */
function allowedProfiles(context: CallContext, target: RingTarget): readonly SrtpProfile[] {
  if (target.policy === "required" && !target.isSecurePath) return [];
  return profilesToTry(target.policy, context.profiles.get(target.device));
}

/** The user part of the first Contact of a 3xx (RFC 3261 §8.1.3.4); it is dialled, not sent to blindly. */
function movedNumber(end: SessionEnd & { cause: "rejected" }): string | undefined {
  const found = contacts(end.response);
  if (!Array.isArray(found)) return undefined;
  const uri = (found as readonly { uri: { scheme: string; user?: string; number?: string } }[])[0]?.uri;
  return uri?.scheme === "tel" ? uri.number : uri?.user;
}
