/**
 * New offers within a call: hold, resume, new addresses, keys and codecs, video, fax. What changes the conversation goes
 * through to the other side and comes back; what only moves a phone is answered here (RFC 3261 §14, RFC 3264 §8).
 */

import type { Log } from "../../base/mod.ts";
import { isAuxiliary, reverseDirection, type RtpFormat } from "../../sdp/mod.ts";
import type { Told } from "../../sip/mod.ts";
import {
  areAligned,
  commonFormats,
  NARROWBAND_FORMATS,
  serverWishes,
  type WantedStream,
} from "./codec_choice.ts";
import type { Leg } from "./leg.ts";
import { takeNewOffer } from "./take_offer.ts";

type Offered = Told<"offered">;
type OfferAnswered = Told<"offerAnswered">;
type OfferRefused = Told<"offerRefused">;

/** An offer of `from` that waits for the answer of `to`. */
interface Relayed {
  readonly from: Leg;
  readonly to: Leg;
  readonly rollback: () => void;
}

export class Renegotiation {
  readonly #log: Log;
  #relayed: Relayed | undefined;
  /** Legs that were asked for an answer to an offer of ours (late offers). */
  #awaiting: Set<Leg> | undefined;
  /** Legs in the middle of an offer, to be realigned with the other when it is over. */
  #later: Map<Leg, Leg> | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** `leg` offers; `other` is the far side, absent where the server itself is. */
  async offered(leg: Leg, other: Leg | undefined, event: Offered): Promise<void> {
    const media = leg.media;
    if (!media) return leg.session.refuseOffer({ statusCode: 488 });
    if (event.sdp === undefined) return this.#offerAnew(leg, other);
    const joined = Math.min(media.parts.length, other?.media?.parts.length ?? 0);
    const taken = await takeNewOffer(leg, event.sdp, this.#log);
    if (!taken) return;
    const { isSameShape, rollback } = taken;
    if (isSameShape) return this.#answer(leg, { far: other?.media?.wanted() ?? this.#own(leg), rollback });
    if (!other?.media || !other.isConfirmed) return this.#answer(leg, { far: this.#own(leg), rollback });
    if (other.session.isNegotiating || this.#relayed) {
      rollback();
      return leg.session.refuseOffer({ statusCode: 491 });
    }
    const wanted = media.wanted();
    await other.media.fit(wanted);
    if (leg.hasEnded || other.hasEnded) return;
    this.#relayed = { from: leg, to: other, rollback };
    // What is joined stays as it is: a third person may have come in between (a room of three).
    media.connect(other.media, joined);
    other.session.offer(other.media.offer(wanted, { profile: other.media.shownProfile ?? "opportunistic" }));
  }

  /** What the server says of itself where it is the far side: its codec of before, and the peer's direction. */
  #own(leg: Leg): WantedStream[] {
    const media = leg.media!;
    const direction = reverseDirection(media.wanted()[0]?.direction ?? "sendrecv");
    const before = media.audioFormats.filter((format) => !isAuxiliary(format));
    return serverWishes([...before, ...NARROWBAND_FORMATS], direction);
  }

  #answer(leg: Leg, options: { far: readonly WantedStream[]; rollback: () => void }): void {
    const answer = leg.media!.answer(options.far);
    if (answer) return leg.session.answerOffer(answer);
    options.rollback();
    leg.session.refuseOffer({ statusCode: 488 });
  }

  /** A re-INVITE without offer: what stands is offered again, so that any answer fits the far side. */
  #offerAnew(leg: Leg, other: Leg | undefined): void {
    const wanted = other?.media?.wantedNow() ?? serverWishes(NARROWBAND_FORMATS);
    this.expectAnswer(leg);
    leg.session.answerOffer(
      leg.media!.offer(wanted, { profile: leg.media!.shownProfile ?? "opportunistic" }),
    );
  }

  /** ACK with the answer to a late offer. A text says why the leg cannot go on. */
  acknowledged(leg: Leg, sdp: Uint8Array | undefined): string | undefined {
    if (!this.#awaiting?.delete(leg)) return undefined;
    if (sdp === undefined) return "no answer in the ACK";
    return leg.media?.takeAnswer(sdp, leg.signallingHost);
  }

  /** Marks a first answer that carried our offer (the INVITE had none). */
  expectAnswer(leg: Leg): void {
    this.#awaiting ??= new Set();
    this.#awaiting.add(leg);
  }

  /** `leg` answered an offer of ours. A text says why the leg cannot go on. */
  offerAnswered(leg: Leg, event: OfferAnswered): string | undefined {
    if (event.sdp === undefined || event.isOffer) return undefined;
    const fault = leg.media?.takeAnswer(event.sdp, leg.signallingHost);
    const relayed = this.#relayed;
    if (relayed?.to !== leg) {
      this.#goOn(leg);
      return fault;
    }
    this.#relayed = undefined;
    if (fault) {
      relayed.rollback();
      relayed.from.session.refuseOffer({ statusCode: 488 });
      return undefined;
    }
    this.#answer(relayed.from, { far: leg.media!.wanted(), rollback: relayed.rollback });
    return undefined;
  }

  offerRefused(leg: Leg, event: OfferRefused): void {
    const relayed = this.#relayed;
    if (relayed?.to !== leg) return this.#goOn(leg);
    this.#relayed = undefined;
    relayed.rollback();
    const { statusCode } = event.response;
    relayed.from.session.refuseOffer({
      statusCode: statusCode === 491 || statusCode === 488 ? statusCode : 488,
    });
  }

  /** A leg has gone: nobody waits for it any more. */
  forget(leg: Leg): void {
    this.#awaiting?.delete(leg);
    this.#later?.delete(leg);
    if (this.#relayed?.to === leg || this.#relayed?.from === leg) this.#relayed = undefined;
  }

  /** The offer that was in the way of a realignment is over. */
  #goOn(leg: Leg): void {
    const other = this.#later?.get(leg);
    this.#later?.delete(leg);
    if (other && !other.hasEnded) void this.realign(leg, other);
  }

  /** The server itself is the far side now: a peer that was put on hold by whoever left shall hear it. */
  takeOffHold(leg: Leg): void {
    const { media, session } = leg;
    const direction = reverseDirection(media?.wantedNow()[0]?.direction ?? "sendrecv");
    if (!media?.isDescribed || media.toldDirection === direction || session.isNegotiating) return;
    const formats = media.audioFormats.filter((format) => !isAuxiliary(format));
    session.offer(
      media.offer(serverWishes(formats, direction), { profile: media.shownProfile ?? "opportunistic" }),
    );
  }

  /**
   * Two sides that were agreed apart from each other have just been joined: if one may send what the other does not
   * understand, it gets a new offer.
   */
  async realign(a: Leg, b: Leg): Promise<void> {
    if (!a.media || !b.media) return;
    const ours = a.media.audioFormats;
    const theirs = b.media.audioFormats;
    const common = commonFormats(ours, theirs);
    const narrow = common.length > 0 ? common : theirs.filter((format) => !isAuxiliary(format));
    for (const [leg, other] of [[a, b], [b, a]] as const) {
      if (!needsOffer(leg, other, narrow)) continue;
      const wanted = other.media!.wantedNow().map((stream) =>
        stream.type === "audio" ? { ...stream, formats: narrow } : stream
      );
      await leg.media!.fit(wanted);
      if (leg.hasEnded) return;
      if (leg.session.isNegotiating) {
        this.#later ??= new Map();
        return void this.#later.set(leg, other);
      }
      leg.session.offer(leg.media!.offer(wanted, { profile: leg.media!.shownProfile ?? "opportunistic" }));
      // Without a common codec one side has to move, and it is the one that was there first.
      if (common.length === 0) return;
    }
  }
}

/** True when `leg` may send what `other` lacks, was told another direction, or carries another number of streams. */
function needsOffer(leg: Leg, other: Leg, codecs: readonly RtpFormat[]): boolean {
  const mine = leg.media!, theirs = other.media!;
  if (!areAligned(mine.audioFormats, codecs)) return true;
  if (mine.toldDirection !== theirs.wantedNow()[0]?.direction) return true;
  return theirs.activeStreams > mine.activeStreams;
}
