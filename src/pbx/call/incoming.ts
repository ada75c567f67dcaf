/** The first look at an INVITE from somebody proven: its offer, its ports, or the refusal it earns (RFC 3261 §13.3). */

import type { DtmfMode, SrtpPolicy } from "../../config/mod.ts";
import type { IncomingRequest, Reply } from "../../sip/mod.ts";
import { type CodecFilter, leavesAudio } from "./codec_choice.ts";
import type { CallContext } from "./context.ts";
import { Leg, type LegOwner, type Party } from "./leg.ts";
import { LegMedia } from "./leg_media.ts";
import { failure, replyOf } from "./outcome.ts";
import { readOffer } from "./read_offer.ts";

export interface IncomingOptions {
  readonly party: Party;
  readonly policy: SrtpPolicy;
  readonly dtmf: DtmfMode;
  readonly label: string;
  readonly device?: string;
  readonly codecs?: CodecFilter;
  /** Reliable provisional responses to this caller; absent: where it can take them. */
  readonly reliable?: "off" | "supported" | "required";
}

/** Accepts `incoming` as a leg with media; undefined when it was refused or the caller gave up meanwhile. */
export async function acceptCaller(
  context: CallContext,
  incoming: IncomingRequest,
  options: IncomingOptions,
): Promise<Leg | undefined> {
  const { policy, party } = options;
  const { expiresSeconds, minSeconds } = context.settings().sip.sessionTimer;
  const userAgent = agentOf(incoming);
  const leg = new Leg(
    { side: "caller", party, policy, ...(userAgent !== undefined && { userAgent }), owner: UNTIL_OWNED },
    (listener) =>
      incoming.accept(listener, {
        timer: { expiresSec: expiresSeconds, minSec: minSeconds },
        contactUser: party.number,
        ...(options.reliable && { reliable: options.reliable }),
      }),
  );
  const refuse = (reply: Reply) => {
    leg.session.reject(reply);
    return undefined;
  };
  const { request, flow } = incoming;
  if (policy === "required" && flow.transport !== "tls") {
    return refuse(
      notAcceptable("Encryption is required, and this connection is not encrypted: register over TLS"),
    );
  }
  const offer = request.body.length > 0 ? readOffer(request.body, policy) : undefined;
  if (offer && !offer.ok) {
    context.log.warn("Offer refused", { party: party.number, reason: offer.reason });
    return refuse(offer.error === "malformed" ? badOffer(offer.reason) : notAcceptable(offer.reason));
  }
  if (offer && options.codecs && !leavesAudio(offer.chosen.map(({ remote }) => remote), options.codecs)) {
    return refuse(notAcceptable("None of the offered codecs is allowed here"));
  }
  const kinds = offer
    ? offer.chosen.map(({ remote }) => remote.transport === "udptl" ? "udptl" : "rtp")
    : ["rtp"];
  const address = await context.mediaAddress({
    kind: "destinations",
    destinations: [{ kind: "flow", flow }],
  });
  const media = address && await LegMedia.open(kinds as ("rtp" | "udptl")[], {
    plane: context.plane,
    random: context.random,
    ...address,
    policy,
    dtmf: options.dtmf,
    label: options.label,
    ...(options.codecs && { codecs: options.codecs }),
  });
  if (!media) return refuse(replyOf(failure("no ports")));
  leg.media = media;
  if (offer) await media.takeOffer(offer, flow.remote.host);
  if (leg.hasEnded) return void await leg.release();
  const shown = media.shownProfile;
  if (shown && options.device !== undefined) context.profiles.learn(options.device, shown);
  return leg;
}

/** What the sender calls itself, cut to a sensible length. */
export function agentOf({ request }: IncomingRequest): string | undefined {
  return request.headers.get("User-Agent")?.slice(0, 200);
}

function notAcceptable(text: string): Reply {
  return { statusCode: 488, headers: [["Warning", `399 sipedge "${text}"`]] };
}

function badOffer(text: string): Reply {
  return {
    statusCode: 400,
    reasonPhrase: "Malformed SDP",
    headers: [["Warning", `399 sipedge "${text.replace(/["\\]/g, "")}"`]],
  };
}

/** Between accepting and the call's first breath nothing can come but CANCEL, which the leg remembers by itself. */
const UNTIL_OWNED: LegOwner = {
  requested: (_leg, { reply }) => reply({ statusCode: 500, headers: [["Retry-After", "1"]] }),
  legEnded() {},
};
