/** The one face of SIP towards the business: ties transports, transactions and sessions together. */
import { type Clock, type Log, PassingMap, type Random, token } from "../base/mod.ts";
import {
  type ContactParts,
  type DialogOwner,
  InviteSession,
  OutgoingSession,
  sdpOf,
  type SendHandle,
  type SendPlan,
  type SendUser,
  type Sent,
} from "./dialog/mod.ts";
import { buildInvite, buildRequest, contactWish, printOwnContact } from "./endpoint_build.ts";
import { refusalOf } from "./endpoint_checks.ts";
import { type IncomingParts, makeReply, PendingRequest } from "./endpoint_incoming.ts";
import { Sending, type SendingHost } from "./endpoint_sending.ts";
import type {
  Endpoint,
  EndpointHandlers,
  OutgoingInvite,
  OutgoingRequest,
  Reply,
  RequestOutcome,
  RouteTo,
  Session,
  SessionListener,
} from "./endpoint_types.ts";
import {
  callId,
  cseq,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  tagOf,
  to,
  type Uri,
} from "./message/mod.ts";
import {
  type Arrival,
  type TableUser,
  type TimerWheel,
  type Timing,
  TransactionTable,
} from "./transaction/mod.ts";
import type { Destination, Flow, TransportListener, TransportPort } from "./transport/mod.ts";

export interface EndpointHooks {
  /** Asked for every new request outside a session, after the checks of the RFC and before the business. */
  admit?(request: SipRequest, flow: Flow): "serve" | "drop" | Reply;
}

export interface EndpointOptions {
  readonly transport: TransportPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Text of User-Agent and Server. */
  readonly userAgent: string;
  readonly timing?: Timing;
  readonly hooks?: EndpointHooks;
  /** Unanswered and answered transactions kept at most; see `TransactionTable`. */
  readonly maxOpen?: number;
  readonly maxEnded?: number;
}

/**
 * Give it to the transports as their `TransportListener`, and the transports to it as its `TransportPort`.
 * Every call from outside is synchronous; nothing of it throws for what a peer sent.
 */
export class SipEndpoint implements Endpoint, TransportListener, TableUser, SendingHost {
  readonly table: TransactionTable;
  readonly transport: TransportPort;
  readonly random: Random;
  readonly log: Log;
  readonly userAgent: string;
  readonly #hooks: EndpointHooks;
  #handlers: EndpointHandlers | undefined;
  /** Sessions by our tag, which is unique. */
  readonly #owners = new PassingMap<string, DialogOwner>();

  constructor(options: EndpointOptions) {
    const { transport, clock, random, log, timing, maxOpen, maxEnded } = options;
    this.transport = transport;
    this.random = random;
    this.log = log;
    this.userAgent = options.userAgent;
    this.#hooks = options.hooks ?? {};
    this.table = new TransactionTable({
      sender: transport,
      clock,
      random,
      log,
      user: this,
      ...(timing ? { timing } : {}),
      ...(maxOpen === undefined ? {} : { maxOpen }),
      ...(maxEnded === undefined ? {} : { maxEnded }),
    });
  }

  get wheel(): TimerWheel {
    return this.table.wheel;
  }

  get timing(): Timing {
    return this.table.timing;
  }

  // The business.

  handle(handlers: EndpointHandlers): void {
    this.#handlers = handlers;
  }

  request(outgoing: OutgoingRequest, outcome: (outcome: RequestOutcome) => void): () => void {
    const request = buildRequest(outgoing, this);
    const contact = contactWish(outgoing, request);
    const { route, credentials, attemptMs } = outgoing;
    const sending = this.send({
      request,
      route,
      ...(contact ? { contact } : {}),
      ...(credentials ? { credentials } : {}),
      ...(attemptMs === undefined ? {} : { attemptMs }),
    }, new OutcomeUser(cseq(request).sequence, outcome));
    return () => sending.abandon();
  }

  invite(invite: OutgoingInvite, listener: SessionListener): Session {
    const localTag = invite.fromTag ?? token(this.random, 8);
    const { random, userAgent } = this;
    const request = buildInvite(invite, { random, userAgent, localTag });
    return new OutgoingSession(this, { request, localTag, hasOffer: sdpOf(request) !== undefined }, {
      plan: invite,
      listener,
    });
  }

  findSession(callId: string, localTag: string, remoteTag: string): Session | undefined {
    const owner = this.#owners.get(localTag);
    if (!(owner instanceof InviteSession) || owner.callId !== callId) return undefined;
    return owner.state !== "ended" && owner.remoteTag === remoteTag ? owner : undefined;
  }

  counts(): { sessions: number; clientTransactions: number; serverTransactions: number } {
    return { sessions: this.#owners.size, ...this.table.counts() };
  }

  // The transports.

  message(message: SipMessage, flow: Flow): void {
    try {
      this.table.receive(message, flow);
    } catch (error) {
      // Whatever one message does to us or to the business, the next one is served.
      this.log.error("a message could not be dealt with", { error: String(error), flow: flow.id });
    }
  }

  flowClosed(flow: Flow): void {
    this.table.flowClosed(flow);
    this.#handlers?.flowClosed(flow);
  }

  // The transactions.

  incoming(arrival: Arrival, isMerged: boolean): void {
    const { request, flow, transaction } = arrival;
    const localTag = tagOf(to(request));
    if (localTag !== undefined) {
      this.#inDialog(arrival, localTag);
      return;
    }
    const parts: IncomingParts = { ...arrival, localTag: token(this.random, 8) };
    const refusal = isMerged ? { statusCode: 482 } : refusalOf(request) ?? this.#admission(request, flow);
    if (refusal === "drop") transaction.abandon();
    else if (refusal) transaction.respond(makeReply(this, parts, refusal));
    else this.#offer(parts, (pending, handlers) => (handlers.request(pending), true));
  }

  acknowledged(ack: SipRequest, flow: Flow): void {
    const owner = this.#owners.get(tagOf(to(ack)) ?? "");
    if (owner?.callId === callId(ack)) owner.acknowledge(ack, flow);
  }

  // The sessions.

  later(task: () => void): void {
    queueMicrotask(() => {
      try {
        task();
      } catch (error) {
        this.log.error("an event could not be dealt with", { error: String(error) });
      }
    });
  }

  send(plan: SendPlan, user: SendUser): SendHandle {
    return new Sending(this, plan, user);
  }

  sendAck(ack: SipRequest, { route, fallback }: { route: RouteTo; fallback?: Uri }): void {
    if (route.kind === "destinations" && route.destinations[0]) {
      this.table.sendAck(ack, route.destinations[0]);
      return;
    }
    const uri = route.kind === "uri" ? route.uri : fallback;
    if (!uri) return;
    this.transport.resolve(uri).then(
      ([target]) => {
        if (target) this.table.sendAck(ack, { kind: "target", target });
      },
      (error) => this.log.warn("an ACK has nowhere to go", { error: String(error) }),
    );
  }

  contactFor(destination: Destination, parts: ContactParts): string | undefined {
    const local = this.transport.localContact(destination);
    return local && printOwnContact(local, parts);
  }

  opened(owner: DialogOwner): void {
    this.#owners.set(owner.localTag, owner);
  }

  closed(owner: DialogOwner): void {
    if (this.#owners.get(owner.localTag) === owner) this.#owners.delete(owner.localTag);
  }

  #admission(request: SipRequest, flow: Flow): "drop" | Reply | undefined {
    const verdict = this.#hooks.admit?.(request, flow) ?? "serve";
    return verdict === "serve" ? undefined : verdict;
  }

  #inDialog(arrival: Arrival, localTag: string): void {
    const owner = this.#owners.get(localTag);
    if (owner?.callId === callId(arrival.request)) owner.receive(arrival);
    else {this.#offer({ ...arrival, localTag }, (pending, { strayRequest }) =>
        strayRequest?.(pending) ?? false);}
  }

  /** Hands a request to the business; what is not taken is a 481, and without business everything is a 503. */
  #offer(parts: IncomingParts, give: (pending: PendingRequest, handlers: EndpointHandlers) => boolean): void {
    const pending = new PendingRequest(this, parts);
    const handlers = this.#handlers;
    if (!handlers) {
      pending.reply({ statusCode: 503 });
      return;
    }
    try {
      if (give(pending, handlers)) pending.startWaiting();
      else pending.reply({ statusCode: 481 });
    } catch (error) {
      this.log.error("a request could not be dealt with", {
        error: String(error),
        method: parts.request.method,
      });
      pending.fail();
    }
  }
}

/** Waits for the outcome of a request outside any dialog. */
class OutcomeUser implements SendUser {
  #sequence: number;
  readonly #outcome: (outcome: RequestOutcome) => void;

  constructor(sequence: number, outcome: (outcome: RequestOutcome) => void) {
    this.#sequence = sequence;
    this.#outcome = outcome;
  }

  nextSequence(): number {
    return ++this.#sequence;
  }

  response(response: SipResponse, { destination, flow }: Sent): void {
    if (response.statusCode >= 200) this.#outcome({ kind: "response", response, destination, flow });
  }

  failed(reason: "timeout" | "unreachable" | "unresolved"): void {
    this.#outcome({ kind: "failed", reason });
  }
}
