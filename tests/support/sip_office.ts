/** User agents for scenarios: endpoints on a virtual network, and listeners that write down what they hear. */
import { type LogFields, seededRandom, SILENT_LOG } from "../../src/base/mod.ts";
import {
  type Credentials,
  type EndpointOptions,
  type IncomingRequest,
  type NameAddr,
  type OutgoingInvite,
  parseUri,
  type RequestOutcome,
  type RouteTo,
  type Session,
  type SessionEnd,
  type SessionListener,
  type SessionOptions,
  SipEndpoint,
  type SipRequest,
  type Told,
  type Uri,
} from "../../src/sip/mod.ts";
import { type VirtualHost, VirtualNetwork } from "./virtual_network.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Bytes of a pretended session description; the machines under test never look inside. */
export function sdp(text: string): Uint8Array {
  return encoder.encode(`v=0 ${text}\r\n`);
}

function sdpText(bytes: Uint8Array | undefined): string {
  return bytes ? ` [${decoder.decode(bytes).slice(4).trim()}]` : "";
}

export function uri(text: string): Uri {
  const parsed = parseUri(text);
  if (!parsed.ok) throw new TypeError(`Cannot parse "${text}": ${parsed.error.reason}`);
  return parsed.value;
}

export function address(text: string): NameAddr {
  return { uri: uri(text), params: new Map() };
}

/** What a session told its owner, one line each. */
export class Recorder implements SessionListener {
  readonly events: string[] = [];
  /** Every offer, for tests that answer later. */
  offers: SipRequest[] = [];
  end: SessionEnd | undefined;
  /** Reactions by the first word of an event, run after it was written down. */
  readonly on: Record<string, ((event: string) => void) | undefined> = {};
  reply: Told<"requested">["reply"] | undefined;

  progress(event: Told<"progress">): void {
    this.#note(`progress ${event.response.statusCode}${event.isOffer ? " offer" : ""}${sdpText(event.sdp)}`);
  }

  answered(event: Told<"answered">): void {
    this.#note(`answered ${event.response.statusCode}${event.isOffer ? " offer" : ""}${sdpText(event.sdp)}`);
  }

  acknowledged(event: { sdp?: Uint8Array }): void {
    this.#note(`acknowledged${sdpText(event.sdp)}`);
  }

  offered(event: { request: SipRequest; sdp?: Uint8Array }): void {
    this.offers.push(event.request);
    this.#note(`offered ${event.request.method}${sdpText(event.sdp)}`);
  }

  offerWithdrawn(): void {
    this.#note("offerWithdrawn");
  }

  offerAnswered(event: Told<"offerAnswered">): void {
    this.#note(`offerAnswered${event.isOffer ? " offer" : ""}${sdpText(event.sdp)}`);
  }

  offerRefused(event: Told<"offerRefused">): void {
    this.#note(`offerRefused ${event.response.statusCode}`);
  }

  requested(event: Told<"requested">): void {
    this.reply = event.reply;
    this.#note(`requested ${event.request.method}`);
  }

  ended(end: SessionEnd): void {
    this.end = end;
    const status = end.cause === "rejected" ? ` ${end.response.statusCode}` : "";
    this.#note(`ended ${end.by} ${end.cause}${status}`);
  }

  #note(event: string): void {
    this.events.push(event);
    this.on[event.split(" ")[0]!]?.(event);
  }
}

/** A user agent that takes every call and writes everything down. */
export class Agent {
  readonly host: VirtualHost;
  readonly endpoint: SipEndpoint;
  readonly name: string;
  /** Sessions in the order they came about, with their recorders. */
  readonly sessions: Session[] = [];
  readonly recorders: Recorder[] = [];
  readonly requests: IncomingRequest[] = [];
  /** Warnings and errors of the endpoint. */
  readonly log: string[] = [];
  options: SessionOptions = {};
  /** Called for each incoming session. */
  onSession: ((session: Session, recorder: Recorder) => void) | undefined;
  /** Called for each other request; default 200. */
  onRequest: ((incoming: IncomingRequest) => void) | undefined;

  constructor(
    network: VirtualNetwork,
    name: string,
    options: { address: string; seed?: number; endpoint?: Partial<EndpointOptions> },
  ) {
    this.name = name;
    this.host = network.host(options.address);
    const note = (event: string, fields?: LogFields) =>
      void this.log.push(`${event} ${JSON.stringify(fields ?? {})}`);
    this.endpoint = new SipEndpoint({
      transport: this.host,
      clock: network.clock,
      random: seededRandom(options.seed ?? options.address.length * 7919 + name.charCodeAt(0)),
      log: { ...SILENT_LOG, warn: note, error: note },
      userAgent: name,
      ...options.endpoint,
    });
    this.host.listener = this.endpoint;
    this.endpoint.handle({
      request: (incoming) => this.#request(incoming),
      flowClosed() {},
    });
  }

  /** The last session and what its owner heard. */
  get session(): Session {
    const session = this.sessions.at(-1);
    if (!session) throw new Error(`${this.name} has no session`);
    return session;
  }

  get events(): string[] {
    return this.recorders.at(-1)?.events ?? [];
  }

  get recorder(): Recorder {
    const recorder = this.recorders.at(-1);
    if (!recorder) throw new Error(`${this.name} has no session`);
    return recorder;
  }

  invite(to: string, options: Partial<OutgoingInvite> = {}): Session {
    const recorder = new Recorder();
    const session = this.endpoint.invite({
      requestUri: uri(to),
      from: address(`sip:${this.name}@example.com`),
      to: address(to),
      route: { kind: "uri", uri: uri(to) },
      ...options,
    }, recorder);
    this.sessions.push(session);
    this.recorders.push(recorder);
    return session;
  }

  /** Sends a request outside a dialog and returns the list its outcome will appear in. */
  ask(
    method: string,
    to: string,
    options: { route?: RouteTo; credentials?: Credentials; attemptMs?: number } = {},
  ): RequestOutcome[] {
    const outcomes: RequestOutcome[] = [];
    this.endpoint.request({
      method,
      requestUri: uri(to),
      from: address(`sip:${this.name}@example.com`),
      to: address(to),
      route: { kind: "uri", uri: uri(to) },
      ...options,
    }, (outcome) => outcomes.push(outcome));
    return outcomes;
  }

  #request(incoming: IncomingRequest): void {
    this.requests.push(incoming);
    if (incoming.request.method !== "INVITE") {
      if (this.onRequest) this.onRequest(incoming);
      else incoming.reply({ statusCode: 200 });
      return;
    }
    if (this.onRequest) {
      this.onRequest(incoming);
      return;
    }
    const recorder = new Recorder();
    const session = incoming.accept(recorder, this.options);
    this.sessions.push(session);
    this.recorders.push(recorder);
    this.onSession?.(session, recorder);
  }
}

/** Two user agents on a network of their own. */
export function twoAgents(): { network: VirtualNetwork; alice: Agent; bob: Agent } {
  const network = new VirtualNetwork();
  const alice = new Agent(network, "alice", { address: "10.0.0.1" });
  const bob = new Agent(network, "bob", { address: "10.0.0.2" });
  return { network, alice, bob };
}

export const BOB = "sip:bob@10.0.0.2";
export const ALICE = "sip:alice@10.0.0.1";
export const WHO = { "10.0.0.1": "A", "10.0.0.2": "B" };

/** A call that stands: INVITE with offer, 200 with answer, ACK. */
export async function establish(
  parts: { network: VirtualNetwork; alice: Agent; bob: Agent },
  options: Partial<OutgoingInvite> = {},
): Promise<void> {
  const { network, alice, bob } = parts;
  bob.onSession ??= (session) => session.answer({ sdp: sdp("b1") });
  alice.invite(BOB, { sdp: sdp("a1"), ...options });
  await network.run(100);
}
