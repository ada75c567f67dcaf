/** Descriptions with and without SRTP for scenarios, and a called phone that takes only some of them. */
import type { SrtpProfile } from "../../src/pbx/call/srtp_profile.ts";
import { described, type Phone } from "./virtual_office.ts";

export type { SrtpProfile };

const SUITE = "AES_CM_128_HMAC_SHA1_80";
const KEY = "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
const DECODER = new TextDecoder();

/** A description of PCMA in the way of `profile`; an answer repeats the `tag` of the offered line. */
export function srtpSdp(phone: Phone, profile: SrtpProfile, tag = "1"): Uint8Array {
  const protocol = profile === "secure" ? "RTP/SAVP" : "RTP/AVP";
  const crypto = profile === "plain" ? "" : `a=crypto:${tag} ${SUITE} ${KEY}\r\n`;
  return described(phone, `m=audio 4000 ${protocol} 8\r\n${crypto}`);
}

/** In which of the three ways a description is written. */
export function profileOf(sdp: Uint8Array | string): SrtpProfile {
  const text = typeof sdp === "string" ? sdp : DECODER.decode(sdp);
  if (/^m=audio \d+ RTP\/SAVPF? /m.test(text)) return "secure";
  return /^a=crypto:/m.test(text) ? "opportunistic" : "plain";
}

/**
 * From now on `phone` rings for the ways that it `takes` and refuses others at once; its answers follow the offer. Returns
 * the list in which the ways it is offered appear.
 */
export function calledTakes(
  phone: Phone,
  wish: { readonly takes: readonly SrtpProfile[]; readonly refusesWith: number },
): SrtpProfile[] {
  const offers: SrtpProfile[] = [];
  phone.onSession = (session) => {
    const offer = DECODER.decode(session.invite.body);
    const profile = profileOf(offer);
    offers.push(profile);
    if (!wish.takes.includes(profile)) return session.reject({ statusCode: wish.refusesWith });
    const tag = new RegExp(`^a=crypto:(\\d+) ${SUITE} `, "m").exec(offer)?.[1];
    phone.sdp = () => srtpSdp(phone, profile, tag);
    session.ring(180);
  };
  return offers;
}
