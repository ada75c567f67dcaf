/** One re-INVITE or UPDATE of ours, from sending to its last response (RFC 3261 §14.1, RFC 3311 §5, RFC 4028 §7). */
import type { Timer } from "../../base/mod.ts";
import { cseq, type SipRequest, type SipResponse } from "../message/mod.ts";
import type { TimerTarget } from "../transaction/mod.ts";
import type { Dialog } from "./dialog.ts";
import { copyCredentials } from "./extra_answer.ts";
import { afterAnswer, afterOffer, afterWithdrawal } from "./offer_answer.ts";
import type { SendHandle, SendUser, Sent } from "./ports.ts";
import { sendPrack, takeReliable } from "./reliable.ts";
import { SDP_TYPE, sdpOf } from "./sdp_body.ts";
import type { SessionCore } from "./session_core.ts";
import { agreedByAnswer, raisedTimer } from "./session_timer.ts";

/** What the business, or the session timer, wants sent. */
export interface Wish {
  readonly purpose: "offer" | "refresh";
  /** Absent: the peer is asked for its offer. */
  readonly sdp: Uint8Array | undefined;
  readonly tries: number;
  readonly avoidsUpdate?: boolean | undefined;
}

export type OfferVerdict =
  | { readonly kind: "done" }
  /** To be sent again; without `waitMs` after the random pause of glare. */
  | {
    readonly kind: "again";
    readonly response: SipResponse;
    readonly waitMs?: number;
    readonly avoidsUpdate?: boolean;
  };

/** A peer that says 100 and then nothing is cancelled after this. */
const ANSWER_LIMIT_MS = 90_000;
/** A longer Retry-After is a refusal for a person who waits. */
const MAX_RETRY_AFTER_SEC = 10;

interface AttemptOptions {
  readonly wish: Wish;
  readonly hasOffer: boolean;
  readonly method: "INVITE" | "UPDATE";
  readonly user: OfferUser;
}

/** Who waits for what becomes of an offer. */
export interface OfferUser {
  settled(verdict: OfferVerdict, wish: Wish): void;
}

export class OfferAttempt implements SendUser, TimerTarget {
  /** False once a final response came, and after 2xx with an offer once that was answered. */
  isWaiting = true;
  readonly #core: SessionCore;
  readonly #dialog: Dialog;
  readonly #options: AttemptOptions;
  #handle: SendHandle | undefined;
  #limit: Timer | undefined;
  #ack: SipRequest | undefined;
  #hasSucceeded = false;
  #sent: SipRequest | undefined;

  constructor(core: SessionCore, dialog: Dialog, options: AttemptOptions) {
    this.#core = core;
    this.#dialog = dialog;
    this.#options = options;
  }

  start(request: SipRequest): void {
    if (this.#options.method === "INVITE") this.#limit = this.#core.host.wheel.start(ANSWER_LIMIT_MS, this);
    this.#handle = this.#core.send(request, this.#dialog, this);
  }

  stop(): void {
    this.isWaiting = false;
    this.#limit?.cancel();
    this.#limit = undefined;
    this.#handle?.abandon();
  }

  timerFired(): void {
    this.#limit = undefined;
    this.#handle?.cancel();
  }

  nextSequence(): number {
    return this.#dialog.nextSequence();
  }

  response(response: SipResponse, sent: Sent): void {
    if (this.#core.isEnded) return;
    const { statusCode } = response;
    if (statusCode < 200) {
      this.#provisional(response, sent);
      return;
    }
    if (statusCode < 300 && this.#hasSucceeded) {
      if (this.#ack) this.#core.sendAck(this.#ack, this.#dialog);
      return;
    }
    this.#core.learn(response, sent.flow);
    this.#sent = sent.request;
    this.#limit?.cancel();
    this.#limit = undefined;
    if (statusCode < 300) this.#success(response);
    else this.#refused(response);
  }

  failed(reason: "timeout" | "unreachable" | "unresolved"): void {
    this.#core.host.log.info("an offer within a call got no answer", { callId: this.#dialog.callId, reason });
    this.#giveUp(reason);
  }

  #provisional(response: SipResponse, sent: Sent): void {
    if (this.#options.method !== "INVITE" || takeReliable(this.#dialog, response) !== "next") return;
    this.#core.learn(response, sent.flow);
    sendPrack(this.#core, this.#dialog, { response });
  }

  #success(response: SipResponse): void {
    const core = this.#core;
    const dialog = this.#dialog;
    this.#hasSucceeded = true;
    dialog.refreshTarget(response);
    core.agree(agreedByAnswer(response, core.timer));
    const sdp = sdpOf(response);
    if (this.#options.method === "INVITE" && !this.#options.hasOffer) {
      this.#offered(response, sdp);
      return;
    }
    this.isWaiting = false;
    if (this.#options.method === "INVITE") this.#acknowledge(response);
    if (this.#options.hasOffer) {
      dialog.turns = afterAnswer(dialog.turns);
      core.localSdp = this.#options.wish.sdp;
    }
    const isNews = this.#options.wish.purpose === "offer" || (sdp !== undefined && !core.isRemoteSdp(sdp));
    if (sdp) core.remoteSdp = sdp;
    if (isNews) core.listener.offerAnswered({ response, ...(sdp ? { sdp } : {}), isOffer: false });
    this.#options.user.settled({ kind: "done" }, this.#options.wish);
  }

  /** We asked for the peer's offer: its answer goes into the ACK. */
  #offered(response: SipResponse, sdp: Uint8Array | undefined): void {
    const core = this.#core;
    const dialog = this.#dialog;
    if (!sdp) {
      this.isWaiting = false;
      this.#acknowledge(response);
      core.listener.offerAnswered({ response, isOffer: false });
      this.#options.user.settled({ kind: "done" }, this.#options.wish);
      return;
    }
    dialog.turns = afterOffer(dialog.turns, "remote") ?? dialog.turns;
    core.remoteSdp = sdp;
    const done = () => {
      this.isWaiting = false;
      this.#options.user.settled({ kind: "done" }, this.#options.wish);
    };
    const ackFirst = () => this.#acknowledge(response);
    core.ackFirst = ackFirst;
    core.due = {
      answer: (answer) => {
        dialog.turns = afterAnswer(dialog.turns);
        core.localSdp = answer;
        this.#acknowledge(response, answer);
        done();
      },
      refuse: () => {
        // An offer in a 2xx cannot be refused: the ACK must bring an answer, so the call ends (RFC 3261 §14.1).
        core.hangUp({ by: "us", cause: "bye" }, { isOwn: true });
      },
    };
    core.listener.offerAnswered({ response, sdp, isOffer: true });
  }

  #acknowledge(response: SipResponse, sdp?: Uint8Array): void {
    let ack = this.#core.newRequest("ACK", this.#dialog, cseq(response).sequence);
    if (this.#sent) copyCredentials(this.#sent, ack);
    this.#sent = undefined;
    if (sdp) {
      ack.headers.set("Content-Type", SDP_TYPE);
      ack = { ...ack, body: sdp };
    }
    this.#ack = ack;
    this.#core.ackFirst = undefined;
    this.#core.sendAck(ack, this.#dialog);
  }

  #refused(response: SipResponse): void {
    const core = this.#core;
    const { wish, user, method } = this.#options;
    const { statusCode } = response;
    this.isWaiting = false;
    if (this.#options.hasOffer) this.#dialog.turns = afterWithdrawal(this.#dialog.turns);
    if (statusCode === 481 || statusCode === 408) {
      this.#giveUp("dialog gone");
    } else if (statusCode === 491) {
      user.settled({ kind: "again", response }, wish);
    } else if (statusCode === 422) {
      core.timer = raisedTimer(core.timer, response);
      if (core.refresh) core.refresh = { ...core.refresh, intervalSec: core.timer.expiresSec };
      user.settled({ kind: "again", response, waitMs: 0 }, wish);
    } else if (statusCode === 500 && retryAfterSec(response) !== undefined) {
      user.settled({ kind: "again", response, waitMs: 1000 * (retryAfterSec(response) ?? 0) + 10 }, wish);
    } else if (wish.purpose === "refresh") {
      // A peer that names UPDATE in Allow and cannot do it gets a re-INVITE.
      if (method === "UPDATE") user.settled({ kind: "again", response, waitMs: 0, avoidsUpdate: true }, wish);
      else user.settled({ kind: "done" }, wish);
    } else {
      core.listener.offerRefused({ response });
      user.settled({ kind: "done" }, wish);
    }
  }

  #giveUp(cause: "timeout" | "unreachable" | "unresolved" | "dialog gone"): void {
    this.stop();
    if (!this.#core.isEnded) this.#core.hangUp({ by: "network", cause });
  }
}

function retryAfterSec(response: SipResponse): number | undefined {
  const text = /^\s*(\d{1,6})/.exec(response.headers.get("Retry-After") ?? "")?.[1];
  const seconds = text === undefined ? undefined : Number(text);
  return seconds !== undefined && seconds <= MAX_RETRY_AFTER_SEC ? seconds : undefined;
}
