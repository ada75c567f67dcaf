/**
 * One request of ours on its way: from place to place (RFC 3263 §4.3), with credentials where they are asked for
 * (RFC 3261 §22), until somebody gives the final word.
 */
import type { Timer } from "../base/mod.ts";
import type { SendHandle, SendPlan, SendUser, Sent, SessionHost } from "./dialog/mod.ts";
import { AbandonedInvite, sendCancel } from "./endpoint_cancel.ts";
import { ChallengeAnswers } from "./endpoint_challenge.ts";
import type { ExtraHeaders } from "./endpoint_types.ts";
import type { SipRequest, SipResponse, Uri } from "./message/mod.ts";
import type { ClientTransaction, ClientUser, TimerTarget, TransactionTable } from "./transaction/mod.ts";
import type { Destination, Flow, SendFault, TransportPort } from "./transport/mod.ts";

export interface SendingHost extends SessionHost {
  readonly table: TransactionTable;
  readonly transport: TransportPort;
}

type Failure = "timeout" | "unreachable" | "unresolved";

export class Sending implements SendHandle, ClientUser, TimerTarget {
  readonly #host: SendingHost;
  readonly #plan: SendPlan;
  #user: SendUser | undefined;
  #places: readonly Destination[] = [];
  #nextPlace = 0;
  #hasTriedFallback = false;
  #request: SipRequest;
  #transaction: ClientTransaction | undefined;
  #hasProvisional = false;
  #isCancelled = false;
  /** A CANCEL went out. */
  #hasSentCancel = false;
  #cancelHeaders: ExtraHeaders | undefined;
  /** A final response was handed on. */
  #isDone = false;
  #failure: Failure | undefined;
  /** The 503 of a place passed over, when no other place does better. */
  #refusal: { readonly response: SipResponse; readonly sent: Sent } | undefined;
  #challenges: ChallengeAnswers | undefined;
  #timer: Timer | undefined;

  constructor(host: SendingHost, plan: SendPlan, user: SendUser) {
    this.#host = host;
    this.#plan = plan;
    this.#user = user;
    this.#request = plan.request;
    const { route } = plan;
    if (route.kind === "uri") this.#resolve(route.uri);
    else if (route.destinations.length > 0) {
      this.#places = route.destinations;
      this.#tryNext();
    } else this.#host.later(() => this.#giveUp());
  }

  cancel(headers?: ExtraHeaders): void {
    if (this.#isDone || this.#isCancelled) return;
    this.#isCancelled = true;
    this.#cancelHeaders = headers;
    if (!this.#transaction) this.#host.later(() => this.#fail("timeout"));
    else if (this.#hasProvisional) this.#sendCancel();
  }

  abandon(): void {
    this.#user = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
    const transaction = this.#transaction;
    this.#transaction = undefined;
    if (this.#isDone) transaction?.detach();
    else if (transaction) this.#leave(transaction);
    this.#isDone = true;
  }

  response(response: SipResponse, flow: Flow): void {
    const transaction = this.#transaction;
    if (!transaction) return;
    const sent: Sent = { request: this.#request, destination: transaction.destination, flow };
    const { statusCode } = response;
    if (statusCode < 200) {
      this.#provisional(response, sent);
      return;
    }
    if (!this.#isDone && !this.#isCancelled && this.#goesOn(response, sent)) return;
    this.#rest();
    this.#isDone = true;
    const user = this.#user;
    if (transaction.method !== "INVITE" || statusCode >= 300) {
      this.#user = undefined;
      this.#transaction = undefined;
    }
    user?.response(response, sent);
  }

  failed(reason: "timeout" | "fault", fault?: SendFault): void {
    const transaction = this.#transaction;
    this.#transaction = undefined;
    this.#rest();
    this.#failure = reason === "timeout" ? "timeout" : this.#failure ?? "unreachable";
    if (fault === "certificate refused") {
      this.#host.log.warn("a peer's certificate was refused", { method: this.#request.method });
    }
    if (transaction) this.#host.transport.markFailed?.(transaction.destination);
    if (this.#isCancelled) this.#fail("timeout");
    else this.#tryNext();
  }

  over(): void {
    const user = this.#user;
    this.#user = undefined;
    this.#transaction = undefined;
    user?.over?.();
  }

  timerFired(): void {
    this.#timer = undefined;
    const transaction = this.#transaction;
    this.#transaction = undefined;
    this.#failure = "timeout";
    if (this.#hasSentCancel) transaction?.abandon();
    else if (transaction) this.#leave(transaction);
    if (transaction) this.#host.transport.markFailed?.(transaction.destination);
    if (this.#isCancelled) this.#fail("timeout");
    else this.#tryNext();
  }

  #provisional(response: SipResponse, sent: Sent): void {
    // A peer that goes on ringing does not outlive its CANCEL.
    if (this.#hasSentCancel) return;
    this.#rest();
    this.#hasProvisional = true;
    if (!this.#isCancelled) this.#user?.response(response, sent);
    else this.#sendCancel();
  }

  /** True when a final response is not the last word: there is another place, or it was a challenge. */
  #goesOn(response: SipResponse, sent: Sent): boolean {
    const { statusCode } = response;
    if (statusCode === 503) {
      this.#refusal = { response, sent };
      if (this.#nextPlace >= this.#places.length) return false;
      this.#rest();
      this.#tryNext();
      return true;
    }
    const { credentials } = this.#plan;
    if ((statusCode !== 401 && statusCode !== 407) || !credentials) return false;
    this.#challenges ??= new ChallengeAnswers();
    const { random } = this.#host;
    if (!this.#challenges.take(response, this.#request, { credentials, random })) return false;
    this.#rest();
    const request = this.#copy();
    const sequence = this.#user?.nextSequence() ?? 1;
    request.headers.set("CSeq", `${sequence} ${request.method}`);
    this.#challenges.addTo(request);
    this.#sendTo(sent.destination, request);
    return true;
  }

  #resolve(uri: Uri): void {
    const { transport } = this.#host;
    transport.resolve(uri).catch(() => []).then((targets) => {
      this.#host.later(() => this.#resolved(targets.map((target) => ({ kind: "target", target }))));
    });
  }

  #resolved(places: readonly Destination[]): void {
    if (this.#isDone || this.#isCancelled) return;
    this.#places = places;
    this.#nextPlace = 0;
    if (places.length === 0) this.#failure ??= "unresolved";
    this.#tryNext();
  }

  #tryNext(): void {
    if (this.#isDone) return;
    while (this.#nextPlace < this.#places.length) {
      const place = this.#places[this.#nextPlace++]!;
      const request = this.#request.headers.has("Via") ? this.#copy() : this.#request;
      if (this.#setContact(request, place)) {
        this.#sendTo(place, request);
        return;
      }
      this.#failure ??= "unreachable";
    }
    const { fallback } = this.#plan;
    // Silence on the right path is an answer; a path that is gone is not.
    if (fallback && !this.#hasTriedFallback && this.#failure === "unreachable") {
      this.#hasTriedFallback = true;
      this.#resolve(fallback);
      return;
    }
    // Nobody may be told from within the call that began all this.
    if (this.#transaction || this.#failure === "timeout" || this.#refusal) this.#giveUp();
    else this.#host.later(() => this.#giveUp());
  }

  /** False when no listener of ours could be reached over that path. */
  #setContact(request: SipRequest, place: Destination): boolean {
    const { contact } = this.#plan;
    if (!contact) return true;
    const value = this.#host.contactFor(place, contact);
    if (value !== undefined) request.headers.set("Contact", value);
    return value !== undefined;
  }

  #sendTo(place: Destination, request: SipRequest): void {
    this.#request = request;
    this.#hasProvisional = false;
    const { attemptMs } = this.#plan;
    if (attemptMs !== undefined) this.#timer = this.#host.table.wheel.start(attemptMs, this);
    this.#transaction = this.#host.table.send(request, place, this);
  }

  /** The request once more, for a transaction of its own. */
  #copy(): SipRequest {
    const headers = this.#request.headers.clone();
    headers.removeFirst("Via");
    return { ...this.#request, headers };
  }

  #sendCancel(): void {
    if (!this.#transaction) return;
    this.#hasSentCancel = true;
    sendCancel(this.#host.table, this.#transaction, this.#cancelHeaders);
    // RFC 3261 §9.1: after 64·T1 without a final response the INVITE is taken as cancelled.
    this.#timer = this.#host.table.wheel.start(64 * this.#host.timing.t1Ms, this);
  }

  /** Lets go of a transaction that may still bring something. */
  #leave(transaction: ClientTransaction): void {
    if (transaction.method !== "INVITE") {
      transaction.abandon();
      return;
    }
    new AbandonedInvite(this.#host, this.#host.table, {
      request: this.#request,
      transaction,
      hasProvisional: this.#hasProvisional,
      isCancelled: this.#hasSentCancel,
    });
  }

  #giveUp(): void {
    if (this.#isDone) return;
    const refusal = this.#refusal;
    if (!refusal) {
      this.#fail(this.#failure ?? "unresolved");
      return;
    }
    this.#isDone = true;
    this.#user?.response(refusal.response, refusal.sent);
  }

  #fail(failure: Failure): void {
    if (this.#isDone) return;
    this.#isDone = true;
    const user = this.#user;
    this.#user = undefined;
    user?.failed(failure);
  }

  #rest(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
