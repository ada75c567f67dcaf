/** A 2xx that nobody wants: from a second branch of a fork, or after CANCEL (RFC 3261 §13.2.2.4). */
import { cseq, type SipRequest, type SipResponse } from "../message/mod.ts";
import { Dialog } from "./dialog.ts";
import { chooseHop } from "./next_hop.ts";
import type { Sent, SessionHost } from "./ports.ts";

/** Acknowledges the 2xx and ends its dialog with BYE. */
export function dismissAnswer(host: SessionHost, response: SipResponse, sent: Sent): void {
  const dialog = Dialog.asCaller(sent.request, response);
  const { nextHop } = dialog;
  const route = chooseHop({
    nextHop,
    flow: sent.flow,
    isAdjacent: sent.destination.kind === "flow" && dialog.routeSet.length === 0,
    isSymmetric: sent.destination.kind === "flow",
  });
  const ack = dialog.createRequest("ACK", cseq(response).sequence);
  copyCredentials(sent.request, ack);
  host.sendAck(ack, { route, fallback: nextHop });
  const bye = dialog.createRequest("BYE");
  bye.headers.append("User-Agent", host.userAgent);
  host.send({ request: bye, route, fallback: nextHop }, {
    nextSequence: () => dialog.nextSequence(),
    response: () => {},
    failed: () => {},
  });
}

/** The ACK of a 2xx carries the credentials of its INVITE (RFC 3261 §13.2.2.4). */
export function copyCredentials(invite: SipRequest, ack: SipRequest): void {
  for (const name of ["Authorization", "Proxy-Authorization"]) {
    for (const value of invite.headers.all(name)) ack.headers.append(name, value);
  }
}
