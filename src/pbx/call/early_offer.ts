/**
 * UPDATE with an offer by a phone that still rings (RFC 3311 §5.2): it moves its media, and the seeking side, which may
 * have had its answer, need not hear of it. So it is answered here, with no more than that side was told of.
 */

import type { Log } from "../../base/mod.ts";
import { answerDirection, isAuxiliary, type RtpFormat, sameCodec } from "../../sdp/mod.ts";
import type { WantedStream } from "./codec_choice.ts";
import type { Leg } from "./leg.ts";
import type { LegMedia } from "./leg_media.ts";
import { takeNewOffer } from "./take_offer.ts";

export interface EarlyOffer {
  readonly sdp: Uint8Array;
  /** What the seeking side wanted when the phone was rung. */
  readonly wanted: readonly WantedStream[];
  /** The seeking side's media; absent where nobody seeks yet. */
  readonly near: LegMedia | undefined;
  readonly log: Log;
}

/** Answers `offer` of `leg`, or refuses it; what was agreed before then stands. */
export async function answerEarlyOffer(leg: Leg, offer: EarlyOffer): Promise<void> {
  const { near, sdp, log } = offer;
  const { session } = leg;
  const media = leg.media!;
  const taken = await takeNewOffer(leg, sdp, log);
  if (!taken || leg.hasEnded) return;
  const theirs = media.wanted();
  // Until it agrees on something, the near side's every codec may still become the one.
  const told = near?.isDescribed ? near.wantedNow() : offer.wanted;
  const far = told.map((stream, position): WantedStream => {
    const offered = theirs[position]?.direction ?? "sendrecv";
    return { ...stream, direction: answerDirection(offered, stream.direction) };
  });
  const answer = keeps(theirs[0]?.formats ?? [], near?.audioFormats ?? []) ? media.answer(far) : undefined;
  if (answer) return session.answerOffer(answer);
  taken.rollback();
  session.refuseOffer({
    statusCode: 488,
    headers: [["Warning", '399 sipedge "The caller was told of other codecs: offer them, too"']],
  });
}

/** Whoever was told of a codec may send it: none of them may be missing now. */
function keeps(offered: readonly RtpFormat[], told: readonly RtpFormat[]): boolean {
  return told.every((format) => isAuxiliary(format) || offered.some((other) => sameCodec(other, format)));
}
