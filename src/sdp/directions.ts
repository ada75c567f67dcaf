/** Who may send on a stream (RFC 3264 §5.1, §6.1, §8.4). Pure. */

import { reverseDirection } from "./formats.ts";
import type { MediaDirection } from "./types.ts";

/** What both allow; each seen from our end. */
export function narrow(a: MediaDirection, b: MediaDirection): MediaDirection {
  const send = maySend(a) && maySend(b);
  const receive = mayReceive(a) && mayReceive(b);
  if (send) return receive ? "sendrecv" : "sendonly";
  return receive ? "recvonly" : "inactive";
}

/** Our answer to a peer that offers `offered`, when we ourselves wish `own`. */
export function answerDirection(offered: MediaDirection, own: MediaDirection): MediaDirection {
  return narrow(reverseDirection(offered), own);
}

export function maySend(direction: MediaDirection): boolean {
  return direction === "sendrecv" || direction === "sendonly";
}

export function mayReceive(direction: MediaDirection): boolean {
  return direction === "sendrecv" || direction === "recvonly";
}
