/** A peer's offer, judged by policy before any port is taken (RFC 3264 §6, RFC 4568 §5). Pure. */

import type { SrtpPolicy } from "../../config/mod.ts";
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

/** Reads `sdp` as an offer under `policy`. */
export function readOffer(sdp: Uint8Array, policy: SrtpPolicy): ReadOffer {
  const parsed = parseSdp(sdp);
  if (!parsed.ok) {
    return { ok: false, error: "malformed", reason: `SDP line ${parsed.error.line}: ${parsed.error.reason}` };
  }
  const all = remoteStreams(parsed.value);
  const choice = chooseStreams(all, policy);
  if (!choice.ok) return { ok: false, error: choice.error, reason: choice.error };
  return { ok: true, all, chosen: choice.streams };
}
