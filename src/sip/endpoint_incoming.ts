/** A request from outside any session while the business makes up its mind (RFC 3261 §8.2). */
import type { Timer } from "../base/mod.ts";
import { addHeaders, ALLOW, IncomingSession, type SessionHost, supported } from "./dialog/mod.ts";
import type { IncomingRequest, Reply, Session, SessionListener, SessionOptions } from "./endpoint_types.ts";
import { createResponse, type SipRequest, type SipResponse, tagOf, to } from "./message/mod.ts";
import type { Arrival, ServerUser, TimerTarget } from "./transaction/mod.ts";
import type { Flow } from "./transport/mod.ts";

/** A client has given up by then (timers B and F). */
const PATIENCE_MS = 32_000;

export interface IncomingParts extends Arrival {
  readonly localTag: string;
}

export class PendingRequest implements IncomingRequest, ServerUser, TimerTarget {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly #host: SessionHost;
  readonly #parts: IncomingParts;
  #cancel: SipRequest | undefined;
  #isOpen = true;
  #session: Session | undefined;
  #patience: Timer | undefined;

  constructor(host: SessionHost, parts: IncomingParts) {
    this.#host = host;
    this.#parts = parts;
    this.request = parts.request;
    this.flow = parts.flow;
    if (parts.request.method === "INVITE") parts.transaction.user = this;
  }

  /** Called when the business has not answered at once: it will not have for ever. */
  startWaiting(): void {
    if (this.#isOpen) this.#patience = this.#host.wheel.start(PATIENCE_MS, this);
  }

  reply(reply: Reply): void {
    if (!this.#isOpen) return;
    const { transaction } = this.#parts;
    const response = makeReply(this.#host, this.#parts, reply);
    if (reply.statusCode >= 200) this.#close();
    transaction.respond(response);
  }

  /** The business broke down over it. */
  fail(): void {
    this.reply({ statusCode: 500 });
    this.#session?.reject({ statusCode: 500 });
  }

  accept(listener: SessionListener, options: SessionOptions = {}): Session {
    if (this.request.method !== "INVITE") throw new TypeError("Cannot accept a request: it is not INVITE");
    if (!this.#isOpen && !this.#cancel) {
      throw new TypeError("Cannot accept a request: it was answered before");
    }
    this.#close();
    return this.#session = new IncomingSession(
      this.#host,
      { ...this.#parts, ...(this.#cancel ? { cancel: this.#cancel } : {}) },
      { listener, options },
    );
  }

  cancelled(cancel: SipRequest): void {
    if (!this.#isOpen) return;
    this.reply({ statusCode: 487 });
    this.#cancel = cancel;
  }

  timerFired(): void {
    this.#patience = undefined;
    if (!this.#isOpen) return;
    this.#host.log.warn("a request was not answered in time", { method: this.request.method });
    // A 408 to anything but INVITE would come too late to be of use (RFC 4320 §4.2).
    if (this.request.method === "INVITE") this.reply({ statusCode: 500 });
    else this.#parts.transaction.abandon();
    this.#isOpen = false;
  }

  #close(): void {
    this.#isOpen = false;
    this.#patience?.cancel();
    this.#patience = undefined;
  }
}

/** A response outside any session, with what the RFC wants in it. */
export function makeReply(host: SessionHost, parts: IncomingParts, reply: Reply): SipResponse {
  const { request, transaction, localTag } = parts;
  const { statusCode } = reply;
  // A request that has a To tag keeps it.
  const toTag = tagOf(to(request)) ?? localTag;
  const response = createResponse(request, statusCode, reply.reasonPhrase, { toTag });
  const { headers } = response;
  if (statusCode > 100) headers.append("Server", host.userAgent);
  const isSuccess = statusCode >= 200 && statusCode < 300;
  if (isSuccess && (request.method === "SUBSCRIBE" || request.method === "REFER")) {
    const contact = host.contactFor(transaction.replyTo, {});
    if (contact !== undefined) headers.append("Contact", contact);
  }
  if (statusCode === 405 || statusCode === 501) headers.append("Allow", ALLOW);
  if (isSuccess && request.method === "OPTIONS") {
    headers.append("Allow", ALLOW);
    headers.append("Supported", supported("supported"));
    headers.append("Accept", "application/sdp");
  }
  addHeaders(headers, reply.headers);
  if (!reply.body) return response;
  headers.set("Content-Type", reply.body.contentType);
  return { ...response, body: reply.body.bytes };
}
