/** The called side of a session: from the INVITE received to its answer (RFC 3261 §13.3, RFC 3262 §3, RFC 4028 §9). */
import type { Timer } from "../../base/mod.ts";
import type { ExtraHeaders, Reply, SessionEnd, SessionListener, SessionOptions } from "../endpoint_types.ts";
import { type SipRequest, topVia } from "../message/mod.ts";
import type { Arrival, ServerUser, TimerTarget } from "../transaction/mod.ts";
import type { Flow } from "../transport/mod.ts";
import { demandsReliable, takesReliable } from "./capabilities.ts";
import { Dialog } from "./dialog.ts";
import { InviteSession } from "./invite_session.ts";
import { afterAnswer, afterOffer } from "./offer_answer.ts";
import { OpenRequest } from "./open_request.ts";
import type { Question, SessionHost } from "./ports.ts";
import { remainsOf } from "./remains.ts";
import { ReliableSender } from "./reliable_sender.ts";
import { SDP_TYPE, sdpOf } from "./sdp_body.ts";
import { SessionCore } from "./session_core.ts";
import { type TimerVerdict, timerVerdict } from "./session_timer.ts";

/** Proxies drop an INVITE that hears nothing for three minutes (RFC 3261 §13.3.1.1). */
const REPEAT_MS = 60_000;
/** Longer than any queue: what still rings then has been forgotten. */
const RINGING_LIMIT_MS = 3_600_000;

export interface Invitation extends Arrival {
  readonly localTag: string;
  /** A CANCEL that came before the business took the session. */
  readonly cancel?: SipRequest;
}

/** What is known of an INVITE as long as it waits for its final response. */
interface Unanswered {
  readonly question: Question;
  readonly reliable: ReliableSender;
  readonly verdict: TimerVerdict;
  readonly deadlineMs: number;
  repeat: Timer | undefined;
  /** The last provisional response, for its repetition. */
  lastRing: Reply | undefined;
  /** An answer that went out in an unreliable response only: the 2xx has to bring it again. */
  previewSdp: Uint8Array | undefined;
  /** The 200 waits for a PRACK. */
  queuedAnswer: AnswerOptions | undefined;
}

type AnswerOptions = { readonly sdp?: Uint8Array; readonly headers?: ExtraHeaders };

export class IncomingSession extends InviteSession implements ServerUser, TimerTarget {
  readonly direction = "incoming";
  #invite: SipRequest;
  readonly #dialog: Dialog;
  /** Let go with the answer: most of its time a session is a call that was answered. */
  #unanswered: Unanswered | undefined;

  constructor(
    host: SessionHost,
    invitation: Invitation,
    owner: { listener: SessionListener; options: SessionOptions },
  ) {
    const { request, flow, transaction, localTag } = invitation;
    const { listener, options } = owner;
    const contact = options.contactUser === undefined ? {} : { user: options.contactUser };
    const core = new SessionCore({ host, listener, options, contact, isCaller: false });
    const dialog = Dialog.asCalled(request, localTag);
    super(core, { callId: dialog.callId, localTag });
    this.#invite = request;
    this.#dialog = dialog;
    const verdict = timerVerdict(request, options.timer);
    const deadlineMs = host.wheel.now() + RINGING_LIMIT_MS;
    const reliable = new ReliableSender(core, {
      request,
      transaction,
      onLost: () => this.#refuseWith({ statusCode: 504 }, { by: "network", cause: "no ack" }),
    });
    this.#unanswered = {
      question: { request, transaction },
      reliable,
      verdict,
      deadlineMs,
      repeat: undefined,
      lastRing: undefined,
      previewSdp: undefined,
      queuedAnswer: undefined,
    };
    this.#begin(this.#unanswered, { flow, cancel: invitation.cancel });
  }

  get invite(): SipRequest {
    return this.#invite;
  }

  #begin(
    unanswered: Unanswered,
    { flow, cancel }: { flow: Flow; cancel: SipRequest | undefined },
  ): void {
    const { core } = this;
    const { question, verdict } = unanswered;
    core.state = "incoming";
    core.dialog = this.#dialog;
    core.learn(this.invite, flow);
    core.isAdjacent = this.invite.headers.all("Via").length === 1;
    core.isSymmetric = topVia(this.invite).params.has("rport");
    const sdp = sdpOf(this.invite);
    if (sdp) {
      this.#dialog.turns = afterOffer(this.#dialog.turns, "remote") ?? this.#dialog.turns;
      core.remoteSdp = sdp;
    }
    if (cancel) {
      core.leave({ by: "peer", cause: "cancelled", request: cancel }, { isOwn: true });
      return;
    }
    question.transaction.user = this;
    if (verdict.kind === "too small") {
      this.reject({ statusCode: 422, headers: [["Min-SE", String(verdict.minSec)]] });
      return;
    }
    core.answerWith(question, { statusCode: 100 });
    this.#schedule(unanswered);
  }

  override stop(): void {
    super.stop();
    this.#unanswered?.reliable.stop();
    this.#unanswered?.repeat?.cancel();
  }

  /** What waits for an answer that may still be given. */
  get #ringing(): Unanswered | undefined {
    const { state } = this.core;
    return state === "incoming" || state === "early" ? this.#unanswered : undefined;
  }

  override endEarly(end: SessionEnd): void {
    this.#refuseWith({ statusCode: 500 }, end);
  }

  override ring(
    statusCode: number,
    options: { sdp?: Uint8Array; headers?: ExtraHeaders; reliable?: boolean } = {},
  ): void {
    const { core } = this;
    const ringing = this.#ringing;
    if (!ringing || ringing.queuedAnswer) return;
    if (statusCode <= 100 || statusCode >= 200) {
      throw new RangeError(`Cannot ring with status ${statusCode}: it must be 101 to 199`);
    }
    core.state = "early";
    const isReliable = this.#isReliable(options);
    const sdp = this.#takeEarlySdp(ringing, { sdp: options.sdp, isReliable });
    const reply: Reply = {
      statusCode,
      ...(options.headers ? { headers: options.headers } : {}),
      ...(sdp ? { body: { contentType: SDP_TYPE, bytes: sdp } } : {}),
    };
    ringing.lastRing = undefined;
    if (isReliable) {
      ringing.reliable.send(reply, { isOffer: this.#dialog.turns.pending === "local" && sdp !== undefined });
      return;
    }
    ringing.lastRing = reply;
    core.answerWith(ringing.question, reply);
  }

  #isReliable(options: { sdp?: Uint8Array; reliable?: boolean }): boolean {
    const mode = this.core.options.reliable ?? "supported";
    if (demandsReliable(this.invite)) return true;
    if (!takesReliable(this.invite) || options.reliable === false) return false;
    // A plain 180 needs no PRACK: what must not be lost is a session description.
    return options.reliable ?? (mode === "required" || (mode === "supported" && options.sdp !== undefined));
  }

  /** The session description a provisional response may carry now. */
  #takeEarlySdp(
    ringing: Unanswered,
    { sdp, isReliable }: { sdp: Uint8Array | undefined; isReliable: boolean },
  ): Uint8Array | undefined {
    const dialog = this.#dialog;
    const { turns } = dialog;
    if (!sdp || turns.isSettled || turns.pending === "local") return undefined;
    if (turns.pending === "remote") {
      if (isReliable) {
        dialog.turns = afterAnswer(turns);
        ringing.previewSdp = undefined;
      } else {
        ringing.previewSdp = sdp;
      }
    } else if (isReliable) {
      dialog.turns = afterOffer(turns, "local") ?? turns;
    } else {
      // An offer of ours may only go where its arrival is known (RFC 3262 §5): it waits for the 200.
      return undefined;
    }
    this.core.localSdp = sdp;
    return sdp;
  }

  override answer(options: AnswerOptions = {}): void {
    const ringing = this.#ringing;
    if (!ringing || ringing.queuedAnswer) return;
    if (ringing.reliable.holdsSdp) ringing.queuedAnswer = options;
    else this.#answerNow(ringing, options);
  }

  #answerNow(ringing: Unanswered, options: AnswerOptions): void {
    const { core } = this;
    const { question, verdict } = ringing;
    const dialog = this.#dialog;
    const { turns } = dialog;
    const sdp = turns.isSettled ? undefined : options.sdp ?? ringing.previewSdp;
    if (!turns.isSettled && !sdp) {
      throw new TypeError("Cannot answer a session: no session description was given");
    }
    if (sdp) {
      dialog.turns = turns.pending === "remote" ? afterAnswer(turns) : afterOffer(turns, "local") ?? turns;
      core.localSdp = sdp;
    }
    ringing.reliable.stop();
    ringing.repeat?.cancel();
    const response = core.newResponse(question, {
      statusCode: 200,
      headers: [...options.headers ?? [], ...(verdict.kind === "agreed" ? verdict.headers : [])],
      ...(sdp ? { body: { contentType: SDP_TYPE, bytes: sdp } } : {}),
    });
    core.state = "answered";
    core.repeatSuccess(response, question.transaction);
    this.#unanswered = undefined;
    this.#invite = remainsOf(this.#invite);
    question.transaction.respond(response);
    core.agree(verdict.kind === "agreed" ? verdict.refresh : undefined);
  }

  override reject(reply: Reply): void {
    const { core } = this;
    const ringing = this.#ringing;
    if (!ringing) return;
    if (reply.statusCode < 300 || reply.statusCode > 699) {
      throw new RangeError(`Cannot reject with status ${reply.statusCode}: it must be 300 to 699`);
    }
    const { question } = ringing;
    const response = core.newResponse(question, reply);
    question.transaction.respond(response);
    core.leave({ by: "us", cause: "rejected", response }, { isOwn: true });
  }

  override end(headers?: ExtraHeaders): void {
    if (this.core.isAnswered) super.end(headers);
    else this.reject({ statusCode: 480, ...(headers ? { headers } : {}) });
  }

  cancelled(cancel: SipRequest): void {
    this.#refuseWith({ statusCode: 487 }, { by: "peer", cause: "cancelled", request: cancel });
  }

  /** Repeats the last provisional response, or ends what has been ringing for an hour. */
  timerFired(): void {
    const { core } = this;
    const ringing = this.#ringing;
    if (!ringing) return;
    if (core.host.wheel.now() >= ringing.deadlineMs) {
      this.#refuseWith({ statusCode: 480 }, { by: "network", cause: "timeout" });
      return;
    }
    if (ringing.lastRing) core.answerWith(ringing.question, ringing.lastRing);
    this.#schedule(ringing);
  }

  protected override dialogFor(remoteTag: string | undefined): Dialog | undefined {
    return (remoteTag ?? "") === this.#dialog.remoteTag ? this.#dialog : undefined;
  }

  protected override receivePrack(question: Question, dialog: Dialog): boolean {
    const { request } = question;
    const taken = this.#unanswered?.reliable.take(request);
    if (!taken) return false;
    const sdp = sdpOf(request);
    if (sdp && !taken.isOffer && dialog.turns.isSettled && dialog.turns.pending === "none") {
      this.#offeredInPrack(question, { dialog, sdp });
    } else {
      this.core.answerWith(question, { statusCode: 200 });
      if (taken.isOffer && sdp) {
        dialog.turns = afterAnswer(dialog.turns);
        this.core.remoteSdp = sdp;
      }
      this.core.listener.acknowledged(taken.isOffer && sdp ? { sdp } : {});
    }
    if (this.core.state === "early") this.#goOn();
    return true;
  }

  protected override receiveBye(request: SipRequest): void {
    const end: SessionEnd = { by: "peer", cause: "bye", request };
    if (this.core.isAnswered) this.core.leave(end);
    else this.#refuseWith({ statusCode: 487 }, end);
  }

  /** A PRACK may carry an offer of its own once the first exchange is over (RFC 3262 §5). */
  #offeredInPrack(
    question: Question,
    options: { dialog: Dialog; sdp: Uint8Array },
  ): void {
    const { core } = this;
    const { dialog, sdp } = options;
    dialog.turns = afterOffer(dialog.turns, "remote") ?? dialog.turns;
    const withdraw = () => {
      core.due = undefined;
      dialog.turns = { isSettled: true, pending: "none" };
    };
    const open = new OpenRequest(core, question, {
      lateStatus: 500,
      onGone: () => {
        withdraw();
        core.listener.offerWithdrawn?.();
      },
    });
    core.due = {
      answer: (answer) => {
        if (!open.reply({ statusCode: 200, body: { contentType: SDP_TYPE, bytes: answer } })) return;
        dialog.turns = afterAnswer(dialog.turns);
        core.localSdp = answer;
        core.remoteSdp = sdp;
        this.localOffers.pump();
      },
      refuse: (reply) => {
        open.reply(reply);
        withdraw();
      },
    };
    core.listener.offered({ request: question.request, sdp });
  }

  /** What waited for a PRACK follows. */
  #goOn(): void {
    const ringing = this.#ringing;
    if (!ringing) return;
    ringing.reliable.next();
    const queued = ringing.queuedAnswer;
    if (queued && !ringing.reliable.holdsSdp) {
      ringing.queuedAnswer = undefined;
      this.#answerNow(ringing, queued);
      return;
    }
    this.localOffers.pump();
  }

  /** Refuses an INVITE without having been asked to. */
  #refuseWith(reply: Reply, end: SessionEnd): void {
    const { core } = this;
    const ringing = this.#ringing;
    if (!ringing) return;
    ringing.question.transaction.respond(core.newResponse(ringing.question, reply));
    core.leave(end);
  }

  #schedule(unanswered: Unanswered): void {
    unanswered.repeat = this.core.host.wheel.start(REPEAT_MS, this);
  }
}
