/** A peer's offer, judged by policy before any port is taken (RFC 3264 §6, RFC 4568 §5). Pure. */

import type { SrtpPolicy } from "../../config/mod.ts";
import type { Reply } from "../../sip/mod.ts";
import {
  chooseStreams,
  type ChosenStream,
  type OfferRefusal,
  parseSdp,
  type RemoteStream,
  remoteStreams,
} from "../../sdp/mod.ts";

/** A peer's offer, read and judged by the policy, before any port is taken. */
export type ReadOffer =
  | { readonly ok: true; readonly all: readonly RemoteStream[]; readonly chosen: readonly ChosenStream[] }
  | { readonly ok: false; readonly error: OfferRefusal | "malformed"; readonly reason: string };

/** For the Warning header and the log: what is wrong, and what would be right. */
const REASONS: Record<OfferRefusal, string> = {
  "no media": "No media stream that can be taken was offered",
  "srtp required": "Encryption is required here: offer SRTP (SDES)",
  "srtp not allowed": "Encryption is switched off here: offer RTP/AVP",
  "no common crypto": "No SRTP suite in common: offer AES_CM_128_HMAC_SHA1_80",
};

/** The response to a new offer within a call that was not taken. */
export function offerRefusal({ error, reason }: ReadOffer & { ok: false }): Reply {
  return {
    statusCode: error === "malformed" ? 400 : 488,
    headers: [["Warning", `399 sipedge "${reason.replace(/["\\]/g, "")}"`]],
  };
}

/** Reads `sdp` as an offer under `policy`. */
export function readOffer(sdp: Uint8Array, policy: SrtpPolicy): ReadOffer {
  const parsed = parseSdp(sdp);
  if (!parsed.ok) {
    return { ok: false, error: "malformed", reason: `SDP line ${parsed.error.line}: ${parsed.error.reason}` };
  }
  const all = remoteStreams(parsed.value);
  const choice = chooseStreams(all, policy);
  if (!choice.ok) return { ok: false, error: choice.error, reason: REASONS[choice.error] };
  return { ok: true, all, chosen: choice.streams };
}
