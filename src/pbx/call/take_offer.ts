/** A peer's new offer within a call, taken or refused (RFC 3264 §8, RFC 3311 §5.2). */

import type { Log } from "../../base/mod.ts";
import type { Leg } from "./leg.ts";
import { offerRefusal, readOffer } from "./read_offer.ts";

export interface TakenOffer {
  /** It asks for nothing new but addresses or keys. */
  readonly isSameShape: boolean;
  /** What was agreed before stands again. */
  rollback(): void;
}

/** Undefined when the offer was refused; what was agreed before then stands. */
export async function takeNewOffer(leg: Leg, sdp: Uint8Array, log: Log): Promise<TakenOffer | undefined> {
  const media = leg.media!;
  const offer = readOffer(sdp, leg.policy);
  if (!offer.ok) {
    log.warn("Offer refused", { party: leg.party.number, reason: offer.reason });
    leg.session.refuseOffer(offerRefusal(offer));
    return undefined;
  }
  const rollback = media.checkpoint(), isSameShape = media.isSameShape(offer.chosen);
  if (await media.takeOffer(offer, leg.signallingHost)) return { isSameShape, rollback };
  rollback();
  leg.session.refuseOffer({ statusCode: 500, reasonPhrase: "No media ports left" });
  return undefined;
}
