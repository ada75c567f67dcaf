/** One client transaction at work: the machine's effects put into practice (RFC 3261 §17.1). */
import type { Log, Timer } from "../../base/mod.ts";
import type { Headers, SipRequest, SipResponse } from "../message/mod.ts";
import { createRequest, cseq, from, to } from "../message/mod.ts";
import type { Destination, Flow, SendFault } from "../transport/mod.ts";
import { type InviteClientState, startInviteClient, stepInviteClient } from "./invite_client.ts";
import type { ClientInput, Effect, Rules, Step, TimerName } from "./machine.ts";
import { type NonInviteClientState, startNonInviteClient, stepNonInviteClient } from "./non_invite_client.ts";
import type { TimerTarget } from "./timer_wheel.ts";

/** Who sent the request and waits for what becomes of it. */
export interface ClientUser {
  /** A provisional or final response; of an INVITE every 2xx that comes. */
  response(response: SipResponse, flow: Flow): void;
  /** Nothing more will come. */
  failed(reason: "timeout" | "fault", fault?: SendFault): void;
  /** An INVITE that had a 2xx: nothing more will come. */
  over?(): void;
}

/** What a client transaction needs of its table. */
export interface ClientShelf {
  readonly log: Log;
  transmit(message: SipRequest, destination: Destination, onFault: (fault: SendFault) => void): void;
  startTimer(delayMs: number, target: TimerTarget, name: string): Timer;
  remove(transaction: ClientTransaction): void;
}

type State = InviteClientState | NonInviteClientState;

export class ClientTransaction implements TimerTarget {
  readonly key: string;
  readonly method: string;
  readonly destination: Destination;
  readonly #shelf: ClientShelf;
  readonly #rules: Rules;
  #user: ClientUser | undefined;
  #request: SipRequest | undefined;
  #ack: SipRequest | undefined;
  #state: State;
  #repeat: Timer | undefined;
  #life: Timer | undefined;
  /** The response a step is about, for its effects. */
  #response: SipResponse | undefined;
  #flow: Flow | undefined;
  #fault: SendFault | undefined;

  constructor(
    key: string,
    request: SipRequest,
    options: { destination: Destination; user: ClientUser; shelf: ClientShelf; rules: Rules },
  ) {
    this.key = key;
    this.method = request.method;
    this.destination = options.destination;
    this.#shelf = options.shelf;
    this.#rules = options.rules;
    this.#user = options.user;
    this.#request = request;
    this.#state = { name: "terminated" };
  }

  get stateName(): State["name"] {
    return this.#state.name;
  }

  /** The request as sent; absent once a final response has made it needless. */
  get request(): SipRequest | undefined {
    return this.#request;
  }

  start(): void {
    this.#apply(
      this.method === "INVITE" ? startInviteClient(this.#rules) : startNonInviteClient(this.#rules),
    );
  }

  /** From now on what comes is dealt with by the machine and told to nobody. */
  detach(): void {
    this.#user = undefined;
  }

  /** Hands all that is still to come to another user. */
  handTo(user: ClientUser): void {
    this.#user = user;
  }

  /** Stops at once and forgets everything; a late response is then a stray. */
  abandon(): void {
    this.#state = { name: "terminated" };
    this.#finish();
  }

  receive(response: SipResponse, flow: Flow): void {
    this.#response = response;
    this.#flow = flow;
    this.#step({ kind: "response", statusCode: response.statusCode });
    this.#response = undefined;
    this.#flow = undefined;
  }

  /** The path broke before anything came back. */
  readonly fault = (fault: SendFault): void => {
    this.#fault = fault;
    try {
      this.#step({ kind: "fault" });
    } catch (error) {
      // The transports, who bring this, have nothing to do with what the user makes of it.
      this.#shelf.log.error("a fault could not be dealt with", { error: String(error), method: this.method });
    }
  };

  timerFired(name: string): void {
    if (name === "A" || name === "E") this.#repeat = undefined;
    else this.#life = undefined;
    this.#step({ kind: "timer", timer: name as TimerName });
  }

  #step(input: ClientInput): void {
    this.#apply(
      this.method === "INVITE"
        ? stepInviteClient(this.#state as InviteClientState, input, this.#rules)
        : stepNonInviteClient(this.#state as NonInviteClientState, input, this.#rules),
    );
  }

  #apply(step: Step<State>): void {
    const { state, effects } = step;
    this.#state = state;
    // The user is told last, when the transaction is at rest: it may well send the next request from there.
    let told: Effect | undefined;
    for (let i = 0; i < effects.length; i++) {
      const effect = effects[i]!;
      if (effect.kind === "pass" || effect.kind === "fail") told = effect;
      else this.#perform(effect);
    }
    const user = this.#user;
    const fault = this.#fault;
    const response = this.#response;
    const flow = this.#flow;
    if (state.name === "terminated") this.#finish();
    else if (state.name === "completed" || state.name === "accepted") this.#request = undefined;
    if (state.name === "completed") this.#user = undefined;
    if (!user) return;
    if (!told) {
      if (state.name === "terminated") user.over?.();
    } else if (told.kind === "fail") user.failed(told.reason, fault);
    else if (response && flow) user.response(response, flow);
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case "send":
        if (this.#request) this.#shelf.transmit(this.#request, this.destination, this.fault);
        break;
      case "ack":
        this.#ack ??= this.#request && this.#response && ackFor(this.#request, this.#response);
        if (this.#ack) this.#shelf.transmit(this.#ack, this.destination, this.fault);
        break;
      case "start":
        this.#startTimer(effect.timer, effect.ms);
        break;
      case "stop":
        this.#stopTimer(effect.timer);
        break;
    }
  }

  #startTimer(timer: TimerName, ms: number): void {
    this.#stopTimer(timer);
    const started = this.#shelf.startTimer(ms, this, timer);
    if (timer === "A" || timer === "E") this.#repeat = started;
    else this.#life = started;
  }

  #stopTimer(timer: TimerName): void {
    if (timer === "A" || timer === "E") {
      this.#repeat?.cancel();
      this.#repeat = undefined;
    } else {
      this.#life?.cancel();
      this.#life = undefined;
    }
  }

  #finish(): void {
    this.#stopTimer("A");
    this.#stopTimer("B");
    this.#user = undefined;
    this.#request = undefined;
    this.#ack = undefined;
    this.#shelf.remove(this);
  }
}

/** ACK to a final response that is not 2xx: part of the same transaction, so the same branch (RFC 3261 §17.1.1.3). */
function ackFor(invite: SipRequest, response: SipResponse): SipRequest {
  const { sequence } = cseq(invite);
  const ack = createRequest({
    method: "ACK",
    requestUri: invite.requestUri,
    from: from(invite),
    to: to(response),
    callId: invite.headers.get("Call-ID") ?? "",
    sequence,
  });
  copyHeader(invite.headers, ack.headers, "Via");
  copyRoutes(invite.headers, ack.headers);
  return ack;
}

/** The Route set of a request, for the ACK or CANCEL that must travel the same way. */
export function copyRoutes(source: Headers, target: Headers): void {
  for (const route of source.all("Route")) target.append("Route", route);
}

function copyHeader(source: Headers, target: Headers, name: string): void {
  const value = source.get(name);
  if (value !== undefined) target.prepend(name, value);
}
