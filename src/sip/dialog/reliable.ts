/** Reliable provisional responses taken from the peer: their order and their PRACK (RFC 3262 §4). */
import { cseq, type SipRequest, type SipResponse } from "../message/mod.ts";
import { reliableSequenceOf } from "./capabilities.ts";
import type { Dialog } from "./dialog.ts";
import type { SendUser } from "./ports.ts";
import { SDP_TYPE } from "./sdp_body.ts";
import type { SessionCore } from "./session_core.ts";

/**
 * Takes the RSeq of a provisional response: `plain` when it has none, `next` when it is in order and must be
 * acknowledged, `stale` when it came before or out of order and must be dropped.
 */
export function takeReliable(dialog: Dialog, response: SipResponse): "plain" | "next" | "stale" {
  const sequence = reliableSequenceOf(response);
  if (sequence === undefined) return "plain";
  const last = dialog.reliableSequence;
  if (last !== undefined && sequence !== last + 1) return "stale";
  dialog.reliableSequence = sequence;
  return "next";
}

/** PRACK for a response that `takeReliable` called next; with `sdp` it answers the offer in it. */
export function sendPrack(
  core: SessionCore,
  dialog: Dialog,
  options: { response: SipResponse; sdp?: Uint8Array },
): void {
  const { sequence, method } = cseq(options.response);
  let request: SipRequest = core.newRequest("PRACK", dialog);
  request.headers.append("RAck", `${reliableSequenceOf(options.response)} ${sequence} ${method}`);
  if (options.sdp) {
    request.headers.set("Content-Type", SDP_TYPE);
    request = { ...request, body: options.sdp };
  }
  core.send(request, dialog, new PrackUser(core, dialog));
}

/**
 * Whatever becomes of a PRACK, the call goes on: there are peers that demand 100rel and then answer 405.
 * What does hurt shows in the INVITE itself.
 */
class PrackUser implements SendUser {
  readonly #core: SessionCore;
  readonly #dialog: Dialog;

  constructor(core: SessionCore, dialog: Dialog) {
    this.#core = core;
    this.#dialog = dialog;
  }

  nextSequence(): number {
    return this.#dialog.nextSequence();
  }

  response(response: SipResponse): void {
    if (response.statusCode < 300) return;
    this.#core.host.log.info("a PRACK was refused; the call goes on", {
      callId: this.#dialog.callId,
      statusCode: response.statusCode,
    });
  }

  failed(): void {
    this.#core.host.log.info("a PRACK was not answered; the call goes on", { callId: this.#dialog.callId });
  }
}
