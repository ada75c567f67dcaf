/** One server transaction at work: the machine's effects put into practice (RFC 3261 §17.2). */
import type { Log, Timer } from "../../base/mod.ts";
import {
  createResponse,
  decodeText,
  encodeText,
  parseMessage,
  printForNow,
  type SipRequest,
  type SipResponse,
  tagOf,
  to,
} from "../message/mod.ts";
import type { Destination, SendFault } from "../transport/mod.ts";
import type { Aged } from "./age_list.ts";
import { type InviteServerState, startInviteServer, stepInviteServer } from "./invite_server.ts";
import type { Effect, Rules, ServerInput, Step, TimerName } from "./machine.ts";
import { type NonInviteServerState, startNonInviteServer, stepNonInviteServer } from "./non_invite_server.ts";
import type { TimerTarget } from "./timer_wheel.ts";

/** Who answers a request, for what may happen before the answer is given. */
export interface ServerUser {
  /** A CANCEL came for this INVITE before its final response; the CANCEL itself is answered by the table. */
  cancelled(cancel: SipRequest): void;
}

/** What a server transaction needs of its table. */
export interface ServerShelf {
  readonly log: Log;
  transmit(message: SipResponse, destination: Destination, onFault: (fault: SendFault) => void): void;
  startTimer(delayMs: number, target: TimerTarget, name: string): Timer;
  /** A final response went out: what is left only answers retransmissions. */
  ended(transaction: ServerTransaction): void;
  remove(transaction: ServerTransaction): void;
}

type State = InviteServerState | NonInviteServerState;

export class ServerTransaction implements TimerTarget, Aged<ServerTransaction> {
  readonly key: string;
  /** Key under which copies of the request that came by other ways are known; absent within a dialog. */
  readonly mergeKey: string | undefined;
  readonly method: string;
  readonly replyTo: Destination;
  /** Told of a CANCEL; cleared with the final response. */
  user: ServerUser | undefined;
  older: ServerTransaction | undefined;
  younger: ServerTransaction | undefined;
  readonly #shelf: ServerShelf;
  readonly #rules: Rules;
  /** To tag of the last response, which the answer to a CANCEL repeats (RFC 3261 §9.2). */
  localTag: string | undefined;
  /** Needed for the automatic 100 only. */
  #request: SipRequest | undefined;
  /** As text once the transaction has ended: a parsed message is many times as large, a buffer twice. */
  #lastResponse: SipResponse | string | undefined;
  #state: State = { name: "terminated" };
  #repeat: Timer | undefined;
  #life: Timer | undefined;

  constructor(
    key: string,
    request: SipRequest,
    options: { mergeKey: string | undefined; replyTo: Destination; shelf: ServerShelf; rules: Rules },
  ) {
    this.key = key;
    this.mergeKey = options.mergeKey;
    this.method = request.method;
    this.replyTo = options.replyTo;
    this.#shelf = options.shelf;
    this.#rules = options.rules;
    if (request.method === "INVITE") this.#request = request;
  }

  get stateName(): State["name"] {
    return this.#state.name;
  }

  /** True once a final response went out. */
  get hasEnded(): boolean {
    const { name } = this.#state;
    return name !== "trying" && name !== "proceeding";
  }

  start(): void {
    this.#apply(this.method === "INVITE" ? startInviteServer() : startNonInviteServer());
  }

  /** The user's answer; after the final one only a repeated 2xx to INVITE goes out. */
  respond(response: SipResponse): void {
    const { name } = this.#state;
    const isOpen = name === "trying" || name === "proceeding" ||
      (name === "accepted" && response.statusCode < 300);
    if (!isOpen) return;
    this.#lastResponse = response;
    if (this.method === "INVITE") this.localTag = tagOf(to(response)) ?? this.localTag;
    this.#step({ kind: "respond", statusCode: response.statusCode });
    if (this.#state.name === "accepted") this.#lastResponse = undefined;
  }

  /** The request came again. */
  retransmitted(): void {
    this.#step({ kind: "request" });
  }

  /** An ACK with the branch of this INVITE. True when it belongs to a 2xx and is the user's. */
  acknowledge(): boolean {
    const isUsers = this.#state.name === "accepted";
    this.#step({ kind: "ack" });
    return isUsers;
  }

  /** Forgets everything at once. */
  abandon(): void {
    this.#state = { name: "terminated" };
    this.#finish();
  }

  timerFired(name: string): void {
    if (name === "G") this.#repeat = undefined;
    else this.#life = undefined;
    this.#step({ kind: "timer", timer: name as TimerName });
  }

  readonly #fault = (fault: SendFault): void => {
    this.#shelf.log.debug("a response could not be sent", { method: this.method, fault });
    this.#step({ kind: "fault" });
  };

  #step(input: ServerInput): void {
    this.#apply(
      this.method === "INVITE"
        ? stepInviteServer(this.#state as InviteServerState, input, this.#rules)
        : stepNonInviteServer(this.#state as NonInviteServerState, input, this.#rules),
    );
  }

  #apply(step: Step<State>): void {
    const hadEnded = this.hasEnded;
    this.#state = step.state;
    for (let i = 0; i < step.effects.length; i++) this.#perform(step.effects[i]!);
    if (step.state.name === "terminated") this.#finish();
    else if (this.hasEnded && !hadEnded) this.#shrink();
    else if (step.state.name === "confirmed") this.#lastResponse = undefined;
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case "send":
        this.#sendLast();
        break;
      case "trying":
        if (!this.#request) break;
        this.#lastResponse = createResponse(this.#request, 100);
        this.#sendLast();
        break;
      case "start":
        this.#startTimer(effect.timer, effect.ms);
        break;
      case "stop":
        this.#stopTimer(effect.timer);
        break;
    }
  }

  #sendLast(): void {
    const last = this.#lastResponse;
    if (!last) return;
    if (typeof last !== "string") {
      this.#shelf.transmit(last, this.replyTo, this.#fault);
      return;
    }
    const parsed = parseMessage(encodeText(last));
    if (parsed.ok && parsed.value.kind === "response") {
      this.#shelf.transmit(parsed.value, this.replyTo, this.#fault);
    }
  }

  /** Keeps of an ended transaction no more than it still needs. */
  #shrink(): void {
    this.user = undefined;
    this.#request = undefined;
    const last = this.#lastResponse;
    const { name } = this.#state;
    if (name === "completed" && this.method !== "INVITE" && last && typeof last !== "string") {
      // Encoded and decoded: a text joined of parts would keep the heads those were cut from.
      this.#lastResponse = decodeText(printForNow(last));
    }
    this.#shelf.ended(this);
  }

  #startTimer(timer: TimerName, ms: number): void {
    this.#stopTimer(timer);
    const started = this.#shelf.startTimer(ms, this, timer);
    if (timer === "G") this.#repeat = started;
    else this.#life = started;
  }

  #stopTimer(timer: TimerName): void {
    if (timer === "G") {
      this.#repeat?.cancel();
      this.#repeat = undefined;
    } else {
      this.#life?.cancel();
      this.#life = undefined;
    }
  }

  #finish(): void {
    this.#stopTimer("G");
    this.#stopTimer("H");
    this.user = undefined;
    this.#request = undefined;
    this.#lastResponse = undefined;
    this.#shelf.remove(this);
  }
}
