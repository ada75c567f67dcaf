/** Which ways of offering SRTP are tried, and when a refusal is meant for the way (RFC 4568, RFC 8643). Pure. */

import type { SrtpPolicy, SrtpWay } from "./types.ts";

/** First to last; `first` comes before the others where the policy allows it. */
export function waysToTry(policy: SrtpPolicy, first?: SrtpWay): readonly SrtpWay[] {
  if (policy === "off") return ["plain"];
  const order: readonly SrtpWay[] = policy === "required"
    ? ["secure", "opportunistic"]
    : ["opportunistic", "secure", "plain"];
  // Two lines hold a plain one: no way for those who insist.
  if (first === undefined || (policy === "required" && !order.includes(first))) return order;
  return [first, ...order.filter((way) => way !== first)];
}

/** Statuses by which a peer says that it dislikes the offer's profile, not the call. */
export function isRefusalOfWay(statusCode: number): boolean {
  return statusCode === 488 || statusCode === 606 || statusCode === 415;
}
