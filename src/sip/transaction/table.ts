/** The one place where transactions live: matching, sending, timers, caps (RFC 3261 §17, RFC 6026). */
import { type Clock, hex, type Log, type Random, type Timer } from "../../base/mod.ts";
import {
  createResponse,
  MAGIC_COOKIE,
  printVia,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  tagOf,
  to,
  topVia,
} from "../message/mod.ts";
import type { Destination, Flow, SendFault } from "../transport/mod.ts";
import { AgeList } from "./age_list.ts";
import { type ClientShelf, ClientTransaction, type ClientUser } from "./client_transaction.ts";
import { cancelledKey, clientKey, clientKeyOf, mergeKey, serverKey } from "./key.ts";
import { DEFAULT_TIMING, type Rules, type Timing } from "./machine.ts";
import { type ServerShelf, ServerTransaction } from "./server_transaction.ts";
import { type TimerTarget, TimerWheel } from "./timer_wheel.ts";

/** Requests that wait for their answer at one time; a box that has more is drowning, not serving. */
const MAX_OPEN = 50_000;
/** Answered transactions kept against retransmissions: 20 s of 1,600 a second, about 1 kB each. */
const MAX_ENDED = 32_768;

/** Where messages go out. */
export interface Sender {
  send(message: SipMessage, destination: Destination, onFault: (fault: SendFault) => void): void;
}

/** A new request and how it came. */
export interface Arrival {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly transaction: ServerTransaction;
}

/** Who is told what comes in. */
export interface TableUser {
  /** A new request, neither ACK nor CANCEL. `isMerged`: the same request is being served already. */
  incoming(arrival: Arrival, isMerged: boolean): void;
  /** An ACK for a 2xx, or a stray one. */
  acknowledged(ack: SipRequest, flow: Flow): void;
}

export interface TableOptions {
  readonly sender: Sender;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly user: TableUser;
  readonly timing?: Timing;
  readonly maxOpen?: number;
  readonly maxEnded?: number;
}

export class TransactionTable implements ClientShelf, ServerShelf {
  /** Cheap timers for all of signalling. */
  readonly wheel: TimerWheel;
  readonly timing: Timing;
  readonly log: Log;
  readonly #sender: Sender;
  readonly #random: Random;
  readonly #user: TableUser;
  readonly #maxOpen: number;
  readonly #maxEnded: number;
  readonly #reliable: Rules;
  readonly #unreliable: Rules;
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();
  readonly #merge = new Map<string, ServerTransaction>();
  readonly #ended = new AgeList<ServerTransaction>();
  /** Client transactions that nobody has answered yet, by the connection they went over. */
  readonly #waitingOnFlow = new Map<string, Set<ClientTransaction>>();

  constructor(options: TableOptions) {
    this.wheel = new TimerWheel(options.clock, {
      onError: (error) => this.log.error("a timer could not be dealt with", { error: String(error) }),
    });
    this.timing = options.timing ?? DEFAULT_TIMING;
    this.log = options.log;
    this.#sender = options.sender;
    this.#random = options.random;
    this.#user = options.user;
    this.#maxOpen = options.maxOpen ?? MAX_OPEN;
    this.#maxEnded = options.maxEnded ?? MAX_ENDED;
    this.#reliable = { ...this.timing, isReliable: true };
    this.#unreliable = { ...this.timing, isReliable: false };
  }

  counts(): { clientTransactions: number; serverTransactions: number } {
    return { clientTransactions: this.#clients.size, serverTransactions: this.#servers.size };
  }

  /** A branch nobody else has. */
  newBranch(): string {
    return MAGIC_COOKIE + hex(this.#random.bytes(8));
  }

  /**
   * Sends `request` in a transaction of its own. It gets its Via here, unless it is a CANCEL, which brings that of its
   * INVITE.
   */
  send(request: SipRequest, destination: Destination, user: ClientUser): ClientTransaction {
    const branch = this.newBranch();
    addVia(request, destination, branch);
    return this.#open(clientKey(branch, request.method), request, { destination, user });
  }

  /** Sends the CANCEL of `invite`, over the same path and with its branch (RFC 3261 §9.1). */
  sendCancel(cancel: SipRequest, invite: ClientTransaction, user: ClientUser): ClientTransaction {
    const key = clientKey(topVia(cancel).params.get("branch") ?? "", cancel.method);
    return this.#open(key, cancel, { destination: invite.destination, user });
  }

  /** Sends an ACK for a 2xx: a request without transaction (RFC 3261 §13.2.2.4). */
  sendAck(ack: SipRequest, destination: Destination): void {
    if (!ack.headers.has("Via")) addVia(ack, destination, this.newBranch());
    this.#sender.send(ack, destination, this.#ackFault);
  }

  receive(message: SipMessage, flow: Flow): void {
    if (message.kind === "response") this.#receiveResponse(message, flow);
    else if (message.method === "ACK") this.#receiveAck(message, flow);
    else this.#receiveRequest(message, flow);
  }

  /** What went over this connection and got no sign of life will get none. */
  flowClosed(flow: Flow): void {
    const waiting = this.#waitingOnFlow.get(flow.id);
    if (!waiting) return;
    this.#waitingOnFlow.delete(flow.id);
    for (const transaction of waiting) transaction.fault("flow closed");
  }

  transmit(message: SipMessage, destination: Destination, onFault: (fault: SendFault) => void): void {
    this.#sender.send(message, destination, onFault);
  }

  startTimer(delayMs: number, target: TimerTarget, name: string): Timer {
    return this.wheel.start(delayMs, target, name);
  }

  ended(transaction: ServerTransaction): void {
    this.#ended.add(transaction);
    if (this.#ended.size > this.#maxEnded) this.#ended.oldest?.abandon();
  }

  remove(transaction: ClientTransaction | ServerTransaction): void {
    if (transaction instanceof ClientTransaction) {
      this.#clients.delete(transaction.key);
      this.#answered(transaction);
      return;
    }
    this.#servers.delete(transaction.key);
    this.#ended.remove(transaction);
    const { mergeKey } = transaction;
    if (mergeKey !== undefined && this.#merge.get(mergeKey) === transaction) this.#merge.delete(mergeKey);
  }

  #open(
    key: string,
    request: SipRequest,
    options: { destination: Destination; user: ClientUser },
  ): ClientTransaction {
    const { destination } = options;
    const rules = this.#rulesFor(destination);
    const transaction = new ClientTransaction(key, request, { ...options, shelf: this, rules });
    this.#clients.set(key, transaction);
    if (destination.kind === "flow" && rules.isReliable) this.#waitOn(destination.flow, transaction);
    transaction.start();
    return transaction;
  }

  #waitOn(flow: Flow, transaction: ClientTransaction): void {
    const waiting = this.#waitingOnFlow.get(flow.id);
    if (waiting) waiting.add(transaction);
    else this.#waitingOnFlow.set(flow.id, new Set([transaction]));
  }

  #answered(transaction: ClientTransaction): void {
    const { destination } = transaction;
    if (destination.kind !== "flow") return;
    const waiting = this.#waitingOnFlow.get(destination.flow.id);
    if (waiting?.delete(transaction) && waiting.size === 0) this.#waitingOnFlow.delete(destination.flow.id);
  }

  #receiveResponse(response: SipResponse, flow: Flow): void {
    // A response that matches nothing is dropped, even a 2xx to INVITE (RFC 6026 §8.9).
    const transaction = this.#clients.get(clientKeyOf(response));
    if (!transaction) return;
    this.#answered(transaction);
    transaction.receive(response, flow);
  }

  #receiveAck(ack: SipRequest, flow: Flow): void {
    const transaction = this.#servers.get(serverKey(ack));
    if (!transaction || transaction.acknowledge()) this.#user.acknowledged(ack, flow);
  }

  #receiveRequest(request: SipRequest, flow: Flow): void {
    const key = serverKey(request);
    const known = this.#servers.get(key);
    if (known) {
      known.retransmitted();
      return;
    }
    const replyTo: Destination = { kind: "flow", flow };
    if (this.#servers.size - this.#ended.size >= this.#maxOpen) {
      this.#refuse(request, replyTo);
      return;
    }
    const merge = tagOf(to(request)) === undefined && request.method !== "CANCEL"
      ? mergeKey(request)
      : undefined;
    const isMerged = merge !== undefined && this.#merge.has(merge);
    const transaction = new ServerTransaction(key, request, {
      mergeKey: isMerged ? undefined : merge,
      replyTo,
      shelf: this,
      rules: this.#rulesFor(replyTo),
    });
    this.#servers.set(key, transaction);
    if (merge !== undefined && !isMerged) this.#merge.set(merge, transaction);
    transaction.start();
    if (request.method === "CANCEL") this.#cancel(request, transaction);
    else this.#user.incoming({ request, flow, transaction }, isMerged);
  }

  /** RFC 3261 §9.2: 200 whenever the INVITE is known, whether or not there is still something to cancel. */
  #cancel(cancel: SipRequest, transaction: ServerTransaction): void {
    const invite = this.#servers.get(cancelledKey(cancel));
    const toTag = invite?.localTag ?? hex(this.#random.bytes(8));
    transaction.respond(createResponse(cancel, invite ? 200 : 481, undefined, { toTag }));
    invite?.user?.cancelled(cancel);
  }

  /** Overload: an answer that costs no memory (RFC 3261 §21.5.4). */
  #refuse(request: SipRequest, replyTo: Destination): void {
    const response = createResponse(request, 503, undefined, { toTag: hex(this.#random.bytes(4)) });
    response.headers.set("Retry-After", "10");
    this.#sender.send(response, replyTo, this.#ackFault);
  }

  #rulesFor(destination: Destination): Rules {
    const transport = destination.kind === "flow" ? destination.flow.transport : destination.target.transport;
    return transport === "udp" ? this.#unreliable : this.#reliable;
  }

  readonly #ackFault = (fault: SendFault): void => {
    this.log.debug("a message without transaction could not be sent", { fault });
  };
}

/** The transport puts the sent-by in; only the branch is ours to choose. */
function addVia(request: SipRequest, destination: Destination, branch: string): void {
  const transport = destination.kind === "flow" ? destination.flow.transport : destination.target.transport;
  const via = { transport: transport.toUpperCase(), host: "invalid", params: new Map([["branch", branch]]) };
  request.headers.prepend("Via", printVia(via));
}
