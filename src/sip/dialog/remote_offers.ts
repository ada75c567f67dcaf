/** The peer's re-INVITE and UPDATE (RFC 3261 §14.2, RFC 3311 §5.2, RFC 6337 §3): glare, overlap, answers, refreshes. */
import { below } from "../../base/mod.ts";
import type { ExtraHeaders, Reply } from "../endpoint_types.ts";
import type { Dialog } from "./dialog.ts";
import type { LocalOffers } from "./local_offers.ts";
import { afterAnswer, afterOffer, afterWithdrawal } from "./offer_answer.ts";
import { OpenRequest } from "./open_request.ts";
import type { Question } from "./ports.ts";
import { SDP_TYPE, sdpOf } from "./sdp_body.ts";
import type { SessionCore } from "./session_core.ts";
import { timerVerdict } from "./session_timer.ts";

export class RemoteOffers {
  readonly #core: SessionCore;
  readonly #localOffers: LocalOffers;

  constructor(core: SessionCore, localOffers: LocalOffers) {
    this.#core = core;
    this.#localOffers = localOffers;
  }

  receiveInvite(question: Question, dialog: Dialog): void {
    const core = this.#core;
    const { request } = question;
    const collision = this.#collision(dialog, true);
    if (collision) {
      core.answerWith(question, collision);
      return;
    }
    const headers = this.#timerHeaders(question);
    if (!headers) return;
    dialog.refreshTarget(request);
    const sdp = sdpOf(request);
    if (sdp) dialog.turns = afterOffer(dialog.turns, "remote") ?? dialog.turns;
    const open = this.#open(question, dialog);
    core.due = {
      answer: (answer) => this.#acceptInvite(open, dialog, { offer: sdp, answer, headers }),
      refuse: (reply) => this.#refuse(open, dialog, reply),
    };
    core.listener.offered({ request, ...(sdp ? { sdp } : {}) });
  }

  receiveUpdate(question: Question, dialog: Dialog): void {
    const core = this.#core;
    const { request } = question;
    const sdp = sdpOf(request);
    const collision = sdp && this.#collision(dialog, false);
    if (collision) {
      core.answerWith(question, collision);
      return;
    }
    const headers = this.#timerHeaders(question);
    if (!headers) return;
    dialog.refreshTarget(request);
    if (!sdp) {
      core.answerWith(question, { statusCode: 200, headers });
      return;
    }
    dialog.turns = afterOffer(dialog.turns, "remote") ?? dialog.turns;
    const open = this.#open(question, dialog);
    core.due = {
      answer: (answer) => {
        const body = { contentType: SDP_TYPE, bytes: answer };
        if (open.reply({ statusCode: 200, headers, body })) this.#answered(dialog, { offer: sdp, answer });
      },
      refuse: (reply) => this.#refuse(open, dialog, reply),
    };
    core.listener.offered({ request, sdp });
  }

  /** Why an offer cannot be taken now; undefined when it can. */
  #collision(dialog: Dialog, isInvite: boolean): Reply | undefined {
    const core = this.#core;
    if (this.#localOffers.isBusy || dialog.turns.pending === "local") return { statusCode: 491 };
    // Our first INVITE is still open: whoever sends a second one has not read the first response yet.
    if (isInvite && core.state === "early" && core.isCaller) return { statusCode: 491 };
    const hasOpenInvite = core.state === "incoming" || (core.state === "early" && !core.isCaller);
    if (core.due || (isInvite && hasOpenInvite)) {
      // RFC 3261 §14.2: 500 with a Retry-After of 0 to 10 s.
      const seconds = below(core.host.random, 11);
      return { statusCode: 500, headers: [["Retry-After", String(seconds)]] };
    }
    return undefined;
  }

  /** Session-Expires for the 2xx; undefined when a 422 went out instead. */
  #timerHeaders(question: Question): ExtraHeaders | undefined {
    const core = this.#core;
    const verdict = timerVerdict(question.request, core.timer);
    switch (verdict.kind) {
      case "too small":
        core.answerWith(question, {
          statusCode: 422,
          headers: [["Min-SE", String(verdict.minSec)]],
        });
        return undefined;
      case "none":
        core.agree(undefined);
        return [];
      case "agreed":
        core.agree(verdict.refresh);
        return verdict.headers;
      default:
        return verdict satisfies never;
    }
  }

  #open(question: Question, dialog: Dialog): OpenRequest {
    return new OpenRequest(this.#core, question, {
      lateStatus: 500,
      onGone: () => {
        this.#withdrawn(dialog);
        this.#core.listener.offerWithdrawn?.();
      },
    });
  }

  #acceptInvite(
    open: OpenRequest,
    dialog: Dialog,
    options: { offer: Uint8Array | undefined; answer: Uint8Array; headers: ExtraHeaders },
  ): void {
    const core = this.#core;
    const body = { contentType: SDP_TYPE, bytes: options.answer };
    const response = open.reply({ statusCode: 200, headers: options.headers, body });
    if (!response) return;
    core.repeatSuccess(response, open.transaction);
    if (options.offer) {
      this.#answered(dialog, { offer: options.offer, answer: options.answer });
      return;
    }
    dialog.turns = afterOffer(dialog.turns, "local") ?? dialog.turns;
    core.localSdp = options.answer;
  }

  #answered(dialog: Dialog, { offer, answer }: { offer: Uint8Array; answer: Uint8Array }): void {
    dialog.turns = afterAnswer(dialog.turns);
    this.#core.remoteSdp = offer;
    this.#core.localSdp = answer;
    this.#localOffers.pump();
  }

  #refuse(open: OpenRequest, dialog: Dialog, reply: Reply): void {
    if (!open.reply(reply)) return;
    this.#withdrawn(dialog);
  }

  #withdrawn(dialog: Dialog): void {
    this.#core.due = undefined;
    dialog.turns = afterWithdrawal(dialog.turns);
    this.#localOffers.pump();
  }
}
