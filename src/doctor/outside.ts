/** What the SDP will say to phones and carriers beyond this network, and whether they can reach it (NAT). */

import { ipFamily, isLinkLocal, isLoopback } from "../base/mod.ts";
import type { MediaSettings } from "../config/mod.ts";
import { enumerate, type Finding, fine, problem, warning } from "./finding.ts";

export interface OutsideFacts {
  readonly address: MediaSettings["address"];
  /** Addresses of this machine. */
  readonly local: readonly string[];
  /** True when the listeners are for this machine only. */
  readonly isLoopbackOnly: boolean;
  /** What the STUN server of the settings answered; undefined without one or without an answer. */
  readonly found?: string;
  /** Public addresses that phones and lines are reached at. */
  readonly peers: readonly string[];
}

export function judgeOutside({ address, local, isLoopbackOnly, found, peers }: OutsideFacts): Finding {
  if (isLoopbackOnly) {
    return fine("outside", "the listeners are for this machine only: nobody outside is told anything");
  }
  const own = local.filter((one) => !isLoopback(one));
  if (address === "auto") return judgeAuto(own, peers);
  if ("ip" in address) {
    const where = own.includes(address.ip) ? "an address of this machine" : "that of a router in front";
    if (isPrivate(address.ip)) {
      return warning(
        "outside",
        `SDP towards the outside says ${address.ip}, which is private: nobody there can send voice to it`,
        "media: { address: auto }, or the public address of the router",
      );
    }
    return fine("outside", `SDP towards the outside says ${address.ip}, ${where}`);
  }
  if (found === undefined) {
    return problem(
      "outside",
      `the STUN server ${address.stun} does not answer: SDP says private addresses to the outside`,
      "media: { address: stun:ANOTHER-SERVER }, or the public address itself: media: { address: IP }",
    );
  }
  return fine("outside", `SDP towards the outside says ${found}, as ${address.stun} sees this machine`);
}

function judgeAuto(own: readonly string[], peers: readonly string[]): Finding {
  const open = own.filter((one) => !isPrivate(one));
  // Who is reached by IPv4 is of no use to somebody who has a public IPv6 address only.
  const lost = peers.filter((peer) => !open.some((one) => ipFamily(one) === ipFamily(peer)));
  if (lost.length > 0) {
    return warning(
      "outside",
      `SDP says ${enumerate(own)} to ${
        enumerate(lost, 3)
      }, which cannot reach a private address: one-way voice`,
      "the public address of the router: media: { address: IP }, or media: { address: stun:HOST }",
    );
  }
  const say = own.length > 0
    ? `SDP says ${enumerate(own)}, whichever a phone reaches`
    : "there is no network";
  if (open.length > 0 || own.length === 0) return fine("outside", say);
  return fine("outside", `${say}; phones and lines on the internet would need media.address`);
}

/** Addresses that mean nothing beyond their own network (RFC 1918, RFC 4193, RFC 6598). */
export function isPrivate(host: string): boolean {
  return isLoopback(host) || isLinkLocal(host) ||
    /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd][0-9a-f]{2}:)/i
      .test(host);
}
