/** The calling side of a session: from our INVITE to its answer (RFC 3261 §13.2, RFC 3262 §4, RFC 4028 §7). */
import type { Timer } from "../../base/mod.ts";
import type { ExtraHeaders, OutgoingInvite, SessionEnd, SessionListener } from "../endpoint_types.ts";
import {
  createResponse,
  cseq,
  decodeText,
  type SipRequest,
  type SipResponse,
  tagOf,
  to,
} from "../message/mod.ts";
import type { TimerTarget } from "../transaction/mod.ts";
import { Dialog } from "./dialog.ts";
import { copyCredentials, dismissAnswer } from "./extra_answer.ts";
import { InviteSession } from "./invite_session.ts";
import { afterAnswer, afterOffer } from "./offer_answer.ts";
import type { SendHandle, SendUser, Sent, SessionHost } from "./ports.ts";
import { sendPrack, takeReliable } from "./reliable.ts";
import { remainsOf } from "./remains.ts";
import { SDP_TYPE, sdpOf } from "./sdp_body.ts";
import { SessionCore } from "./session_core.ts";
import { agreedByAnswer, raisedTimer, timerHeaders } from "./session_timer.ts";

/** A peer that rings for so long without a word has forgotten us. */
const QUIET_LIMIT_MS = 3_600_000;
/** A fork has a few branches; more early dialogs than this are somebody's joke. */
const MAX_EARLY_DIALOGS = 16;
/** Who asks for a longer session timer twice will not be content with a third. */
const MAX_TIMER_TRIES = 2;

export interface OutgoingParts {
  /** Complete but for Via, Contact and session timer. */
  readonly request: SipRequest;
  readonly localTag: string;
  readonly hasOffer: boolean;
}

export class OutgoingSession extends InviteSession implements SendUser, TimerTarget {
  readonly direction = "outgoing";
  /** Let go with the answer. */
  #plan: OutgoingInvite | undefined;
  readonly #hasOffer: boolean;
  /** Dialogs by the peer's tag; absent after the answer, when there is only the one that won. */
  #dialogs: Map<string, Dialog> | undefined = new Map();
  #invite: SipRequest;
  #sequence: number;
  /** Absent once nothing can come of the INVITE any more. */
  #handle: SendHandle | undefined;
  #quiet: Timer | undefined;
  #ack: SipRequest | undefined;
  /** What the last provisional response said: a repetition is no news. */
  #lastProgress = "";
  #isCancelled = false;
  #timerTries = 0;

  constructor(
    host: SessionHost,
    parts: OutgoingParts,
    owner: { plan: OutgoingInvite; listener: SessionListener },
  ) {
    const { plan, listener } = owner;
    const { timer, reliable } = plan;
    const options = { ...(timer && { timer }), ...(reliable && { reliable }) };
    const contact = {
      ...(plan.contactUser === undefined ? {} : { user: plan.contactUser }),
      ...(plan.contactParams ? { params: plan.contactParams } : {}),
    };
    const { credentials } = plan;
    const core = new SessionCore({
      host,
      listener,
      options,
      contact,
      isCaller: true,
      ...(credentials ? { credentials } : {}),
    });
    super(core, { callId: parts.request.headers.get("Call-ID") ?? "", localTag: parts.localTag });
    this.#plan = plan;
    this.#hasOffer = parts.hasOffer;
    this.#invite = parts.request;
    this.#sequence = cseq(parts.request).sequence;
    if (parts.hasOffer) core.localSdp = plan.sdp;
    this.#handle = this.#send(plan);
  }

  get invite(): SipRequest {
    return this.#invite;
  }

  override endEarly(end: SessionEnd): void {
    this.core.leave(end);
  }

  override cancel(headers?: ExtraHeaders): void {
    const { core } = this;
    if ((core.state !== "calling" && core.state !== "early") || this.#isCancelled) return;
    this.#isCancelled = true;
    this.#quiet?.cancel();
    this.#handle?.cancel(headers);
  }

  override end(headers?: ExtraHeaders): void {
    if (this.core.isAnswered) super.end(headers);
    else this.cancel(headers);
  }

  nextSequence(): number {
    return ++this.#sequence;
  }

  response(response: SipResponse, sent: Sent): void {
    const { core } = this;
    const { statusCode } = response;
    if (core.isEnded) return;
    this.#invite = sent.request;
    if (statusCode === 100) return;
    core.isAdjacent = sent.destination.kind === "flow";
    core.isSymmetric = core.isAdjacent;
    if (statusCode < 200) this.#provisional(response, sent);
    else if (statusCode < 300) this.#success(response, sent);
    else this.#refused(response, sent);
  }

  failed(reason: "timeout" | "unreachable" | "unresolved"): void {
    if (this.#isCancelled) {
      const response = createResponse(this.#invite, 487);
      this.core.leave({ by: "us", cause: "rejected", response });
    } else {
      this.core.leave({ by: "network", cause: reason });
    }
  }

  /** No further 2xx can come: what was kept for one may go. */
  over(): void {
    this.#handle = undefined;
    this.#ack = undefined;
    if (this.core.state === "confirmed") {
      this.#invite = { ...remainsOf(this.#invite), requestUri: this.#invite.requestUri };
    }
  }

  /** Nothing came for an hour. */
  timerFired(): void {
    this.#quiet = undefined;
    this.cancel();
  }

  protected override dialogFor(remoteTag: string | undefined): Dialog | undefined {
    if (this.#dialogs) return this.#dialogs.get(remoteTag ?? "");
    const { dialog } = this.core;
    return dialog?.remoteTag === (remoteTag ?? "") ? dialog : undefined;
  }

  protected override receivePrack(): boolean {
    return false;
  }

  /** Before the answer a BYE of the called side is against the rules (RFC 3261 §15); the INVITE will say how it ends. */
  protected override receiveBye(request: SipRequest, dialog: Dialog): void {
    if (this.core.isAnswered) this.core.leave({ by: "peer", cause: "bye", request });
    else if (this.core.dialog !== dialog) this.#dialogs?.delete(dialog.remoteTag);
  }

  #send(plan: OutgoingInvite): SendHandle {
    const { core } = this;
    if (core.timer) {
      for (const [name, value] of timerHeaders(core.timer)) this.#invite.headers.set(name, value);
    }
    return core.host.send({
      request: this.#invite,
      route: plan.route,
      contact: core.contact,
      ...(plan.credentials ? { credentials: plan.credentials } : {}),
      ...(plan.attemptMs === undefined ? {} : { attemptMs: plan.attemptMs }),
    }, this);
  }

  override stop(): void {
    super.stop();
    this.#quiet?.cancel();
    this.#handle?.abandon();
  }

  /** The dialog of a response; undefined when it has no To tag, which a dialog must have. */
  #dialogOf(response: SipResponse): Dialog | undefined {
    const tag = tagOf(to(response));
    if (tag === undefined) return undefined;
    const dialogs = this.#dialogs;
    const known = dialogs?.get(tag);
    if (known || !dialogs || dialogs.size >= MAX_EARLY_DIALOGS) return known;
    const dialog = this.#newDialog(response);
    dialogs.set(tag, dialog);
    return dialog;
  }

  #provisional(response: SipResponse, sent: Sent): void {
    const { core } = this;
    if (this.#isCancelled || core.isAnswered) return;
    const dialog = this.#dialogOf(response);
    const order = dialog ? takeReliable(dialog, response) : "plain";
    if (order === "stale") return;
    core.learn(response, sent.flow);
    core.dialog = dialog ?? core.dialog;
    core.state = "early";
    this.#quiet?.cancel();
    this.#quiet = core.host.wheel.start(QUIET_LIMIT_MS, this);
    const sdp = sdpOf(response);
    const progress = `${response.statusCode} ${dialog?.remoteTag ?? ""} ${sdp ? decodeText(sdp) : ""}`;
    if (order === "plain" && progress === this.#lastProgress) return;
    this.#lastProgress = progress;
    if (!dialog) {
      core.listener.progress({ response, ...(sdp && this.#hasOffer ? { sdp } : {}), isOffer: false });
    } else if (order === "next") this.#reliable(response, dialog, sdp);
    else {
      // Not reliable: a preview of the answer, or nothing that counts.
      const isPreview = sdp !== undefined && this.#hasOffer && !dialog.turns.isSettled;
      core.listener.progress({ response, ...(isPreview ? { sdp } : {}), isOffer: false });
    }
    this.localOffers.pump();
  }

  #reliable(response: SipResponse, dialog: Dialog, sdp: Uint8Array | undefined): void {
    const { core } = this;
    const { turns } = dialog;
    if (sdp && turns.pending === "none" && !turns.isSettled) {
      dialog.turns = afterOffer(turns, "remote") ?? turns;
      core.remoteSdp = sdp;
      core.due = {
        answer: (answer) => {
          dialog.turns = afterAnswer(dialog.turns);
          core.localSdp = answer;
          sendPrack(core, dialog, { response, sdp: answer });
          this.localOffers.pump();
        },
        refuse: () => {
          sendPrack(core, dialog, { response });
          this.cancel();
        },
      };
      core.listener.progress({ response, sdp, isOffer: true });
      return;
    }
    sendPrack(core, dialog, { response });
    const isAnswer = sdp !== undefined && turns.pending === "local" && !turns.isSettled;
    if (isAnswer) {
      dialog.turns = afterAnswer(turns);
      core.remoteSdp = sdp;
    }
    core.listener.progress({ response, ...(isAnswer ? { sdp } : {}), isOffer: false });
  }

  #success(response: SipResponse, sent: Sent): void {
    const { core } = this;
    const tag = tagOf(to(response)) ?? "";
    if (core.isAnswered) {
      if (tag !== core.dialog?.remoteTag) dismissAnswer(core.host, response, sent);
      else if (this.#ack) core.sendAck(this.#ack, core.dialog);
      return;
    }
    if (this.#isCancelled) {
      dismissAnswer(core.host, response, sent);
      core.leave({ by: "us", cause: "bye" });
      return;
    }
    const dialog = this.#dialogs?.get(tag) ?? this.#newDialog(response);
    this.#dialogs = undefined;
    this.#plan = undefined;
    this.#lastProgress = "";
    dialog.confirm(response);
    // What another branch offered is of no interest any more.
    if (core.dialog !== dialog) core.due = undefined;
    core.dialog = dialog;
    core.state = "answered";
    this.#quiet?.cancel();
    this.#quiet = undefined;
    core.learn(response, sent.flow);
    core.agree(agreedByAnswer(response, core.timer));
    this.#answered(response, dialog);
  }

  #newDialog(response: SipResponse): Dialog {
    const dialog = Dialog.asCaller(this.#invite, response);
    if (this.#hasOffer) dialog.turns = afterOffer(dialog.turns, "local") ?? dialog.turns;
    return dialog;
  }

  #answered(response: SipResponse, dialog: Dialog): void {
    const { core } = this;
    const { turns } = dialog;
    const sdp = sdpOf(response);
    if (sdp && turns.pending === "none" && !turns.isSettled) {
      this.#answeredWithOffer(response, dialog, sdp);
      return;
    }
    const isAnswer = sdp !== undefined && turns.pending === "local" && !turns.isSettled;
    if (turns.pending === "local") dialog.turns = afterAnswer(turns);
    if (isAnswer) core.remoteSdp = sdp;
    this.#acknowledge(response, dialog);
    core.listener.answered({ response, ...(isAnswer ? { sdp } : {}), isOffer: false });
    this.localOffers.pump();
  }

  #answeredWithOffer(response: SipResponse, dialog: Dialog, sdp: Uint8Array): void {
    const { core } = this;
    dialog.turns = afterOffer(dialog.turns, "remote") ?? dialog.turns;
    core.remoteSdp = sdp;
    core.due = {
      answer: (answer) => {
        dialog.turns = afterAnswer(dialog.turns);
        core.localSdp = answer;
        this.#acknowledge(response, dialog, answer);
        this.localOffers.pump();
      },
      refuse: () => this.end(),
    };
    const ackFirst = () => this.#acknowledge(response, dialog);
    core.ackFirst = ackFirst;
    core.listener.answered({ response, sdp, isOffer: true });
  }

  #acknowledge(response: SipResponse, dialog: Dialog, sdp?: Uint8Array): void {
    const { core } = this;
    let ack = core.newRequest("ACK", dialog, cseq(response).sequence);
    copyCredentials(this.#invite, ack);
    if (sdp) {
      ack.headers.set("Content-Type", SDP_TYPE);
      ack = { ...ack, body: sdp };
    }
    this.#ack = ack;
    core.ackFirst = undefined;
    core.state = "confirmed";
    core.sendAck(ack, dialog);
  }

  #refused(response: SipResponse, sent: Sent): void {
    const { core } = this;
    if (core.isAnswered) return;
    const plan = this.#plan;
    if (plan && response.statusCode === 422 && !this.#isCancelled && this.#timerTries < MAX_TIMER_TRIES) {
      this.#timerTries++;
      this.#dialogs?.clear();
      core.timer = raisedTimer(core.timer, response);
      const headers = sent.request.headers.clone();
      headers.removeFirst("Via");
      headers.set("CSeq", `${this.nextSequence()} INVITE`);
      this.#invite = { ...sent.request, headers };
      this.#handle = this.#send(plan);
      return;
    }
    const end: SessionEnd = {
      by: this.#isCancelled && response.statusCode === 487 ? "us" : "peer",
      cause: "rejected",
      response,
    };
    core.leave(end);
  }
}
