/** A carrier and an office with lines on a virtual network: digest, SRV places, everything that was asked. */

import { seededRandom, SILENT_LOG } from "../../src/base/mod.ts";
import { type Settings, testSettings } from "../../src/config/mod.ts";
import type { Caller, OutsideWay, RingTarget } from "../../src/pbx/call/mod.ts";
import { createDirectory, type ReplaceableDirectory } from "../../src/pbx/directory/mod.ts";
import { ExternalLines } from "../../src/pbx/line/mod.ts";
import type { PbxEvent } from "../../src/pbx/ports.ts";
import { createHa1, ServerDigest } from "../../src/sip/auth/mod.ts";
import {
  type Destination,
  type IncomingRequest,
  printUri,
  type Session,
  SipEndpoint,
  type SipRequest,
  type Target,
} from "../../src/sip/mod.ts";
import { Agent, Recorder, sdp } from "./sip_office.ts";
import type { VirtualHost, VirtualNetwork } from "./virtual_network.ts";

export interface CarrierOptions {
  readonly address: string;
  readonly realm?: string;
  /** Account → password; absent: nobody is asked. */
  readonly accounts?: Readonly<Record<string, string>>;
  readonly grantedSec?: number;
}

/** One place of a carrier: registers accounts, takes calls, and can be made to say anything. */
export class Carrier {
  readonly agent: Agent;
  readonly realm: string;
  /** Final answers to be given to REGISTER before it goes on as usual. */
  readonly refusals: { statusCode: number; headers?: [string, string][] }[] = [];
  /** More headers of a 200 to REGISTER. */
  grants: [string, string][] = [];
  /** Answers no OPTIONS when false. */
  answersOptions = true;
  readonly #digest: ServerDigest;
  readonly #options: CarrierOptions;

  constructor(network: VirtualNetwork, options: CarrierOptions) {
    this.#options = options;
    this.realm = options.realm ?? "carrier.example";
    this.agent = new Agent(network, "carrier", { address: options.address });
    this.#digest = new ServerDigest({ clock: network.clock, random: seededRandom(77) });
    this.agent.onRequest = (incoming) => this.#request(incoming);
  }

  /** Requests of `method` that arrived, in order; retransmissions are not among them. */
  asked(method: string): SipRequest[] {
    return this.agent.requests.map(({ request }) => request).filter((request) => request.method === method);
  }

  last(method: string): SipRequest {
    const found = this.asked(method).at(-1);
    if (!found) throw new Error(`no ${method} arrived`);
    return found;
  }

  #request(incoming: IncomingRequest): void {
    const { request } = incoming;
    if (request.method === "OPTIONS") {
      if (this.answersOptions) incoming.reply({ statusCode: 200 });
      return;
    }
    if (request.method === "REGISTER") {
      const refusal = this.refusals.shift();
      if (refusal) return incoming.reply(refusal);
    }
    if (!this.#proves(incoming)) return;
    if (request.method !== "INVITE") {
      const expires = request.headers.get("Expires") ?? "3600";
      const granted = Math.min(Number(expires), this.#options.grantedSec ?? 3600);
      const contact = `${request.headers.get("Contact")};expires=${granted}`;
      return incoming.reply({ statusCode: 200, headers: [["Contact", contact], ...this.grants] });
    }
    const recorder = new Recorder();
    const session = incoming.accept(recorder, this.agent.options);
    this.agent.sessions.push(session);
    this.agent.recorders.push(recorder);
    if (this.agent.onSession) this.agent.onSession(session, recorder);
    else session.answer({ sdp: sdp("carrier") });
  }

  #proves(incoming: IncomingRequest): boolean {
    const { accounts } = this.#options;
    if (!accounts) return true;
    const { request } = incoming;
    const verdict = this.#digest.verify({
      authorization: request.headers.all("Authorization"),
      method: request.method,
      uri: printUri(request.requestUri),
      realm: this.realm,
      algorithms: ["MD5"],
      ha1: (user) => accounts[user] === undefined ? undefined : createHa1(user, this.realm, accounts[user]),
    });
    if (verdict.ok) return true;
    const challenge = this.#digest.challenge(this.realm, ["MD5"])[0]!;
    incoming.reply({ statusCode: 401, headers: [["WWW-Authenticate", challenge]] });
    return false;
  }
}

/** An office of which only the lines are there. */
export class LineOffice {
  readonly host: VirtualHost;
  readonly endpoint: SipEndpoint;
  readonly lines: ExternalLines;
  readonly directory: ReplaceableDirectory;
  readonly events: string[] = [];
  readonly incoming: IncomingRequest[] = [];
  readonly #failed = new Set<string>();
  readonly #network: VirtualNetwork;

  constructor(network: VirtualNetwork, lines: readonly object[], more: { address?: string } = {}) {
    this.#network = network;
    const random = seededRandom(5);
    this.host = network.host(more.address ?? "10.0.0.1");
    // The virtual network itself remembers no failures, as the real transports do.
    Object.assign(this.host, {
      markFailed: (place: Destination) => {
        if (place.kind === "target") this.#failed.add(JSON.stringify(place.target.address));
      },
    });
    this.endpoint = new SipEndpoint({
      transport: this.host,
      clock: network.clock,
      random,
      log: SILENT_LOG,
      userAgent: "office",
    });
    this.host.listener = this.endpoint;
    this.directory = createDirectory({ settings: lineSettings(lines), createHa1 });
    this.lines = new ExternalLines({
      endpoint: this.endpoint,
      directory: this.directory,
      clock: network.clock,
      random,
      log: SILENT_LOG,
      events: { emit: (event) => this.#note(event) },
      resolve: (uri) => this.host.resolve(uri),
      isFailed: (target) => this.#failed.has(JSON.stringify(target.address)),
    });
    this.endpoint.handle({
      request: (incoming) => this.incoming.push(incoming),
      flowClosed: (flow) => this.lines.flowClosed(flow),
    });
  }

  async start(): Promise<void> {
    this.lines.start();
    await this.#network.run(200);
  }

  /** Lets the farewells be answered. */
  async stop(): Promise<void> {
    const stopped = this.lines.stop();
    await this.#network.run(1000);
    await stopped;
  }

  change(lines: readonly object[]): void {
    this.directory.replace({ settings: lineSettings(lines) });
  }

  /** Calls `way` as the dialer does; what the lines say when they will not. */
  call(way: OutsideWay, caller: Partial<Caller> = {}): { session: Session; heard: Recorder } | string {
    const target = this.target(way, caller);
    if (typeof target === "string") return target;
    const { requestUri, from, to, route, routeSet, headers, contactUser, credentials, attemptMs } = target;
    const heard = new Recorder();
    const session = this.endpoint.invite({
      requestUri,
      from,
      to,
      route,
      routeSet,
      headers,
      sdp: sdp("office"),
      ...(contactUser !== undefined && { contactUser }),
      ...(credentials && { credentials }),
      ...(attemptMs !== undefined && { attemptMs }),
    }, heard);
    return { session, heard };
  }

  target(way: OutsideWay, caller: Partial<Caller> = {}): RingTarget | string {
    const target = this.lines.target(way, {
      caller: { domain: "office.example", number: "100", name: "Alice", isPrivate: false, ...caller },
      diversions: [],
    });
    return "requestUri" in target ? target : `${target.statusCode} ${target.reasonPhrase}`;
  }

  status(name: string) {
    const found = this.lines.list("office.example").find((line) => line.name === name);
    if (!found) throw new Error(`no line ${name}`);
    return found;
  }

  #note(event: PbxEvent): void {
    if (event.kind === "line") {
      this.events.push(
        `${event.line} ${event.state}${event.detail === undefined ? "" : ` (${event.detail})`}`,
      );
    }
  }
}

export function lineSettings(lines: readonly object[]): Settings {
  const extensions = [{ number: "100", name: "Alice", password: "s3cret-a" }, {
    number: "101",
    name: "Bob",
    password: "s3cret-b",
    rejectAnonymous: true,
  }];
  return testSettings({ domains: [{ name: "office.example", extensions, lines }] });
}

/** A line of kind register, as most are. */
export function registerLine(more: Record<string, unknown> = {}) {
  return {
    name: "carrier",
    kind: "register",
    server: "sip:carrier.example",
    username: "4930123",
    password: "line-secret",
    incoming: [{ number: "*", to: "100" }],
    ...more,
  };
}

export function udp(host: string): Target {
  return { transport: "udp", address: { host, port: 5060 } };
}
