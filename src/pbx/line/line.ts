/**
 * One line at work: its registration, its watch, its places. The decisions are `registration.ts` and `watch.ts`; this is
 * the shell that sends, waits and tells.
 */

import { type Log, type Network, parseNetwork, type Random, type Timer, token } from "../../base/mod.ts";
import type { DomainSettings, LineSettings } from "../../config/mod.ts";
import {
  type Credentials,
  type Destination,
  type Endpoint,
  type Flow,
  type RequestOutcome,
} from "../../sip/mod.ts";
import { type Failure, failure, type OutsideWay, type RingTarget } from "../call/mod.ts";
import type { LineAddresses } from "./addresses.ts";
import type { Recognisable } from "./incoming.ts";
import { type OutgoingCall, outgoingTarget } from "./outgoing.ts";
import { type LinePath, linePath, proxyRoute } from "./path.ts";
import { Places, type PlacesPorts } from "./places.ts";
import { defaultRealms } from "./realms.ts";
import { readRegisterAnswer, realmsOf } from "./register_answer.ts";
import {
  isUsable,
  type RegistrationInput,
  type RegistrationState,
  type SendRegister,
  step,
  STOPPED,
} from "./registration.ts";
import { spread, UNWATCHED, type WatchState, watchStep } from "./watch.ts";

export interface LinePorts extends PlacesPorts {
  readonly endpoint: Pick<Endpoint, "request">;
  readonly random: Random;
  readonly log: Log;
  /** The state that is shown has changed. */
  readonly changed: (line: Line) => void;
}

/** What is shown of a line. */
export interface Shown {
  /** `registering registered retrying refused` of a register line, `unknown up down unwatched` of a peer. */
  readonly state: string;
  readonly detail?: string;
  readonly sinceMs: number;
}

/** An INVITE without any answer for this long goes to the next place, and to the next line after the last. */
const FAILOVER_MS = 3000;
/** Where there is only one place, it may take its time. */
const ONLY_PLACE_MS = 6000;
const WATCH_ATTEMPT_MS = 3000;

export class Line implements Recognisable {
  readonly addresses: LineAddresses;
  readonly networks: readonly Network[];
  readonly #ports: LinePorts;
  readonly #places: Places;
  #settings: LineSettings;
  #domain: DomainSettings;
  #registration: RegistrationState = STOPPED;
  #watch: WatchState = UNWATCHED;
  #shown: Shown;
  /** The path of the last good REGISTER. */
  #flow: Flow | undefined;
  /** Realms in which a peer has asked for credentials itself. */
  #askedRealms: readonly string[] = [];
  #registerTimer: Timer | undefined;
  #watchTimer: Timer | undefined;
  #abandon = new Set<() => void>();
  #isStopped = false;

  constructor(
    ports: LinePorts,
    of: { settings: LineSettings; domain: DomainSettings; addresses: LineAddresses },
  ) {
    this.#ports = ports;
    this.#settings = of.settings;
    this.#domain = of.domain;
    this.addresses = of.addresses;
    this.networks = of.settings.addresses.flatMap((text) => parseNetwork(text) ?? []);
    const [, ...others] = of.addresses.places;
    this.#places = new Places(ports, of.addresses.nextHop, others);
    const isWatched = this.#isRegistering || of.settings.optionsSeconds > 0;
    this.#shown = { state: isWatched ? "unknown" : "unwatched", sinceMs: ports.clock.now() };
  }

  get settings(): LineSettings {
    return this.#settings;
  }

  get domain(): DomainSettings {
    return this.#domain;
  }

  get contactUser(): string {
    return this.addresses.contactUser;
  }

  get isSecure(): boolean {
    return this.addresses.isSecure;
  }

  get shown(): Shown {
    return this.#shown;
  }

  get registeredUntil(): number | undefined {
    return this.#registration.name === "stopped" ? undefined : this.#registration.granted?.untilMs;
  }

  /** True when a call may be tried on it. */
  get isUp(): boolean {
    if (this.#isRegistering) return isUsable(this.#registration, this.#ports.clock.now());
    return this.#watch.health !== "down";
  }

  get #isRegistering(): boolean {
    return this.#settings.kind === "register";
  }

  /** Begins after `delayMs`. */
  start(delayMs: number): void {
    const { clock } = this.#ports;
    if (this.#isRegistering) {
      this.#registerTimer = clock.at(clock.now() + delayMs, () => this.#step({ kind: "start" }));
    }
    const { optionsSeconds } = this.#settings;
    // The first REGISTER tells as much as a question would.
    const firstMs = this.#isRegistering ? spread(optionsSeconds * 1000, this.#chance()) : 0;
    if (optionsSeconds > 0) this.#watchIn(delayMs + firstMs);
    else void this.#places.refresh();
  }

  /** Settings that change nothing of what is registered or watched. */
  update(settings: LineSettings, domain: DomainSettings): void {
    this.#settings = settings;
    this.#domain = domain;
  }

  /** Keeps up with the DNS between registrations. */
  freshen(): void {
    void this.#places.refresh();
  }

  /** Lets go of everything; with `unregister` the registrar is told, and the promise waits for its answer. */
  stop({ unregister }: { readonly unregister: boolean }): Promise<void> {
    this.#isStopped = true;
    this.#registerTimer?.cancel();
    this.#watchTimer?.cancel();
    for (const abandon of this.#abandon) abandon();
    this.#abandon.clear();
    const { effects } = this.#decide({ kind: "stop" });
    const farewell = effects.find((effect) => effect.kind === "send");
    if (!unregister || !farewell) return Promise.resolve();
    return new Promise((resolve) => this.#sendRegister(farewell, () => resolve()));
  }

  flowClosed(flow: Flow): void {
    if (this.#flow?.id !== flow.id) return;
    this.#flow = undefined;
    if (!this.#isStopped) this.#step({ kind: "lost" });
  }

  isSource(host: string): boolean {
    return this.#isRegistering && this.#places.isSource(host);
  }

  isOwnFlow(flow: Flow): boolean {
    return this.#flow?.id === flow.id;
  }

  /** A place to ring for `way`, or why there is none now. */
  target(way: OutsideWay, call: OutgoingCall): RingTarget | Failure {
    const { route, routeSet, isSecure } = this.#path();
    const credentials = this.#credentials();
    if (this.#settings.srtp === "required" && !isSecure) {
      return failure("not acceptable", {
        reasonPhrase: "The line demands encryption, but its transport is not TLS",
      });
    }
    return outgoingTarget({
      settings: this.#settings,
      addresses: this.addresses,
      way,
      call,
      route,
      routeSet,
      isSecurePath: isSecure,
      attemptMs: this.#places.count === 1 ? ONLY_PLACE_MS : FAILOVER_MS,
      ...(credentials && { credentials }),
    });
  }

  #path(): LinePath {
    const granted = this.#registration.name === "stopped" ? undefined : this.#registration.granted;
    return linePath(this.addresses, this.#places, granted?.serviceRoute);
  }

  /** Shown to the line's own realms only: those of the settings, else those its server has asked for, else its name. */
  #credentials(realms?: readonly string[]): Credentials | undefined {
    const { username, authUsername, password } = this.#settings;
    const name = authUsername ?? username;
    if (name === undefined || password === undefined) return undefined;
    return { username: name, password, realms: realms ?? this.#realms() };
  }

  #realms(): readonly string[] {
    const { realms } = this.#settings;
    if (realms.length > 0) return realms;
    const learnt = this.#registration.name === "stopped" ? undefined : this.#registration.realms;
    return learnt ?? [...this.#askedRealms, ...defaultRealms(this.addresses)];
  }

  #chance(): number {
    return this.#ports.random.bytes(4).reduce((sum, byte) => sum * 256 + byte, 0) / 2 ** 32;
  }

  #decide(input: RegistrationInput) {
    const { clock, random } = this.#ports;
    const { registerSeconds, realms } = this.#settings;
    const result = step(this.#registration, input, {
      rules: { expiresSec: registerSeconds, realms },
      moment: { nowMs: clock.now(), chance: this.#chance(), freshCallId: token(random, 16) },
    });
    this.#registration = result.state;
    return result;
  }

  #step(input: RegistrationInput): void {
    for (const effect of this.#decide(input).effects) {
      if (effect.kind === "wait") {
        this.#registerTimer?.cancel();
        this.#registerTimer = this.#ports.clock.at(effect.untilMs, () => this.#step({ kind: "due" }));
      } else void this.#register(effect);
    }
    this.#showRegistration();
  }

  async #register(wish: SendRegister): Promise<void> {
    await this.#places.refresh();
    if (this.#isStopped) return;
    this.#places.rehome();
    this.#sendRegister(wish, (outcome) => {
      if (outcome.kind === "failed") return this.#step({ kind: "silence", reason: outcome.reason });
      const { response, destination, flow } = outcome;
      const answer = readRegisterAnswer(response, this.contactUser);
      if (answer.statusCode < 300) {
        this.#places.answered(destination);
        this.#flow = flow;
      }
      this.#step({ kind: "answer", answer });
    });
  }

  #sendRegister(wish: SendRegister, outcome: (outcome: RequestOutcome) => void): void {
    const { account, registrar, contactUser } = this.addresses;
    const credentials = wish.realms && this.#credentials(wish.realms);
    this.#send({
      method: "REGISTER",
      requestUri: registrar,
      from: { uri: account, params: new Map() },
      to: { uri: account, params: new Map() },
      route: this.#places.route(),
      routeSet: proxyRoute(this.addresses),
      callId: wish.callId,
      sequence: wish.sequence,
      headers: [["Expires", String(wish.expiresSec)], ["Supported", "path"]],
      contactUser,
      attemptMs: wish.attemptMs,
      ...(credentials && { credentials }),
    }, outcome);
  }

  #send(request: Parameters<Endpoint["request"]>[0], outcome: (outcome: RequestOutcome) => void): void {
    const abandon = this.#ports.endpoint.request(request, (result) => {
      this.#abandon.delete(abandon);
      outcome(result);
    });
    this.#abandon.add(abandon);
  }

  #watchIn(delayMs: number): void {
    const { clock } = this.#ports;
    this.#watchTimer = clock.at(clock.now() + delayMs, () => void this.#ask());
  }

  async #ask(): Promise<void> {
    await this.#places.refresh();
    if (this.#isStopped) return;
    if (!this.#isRegistering) this.#places.rehome();
    const { registrar, account } = this.addresses;
    const from = account.user === undefined ? { ...account, user: "ping" } : account;
    const { route, routeSet } = this.#path();
    this.#send({
      method: "OPTIONS",
      requestUri: registrar,
      from: { uri: from, params: new Map() },
      to: { uri: { ...registrar, params: new Map() }, params: new Map() },
      route,
      routeSet,
      headers: [["Accept", "application/sdp"]],
      contactUser: this.contactUser,
      attemptMs: WATCH_ATTEMPT_MS,
    }, (outcome) => this.#watched(outcome));
  }

  #watched(outcome: RequestOutcome): void {
    const { optionsSeconds } = this.#settings;
    const hasMoved = outcome.kind === "response" && this.#heard(outcome.response, outcome.destination);
    const { state, delayMs, event } = watchStep(
      this.#watch,
      outcome.kind === "response" ? outcome.response.statusCode : undefined,
      { intervalMs: optionsSeconds * 1000, chance: this.#chance() },
    );
    this.#watch = state;
    this.#watchIn(delayMs);
    // Some registrars answer no OPTIONS at all: what counts is whether they still take a REGISTER. One that answers
    // from another place has left the one that holds our binding.
    if (this.#isRegistering) {
      if (hasMoved || event === "down") this.#step({ kind: "lost" });
    } else if (event) this.#show(event, event === "down" ? "does not answer OPTIONS" : undefined);
  }

  /** True when another place than before gave the answer. */
  #heard(response: Parameters<typeof realmsOf>[0], destination: Destination): boolean {
    const { statusCode } = response;
    if (statusCode === 401 || statusCode === 407) this.#askedRealms = realmsOf(response);
    return statusCode !== 503 && this.#places.answered(destination);
  }

  #showRegistration(): void {
    const registration = this.#registration;
    switch (registration.name) {
      case "stopped":
        return;
      case "trying":
        // A retry is no news before it has ended.
        if (this.#shown.state === "unknown") this.#show("registering");
        return;
      case "registered":
        return this.#show("registered");
      case "waiting":
        return this.#show(registration.isRefused ? "refused" : "retrying", registration.detail);
      default:
        return registration satisfies never;
    }
  }

  #show(state: string, detail?: string): void {
    if (this.#shown.state === state && this.#shown.detail === detail) return;
    const sinceMs = this.#shown.state === state ? this.#shown.sinceMs : this.#ports.clock.now();
    this.#shown = { state, sinceMs, ...(detail !== undefined && { detail }) };
    this.#ports.changed(this);
  }
}
