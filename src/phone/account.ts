/** One account of the phone: its own sockets, its registration, the calls it places and takes. */

import { fail, hex, ipFamily, ok, type Result } from "../base/mod.ts";
import {
  type Credentials,
  type EndpointOptions,
  type Flow,
  type IncomingRequest,
  type NameAddr,
  type RouteTo,
  type Session,
  type SessionListener,
  SipEndpoint,
} from "../sip/mod.ts";
import { nameAddrs, type SipResponse, type SipUri, type Uri } from "../sip/message/mod.ts";
import { type Destination, Transports } from "../sip/transport/mod.ts";
import { PhoneCall } from "./call.ts";
import type { CallHost } from "./call_host.ts";
import type { MediaAddress } from "./call_media.ts";
import { challengeRealms } from "./challenge_realms.ts";
import { KeepAlive } from "./keep_alive.ts";
import { Registration } from "./registration.ts";
import { pathOf } from "./report.ts";
import { parseServer, parseTarget, sipUri } from "./targets.ts";
import type { AccountSettings, CallEvent, CallPath, RegistrationStatus } from "./types.ts";
import { WatchedNetwork } from "./watched_network.ts";
import type { PhoneWorld } from "./world.ts";

const DEFAULT_MAX_CALLS = 4;
const ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, NOTIFY";

/** What happens to an account and its calls. */
export type AccountEvent =
  | { readonly kind: "registration"; readonly status: RegistrationStatus }
  | { readonly kind: "call"; readonly call: PhoneCall; readonly event: CallEvent };

export interface AccountOptions {
  readonly world: PhoneWorld;
  readonly settings: AccountSettings;
  readonly tell: (account: Account, event: AccountEvent) => void;
  /** Tests shorten the protocol's timers. */
  readonly timing?: EndpointOptions["timing"];
}

export class Account implements CallHost<PhoneCall> {
  readonly world: PhoneWorld;
  readonly settings: AccountSettings;
  readonly ownUri: SipUri;
  readonly #options: AccountOptions;
  readonly #server: SipUri;
  /** TCP or TLS, whichever leads to the server. */
  readonly #connections: WatchedNetwork;
  readonly #transports: Transports;
  readonly #endpoint: SipEndpoint;
  readonly #registration: Registration;
  readonly #keepAlive: KeepAlive;
  readonly #instance: string;
  readonly #calls = new Set<PhoneCall>();
  /** Addresses of the server: nobody else may call us. */
  readonly #serverHosts = new Set<string>();
  #realms: readonly string[] | undefined;
  #serviceRoute: readonly NameAddr[] = [];
  #registeredFlow: Flow | undefined;

  private constructor(options: AccountOptions, server: SipUri) {
    const { world, settings } = options;
    this.#options = options;
    this.world = world;
    this.settings = settings;
    this.#server = server;
    this.ownUri = sipUri(settings.domain, settings.user);
    this.#instance = `<urn:uuid:${uuid(world.random.bytes(16))}>`;
    if (settings.ha1) this.#realms = [settings.domain];
    this.#connections = new WatchedNetwork(
      settings.transport === "tls" ? world.tls(settings.trust ?? {}) : world.tcp,
    );
    this.#transports = this.#makeTransports();
    const { clock, random, log, userAgent } = world;
    this.#endpoint = new SipEndpoint({
      transport: this.#transports,
      clock,
      random,
      log,
      userAgent,
      ...(options.timing && { timing: options.timing }),
      hooks: { admit: (_request, flow) => this.#serverHosts.has(flow.remote.host) ? "serve" : "drop" },
    });
    this.#endpoint.handle({
      request: (incoming) => this.#requested(incoming),
      flowClosed: (flow) => {
        if (flow.id !== this.#registeredFlow?.id) return;
        this.#registeredFlow = undefined;
        this.#registration.pathLost();
      },
    });
    this.#registration = this.#makeRegistration();
    this.#keepAlive = new KeepAlive({
      clock,
      ask: (heard) => this.#ask(heard),
      lost: () => this.#registration.pathLost(),
    });
  }

  /** Opens the sockets; registers if that is wished. The error says which setting is wrong, or what is in the way. */
  static async open(options: AccountOptions): Promise<Result<Account, string>> {
    const { settings } = options;
    const server = parseServer(settings.server, settings);
    if (!server.ok) return server;
    if (settings.srtp === "required" && settings.transport !== "tls") {
      return fail(
        `SRTP cannot be required over ${settings.transport}: whoever reads the connection has the keys. Use TLS`,
      );
    }
    const account = new Account(options, server.value);
    const started = await account.#transports.start(account.#endpoint);
    if (!started.ok) return started;
    for (const { address } of await account.#transports.resolve(server.value)) {
      account.#serverHosts.add(address.host);
    }
    if (settings.register) account.#registration.start();
    return ok(account);
  }

  get registration(): RegistrationStatus {
    return this.#registration.status;
  }

  /** Calls that are not over. */
  get calls(): readonly PhoneCall[] {
    return [...this.#calls];
  }

  /** Over which it is registered; undefined while it is not. */
  get path(): CallPath | undefined {
    return this.#registeredFlow && pathOf(this.#registeredFlow);
  }

  /** `100@office.example`. */
  get name(): string {
    return `${this.settings.user}@${this.settings.domain}`;
  }

  /** Registers, or refreshes at once. */
  register(): void {
    this.#registration.start();
  }

  unregister(): Promise<void> {
    return this.#registration.stop();
  }

  /** Calls a number, an address or a URI. */
  dial(target: string): Result<PhoneCall, string> {
    const uri = parseTarget(target, this.settings.domain);
    if (!uri.ok) return uri;
    return ok(this.#keep(PhoneCall.dial(this, uri.value)));
  }

  /** Sends the other side of `call` to a number, an address or a URI. */
  async transfer(call: PhoneCall, target: string): Promise<Result<void, string>> {
    const uri = parseTarget(target, this.settings.domain);
    return uri.ok ? await call.transfer(uri.value) : uri;
  }

  /** Hangs up, unregisters, closes the sockets. */
  async close(): Promise<void> {
    const ended = this.calls.map((call) => {
      call.hangUp();
      return call.ended;
    });
    await Promise.all(ended);
    await this.unregister();
    this.#transports.stop();
  }

  // What calls ask for.

  invite(target: Uri, sdp: Uint8Array, listener: SessionListener): Session {
    const credentials = this.#credentials();
    return this.#endpoint.invite({
      requestUri: target,
      from: this.#ownAddress(),
      to: { uri: target, params: new Map() },
      route: this.#route(),
      routeSet: this.#serviceRoute,
      contactUser: this.settings.user,
      sdp,
      ...(credentials && { credentials }),
    }, listener);
  }

  async mediaAddress(flow?: Flow): Promise<MediaAddress | undefined> {
    const { localHost } = this.settings;
    const path = flow ?? (this.#registeredFlow?.isOpen ? this.#registeredFlow : undefined);
    const destination: Destination | undefined = path
      ? { kind: "flow", flow: path }
      : await this.#transports.resolve(this.#server)
        .then(([target]) => target && { kind: "target", target });
    const host = localHost ?? (destination && this.#transports.localContact(destination)?.host);
    if (host === undefined) return undefined;
    return { host, family: ipFamily(host) === 6 ? "ipv6" : "ipv4" };
  }

  get connectFault(): string | undefined {
    return this.#connections.fault;
  }

  get showsCredentials(): boolean {
    return this.#credentials() !== undefined;
  }

  learnRealms(challenge: SipResponse): boolean {
    const realms = challengeRealms(challenge);
    if (realms.length > 0) this.#realms ??= realms;
    return this.showsCredentials;
  }

  tell(call: PhoneCall, event: CallEvent): void {
    if (event.kind === "ended") this.#calls.delete(call);
    this.#options.tell(this, { kind: "call", call, event });
  }

  #makeTransports(): Transports {
    const { world, settings: { transport, localHost } } = this.#options;
    const host = localHost ?? (ipFamily(this.#server.host) === 6 ? "::" : "0.0.0.0");
    return new Transports({
      // Without a certificate there is nothing to listen with; over TCP and TLS calls come back the way we made.
      listen: transport === "udp" ? [{ transport, host, port: 0 }] : [],
      datagrams: world.datagrams,
      ...(transport === "tls" ? { tcp: world.tcp, tls: this.#connections } : { tcp: this.#connections }),
      dns: world.dns,
      routes: world.routes,
      clock: world.clock,
      random: world.random,
      log: world.log,
    });
  }

  #makeRegistration(): Registration {
    const { clock, random } = this.world;
    const { registerSec, user } = this.settings;
    return new Registration({
      clock,
      random,
      user,
      instance: this.#instance,
      ...(registerSec !== undefined && { expiresSec: registerSec }),
      connectFault: () => this.connectFault,
      showsCredentials: () => this.showsCredentials,
      learnRealms: (challenge) => this.learnRealms(challenge),
      changed: (status) => {
        // Connections are kept alive by the transports.
        this.#keepAlive.isOn = status.state === "registered" && this.settings.transport === "udp";
        this.#options.tell(this, { kind: "registration", status });
      },
      send: ({ callId, sequence, expiresSec }, outcome) => {
        const credentials = this.#credentials();
        this.#endpoint.request({
          method: "REGISTER",
          requestUri: sipUri(this.settings.domain),
          from: this.#ownAddress(),
          to: this.#ownAddress(),
          route: { kind: "uri", uri: this.#server },
          callId,
          sequence,
          headers: [["Expires", String(expiresSec)], ["Allow", ALLOW]],
          contactUser: user,
          contactParams: new Map([["+sip.instance", `"${this.#instance}"`]]),
          ...(credentials && { credentials }),
        }, (answer) => {
          if (answer.kind === "response" && answer.response.statusCode < 300) {
            this.#serviceRoute = nameAddrs(answer.response, "Service-Route");
            this.#registeredFlow = answer.flow;
            if (answer.flow) this.#serverHosts.add(answer.flow.remote.host);
          }
          outcome(answer);
        });
      },
    });
  }

  #ask(heard: (isAnswered: boolean) => void): void {
    const target = sipUri(this.settings.domain);
    this.#endpoint.request({
      method: "OPTIONS",
      requestUri: target,
      from: this.#ownAddress(),
      to: { uri: target, params: new Map() },
      route: this.#route(),
    }, (outcome) => heard(outcome.kind === "response"));
  }

  #requested(incoming: IncomingRequest): void {
    const { method } = incoming.request;
    switch (method) {
      case "INVITE": {
        const { maxCalls = DEFAULT_MAX_CALLS } = this.settings;
        if (this.#calls.size >= maxCalls) return incoming.reply({ statusCode: 486 });
        return void this.#keep(PhoneCall.receive(this, incoming));
      }
      case "OPTIONS":
        return incoming.reply({
          statusCode: 200,
          headers: [["Allow", ALLOW], ["Accept", "application/sdp"]],
        });
      // Servers tell of waiting messages without being asked.
      case "NOTIFY":
        return incoming.reply({ statusCode: 200 });
      default:
        return incoming.reply({ statusCode: 405, headers: [["Allow", ALLOW]] });
    }
  }

  #keep(call: PhoneCall): PhoneCall {
    if (call.state !== "ended") this.#calls.add(call);
    return call;
  }

  /** The first hop is always our server; a Service-Route leads on from there (RFC 3608 §6). */
  #route(): RouteTo {
    return { kind: "uri", uri: this.#server };
  }

  #ownAddress(): NameAddr {
    const { displayName } = this.settings;
    return { ...(displayName && { displayName }), uri: this.ownUri, params: new Map() };
  }

  /** None before the server has said for which realm: a stranger's challenge gets nothing. */
  #credentials(): Credentials | undefined {
    const { user, authUser, password, ha1 } = this.settings;
    if (this.#realms === undefined || (password === undefined && ha1 === undefined)) return undefined;
    return {
      username: authUser ?? user,
      realms: this.#realms,
      ...(password !== undefined ? { password } : ha1 && { ha1 }),
    };
  }
}

/** A random UUID (RFC 9562 §5.4). */
function uuid(bytes: Uint8Array): string {
  const text = hex(bytes.with(6, (bytes[6]! & 0x0f) | 0x40).with(8, (bytes[8]! & 0x3f) | 0x80));
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]].map(([a, b]) => text.slice(a, b)).join("-");
}
