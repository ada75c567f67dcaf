/** What both directions of a session have in common: everything after the answer (RFC 3261 §12.2, §14, §15). */
import type {
  Body,
  ExtraHeaders,
  Reply,
  RequestOutcome,
  Session,
  SessionEnd,
  SessionState,
} from "../endpoint_types.ts";
import { from, type SipRequest, type SipResponse, tagOf } from "../message/mod.ts";
import type { Arrival } from "../transaction/mod.ts";
import type { Flow } from "../transport/mod.ts";
import { ALLOW, unsupportedTags } from "./capabilities.ts";
import type { Dialog } from "./dialog.ts";
import { addHeaders } from "./extra_headers.ts";
import { LocalOffers } from "./local_offers.ts";
import { afterAnswer, afterWithdrawal } from "./offer_answer.ts";
import { OpenRequest } from "./open_request.ts";
import type { DialogOwner, Question, SendUser, Sent, SessionWays } from "./ports.ts";
import { RemoteOffers } from "./remote_offers.ts";
import { bodyRefusalOf, sdpOf } from "./sdp_body.ts";
import type { SessionCore } from "./session_core.ts";

/** What the business answers, one by one. */
const FOR_THE_BUSINESS: ReadonlySet<string> = new Set(["INFO", "REFER", "NOTIFY", "MESSAGE", "SUBSCRIBE"]);
/** Their bodies are descriptions of the session, or nothing that may be passed over in silence. */
const CARRIES_OFFERS: ReadonlySet<string> = new Set(["INVITE", "UPDATE"]);
const KNOWN_ELSEWHERE: ReadonlySet<string> = new Set(["REGISTER", "PUBLISH"]);
/** A 481 to these says that a subscription is gone, not the dialog (RFC 5057 §5.1). */
const OF_A_SUBSCRIPTION: ReadonlySet<string> = new Set(["NOTIFY", "REFER", "SUBSCRIBE"]);

export abstract class InviteSession implements Session, DialogOwner, SessionWays {
  readonly id: string;
  readonly callId: string;
  readonly localTag: string;
  abstract readonly direction: "incoming" | "outgoing";
  abstract readonly invite: SipRequest;
  protected readonly core: SessionCore;
  protected readonly localOffers: LocalOffers;
  protected readonly remoteOffers: RemoteOffers;

  constructor(core: SessionCore, names: { callId: string; localTag: string }) {
    this.core = core;
    this.callId = names.callId;
    this.localTag = names.localTag;
    // Our tag is 64 random bits: unique by itself.
    this.id = names.localTag;
    this.localOffers = new LocalOffers(core);
    this.remoteOffers = new RemoteOffers(core, this.localOffers);
    core.ways = this;
    core.owner = this;
    core.host.opened(this);
  }

  get state(): SessionState {
    return this.core.state;
  }

  get remoteTag(): string | undefined {
    return this.core.dialog?.remoteTag;
  }

  get flow(): Flow | undefined {
    return this.core.flow;
  }

  get isNegotiating(): boolean {
    return this.localOffers.isBusy || this.core.due !== undefined ||
      (this.core.dialog?.turns.pending ?? "none") !== "none";
  }

  ring(
    _statusCode: number,
    _options?: { sdp?: Uint8Array; headers?: ExtraHeaders; reliable?: boolean },
  ): void {}

  answer(_options?: { sdp?: Uint8Array; headers?: ExtraHeaders }): void {}

  reject(_reply: Reply): void {}

  cancel(_headers?: ExtraHeaders): void {}

  end(headers?: ExtraHeaders): void {
    this.core.hangUp({ by: "us", cause: "bye" }, { ...(headers ? { headers } : {}), isOwn: true });
  }

  offer(sdp?: Uint8Array): void {
    if (!this.core.isEnded) this.localOffers.offer(sdp);
  }

  answerOffer(sdp: Uint8Array): void {
    const { due } = this.core;
    this.core.due = undefined;
    due?.answer(sdp);
  }

  refuseOffer(reply: Reply): void {
    const { due } = this.core;
    this.core.due = undefined;
    due?.refuse(reply);
  }

  request(
    options: { method: string; headers?: ExtraHeaders; body?: Body },
    onOutcome?: (outcome: RequestOutcome) => void,
  ): void {
    const { dialog } = this.core;
    if (!dialog || this.core.isEnded) {
      if (onOutcome) this.core.host.later(() => onOutcome({ kind: "failed", reason: "unreachable" }));
      return;
    }
    let request = this.core.newRequest(options.method, dialog);
    addHeaders(request.headers, options.headers);
    if (options.body) {
      request.headers.set("Content-Type", options.body.contentType);
      request = { ...request, body: options.body.bytes };
    }
    this.core.send(
      request,
      dialog,
      new RequestUser(this.core, dialog, { method: options.method, onOutcome }),
    );
  }

  abstract endEarly(end: SessionEnd): void;

  stop(): void {
    this.localOffers.stop();
  }

  refresh(): void {
    this.localOffers.refresh();
  }

  /** The dialog a request of the peer belongs to. */
  protected abstract dialogFor(remoteTag: string | undefined): Dialog | undefined;
  /** PRACK for a reliable response of ours; false when there is none. */
  protected abstract receivePrack(question: Question, dialog: Dialog): boolean;
  /** BYE of the peer: the session ends. */
  protected abstract receiveBye(request: SipRequest, dialog: Dialog): void;

  receive(arrival: Arrival): void {
    const { core } = this;
    const { request, flow } = arrival;
    const dialog = this.dialogFor(tagOf(from(request)));
    if (!dialog || (core.isEnded && request.method !== "BYE")) {
      core.answerWith(arrival, { statusCode: 481 });
      return;
    }
    if (!dialog.takeSequence(request)) {
      core.answerWith(arrival, { statusCode: 500 });
      return;
    }
    core.learn(request, flow);
    const unknown = unsupportedTags(request);
    if (unknown.length > 0) {
      core.answerWith(arrival, {
        statusCode: 420,
        headers: [["Unsupported", unknown.join(", ")]],
      });
      return;
    }
    const refusal = CARRIES_OFFERS.has(request.method) ? bodyRefusalOf(request) : undefined;
    if (refusal) core.answerWith(arrival, refusal);
    else this.#dispatch(arrival, dialog);
  }

  #dispatch(arrival: Arrival, dialog: Dialog): void {
    const { core } = this;
    const { request } = arrival;
    const { method } = request;
    if (method === "BYE") {
      core.answerWith(arrival, { statusCode: 200 });
      if (core.isEnded) core.byeReceived();
      else this.receiveBye(request, dialog);
    } else if (method === "INVITE") {
      this.remoteOffers.receiveInvite(arrival, dialog);
    } else if (method === "UPDATE") {
      this.remoteOffers.receiveUpdate(arrival, dialog);
    } else if (method === "PRACK") {
      if (!this.receivePrack(arrival, dialog)) {
        core.answerWith(arrival, { statusCode: 481 });
      }
    } else if (method === "OPTIONS") {
      core.answerWith(arrival, {
        statusCode: 200,
        headers: [["Allow", ALLOW], ["Accept", "application/sdp"]],
      });
    } else if (FOR_THE_BUSINESS.has(method)) {
      const open = new OpenRequest(core, arrival, { lateStatus: 501 });
      core.listener.requested({ request, reply: (reply) => void open.reply(reply) });
    } else {
      const statusCode = KNOWN_ELSEWHERE.has(method) ? 405 : 501;
      core.answerWith(arrival, { statusCode, headers: [["Allow", ALLOW]] });
    }
  }

  acknowledge(ack: SipRequest, flow: Flow): void {
    const { core } = this;
    const { dialog } = core;
    if (!dialog || tagOf(from(ack)) !== dialog.remoteTag || !core.takeAck(ack)) return;
    core.flow = flow;
    const isFirst = core.state === "answered";
    const hadOffered = dialog.turns.pending === "local";
    const sdp = hadOffered ? sdpOf(ack) : undefined;
    if (hadOffered) dialog.turns = sdp ? afterAnswer(dialog.turns) : afterWithdrawal(dialog.turns);
    if (sdp) core.remoteSdp = sdp;
    if (isFirst) core.state = "confirmed";
    if (isFirst || hadOffered) core.listener.acknowledged(sdp ? { sdp } : {});
    this.localOffers.pump();
  }
}

/** Waits for the outcome of one request within the dialog. */
class RequestUser implements SendUser {
  readonly #core: SessionCore;
  readonly #dialog: Dialog;
  readonly #method: string;
  #onOutcome: ((outcome: RequestOutcome) => void) | undefined;

  constructor(
    core: SessionCore,
    dialog: Dialog,
    options: { method: string; onOutcome: ((outcome: RequestOutcome) => void) | undefined },
  ) {
    this.#core = core;
    this.#dialog = dialog;
    this.#method = options.method;
    this.#onOutcome = options.onOutcome;
  }

  nextSequence(): number {
    return this.#dialog.nextSequence();
  }

  response(response: SipResponse, sent: Sent): void {
    const { statusCode } = response;
    if (statusCode < 200) return;
    this.#core.learn(response, sent.flow);
    this.#tell({ kind: "response", response, destination: sent.destination, flow: sent.flow });
    if (statusCode === 481 && !OF_A_SUBSCRIPTION.has(this.#method)) {
      this.#core.hangUp({ by: "network", cause: "dialog gone" });
    }
  }

  failed(reason: "timeout" | "unreachable" | "unresolved"): void {
    this.#tell({ kind: "failed", reason });
  }

  #tell(outcome: RequestOutcome): void {
    const onOutcome = this.#onOutcome;
    this.#onOutcome = undefined;
    onOutcome?.(outcome);
  }
}
