/** Our offers within the dialog, by re-INVITE or UPDATE: one at a time, glare retried (RFC 3261 §14.1, RFC 3311). */
import { below, type Timer } from "../../base/mod.ts";
import { createResponse, type SipRequest } from "../message/mod.ts";
import type { TimerTarget } from "../transaction/mod.ts";
import type { Dialog } from "./dialog.ts";
import { afterOffer } from "./offer_answer.ts";
import { OfferAttempt, type OfferUser, type OfferVerdict, type Wish } from "./offer_attempt.ts";
import { SDP_TYPE } from "./sdp_body.ts";
import type { SessionCore } from "./session_core.ts";

/** Glare that does not end after so many tries is not glare. */
const MAX_TRIES = 8;

export class LocalOffers implements OfferUser, TimerTarget {
  readonly #core: SessionCore;
  #wish: Wish | undefined;
  #attempt: OfferAttempt | undefined;
  #pause: Timer | undefined;

  constructor(core: SessionCore) {
    this.#core = core;
  }

  /** True while a re-INVITE of ours has no final response, or an UPDATE with an offer. */
  get isBusy(): boolean {
    return this.#attempt?.isWaiting ?? false;
  }

  /** Sends an offer as soon as the dialog allows; a newer one takes the place of one not yet sent. */
  offer(sdp: Uint8Array | undefined): void {
    this.#wish = { purpose: "offer", sdp, tries: 0 };
    this.pump();
  }

  /** Refreshes the session timer, unless an offer is on its way and does that as well. */
  refresh(): void {
    if (this.#wish || this.isBusy) return;
    this.#wish = { purpose: "refresh", sdp: this.#core.localSdp, tries: 0 };
    this.pump();
  }

  /** Called whenever something ended that an offer has to wait for. */
  pump(): void {
    const core = this.#core;
    const { dialog } = core;
    if (!this.#wish || !dialog || this.#pause || !this.#isFree(dialog)) return;
    const wish = this.#wish;
    this.#wish = undefined;
    if (core.state === "confirmed") this.#send(wish, dialog, this.#methodFor(wish));
    else if (!core.allowsUpdate || !wish.sdp) this.#refuseHere(wish, dialog, 405);
    else if (dialog.turns.isSettled) this.#send(wish, dialog, "UPDATE");
    // The first exchange ends with the answer at the latest: as good as glare.
    else this.#refuseHere(wish, dialog, 491);
  }

  stop(): void {
    this.#pause?.cancel();
    this.#pause = undefined;
    this.#wish = undefined;
    this.#attempt?.stop();
  }

  timerFired(): void {
    this.#pause = undefined;
    this.pump();
  }

  /** Nothing of either side is open that ends soon, and the stage of the session allows an offer or a refusal. */
  #isFree(dialog: Dialog): boolean {
    const core = this.#core;
    if (core.isEnded || core.repeater || this.isBusy) return false;
    if (core.state === "early" && !dialog.turns.isSettled) return true;
    if (core.state !== "early" && core.state !== "confirmed") return false;
    return !core.due && dialog.turns.pending === "none";
  }

  #methodFor(wish: Wish): "INVITE" | "UPDATE" {
    const byUpdate = wish.purpose === "refresh" && this.#core.allowsUpdate && !wish.avoidsUpdate;
    return byUpdate ? "UPDATE" : "INVITE";
  }

  #send(wish: Wish, dialog: Dialog, method: "INVITE" | "UPDATE"): void {
    const core = this.#core;
    let request: SipRequest = core.newRequest(method, dialog);
    // A refresh by UPDATE carries no offer (RFC 4028 §7.4).
    const sdp = wish.purpose === "refresh" && method === "UPDATE" ? undefined : wish.sdp;
    if (sdp) {
      request.headers.set("Content-Type", SDP_TYPE);
      request = { ...request, body: sdp };
      dialog.turns = afterOffer(dialog.turns, "local") ?? dialog.turns;
    }
    this.#attempt?.stop();
    this.#attempt = new OfferAttempt(core, dialog, {
      wish,
      hasOffer: sdp !== undefined,
      method,
      user: this,
    });
    this.#attempt.start(request);
  }

  settled(verdict: OfferVerdict, wish: Wish): void {
    if (verdict.kind === "again" && !this.#core.isEnded && wish.tries < MAX_TRIES) {
      // A newer offer of the business takes the place of the one to be repeated.
      this.#wish ??= {
        ...wish,
        tries: wish.tries + 1,
        avoidsUpdate: wish.avoidsUpdate || verdict.avoidsUpdate,
      };
      const waitMs = verdict.waitMs ?? this.#glarePauseMs();
      if (waitMs > 0) this.#pause ??= this.#core.host.wheel.start(waitMs, this);
    } else if (verdict.kind === "again" && wish.purpose === "offer" && !this.#core.isEnded) {
      this.#core.listener.offerRefused({ response: verdict.response });
    }
    this.pump();
  }

  /** RFC 3261 §14.1: 2.1–4 s for the owner of the Call-ID, 0–2 s for the other, in units of 10 ms. */
  #glarePauseMs(): number {
    const { host: { random }, isCaller } = this.#core;
    return isCaller ? 2100 + 10 * below(random, 191) : 10 * below(random, 201);
  }

  /** The peer cannot take this offer now: told as if it had said so. */
  #refuseHere(wish: Wish, dialog: Dialog, statusCode: number): void {
    if (wish.purpose === "refresh") return;
    const core = this.#core;
    const request = dialog.createRequest("UPDATE", dialog.localSequence);
    const response = createResponse(request, statusCode, undefined, { toTag: dialog.remoteTag });
    core.host.later(() => {
      if (!core.isEnded) core.listener.offerRefused({ response });
    });
  }
}
