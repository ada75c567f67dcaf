/**
 * The whole business on a virtual network: registrar, calls, groups, features, rooms, joined as in the real server, with
 * a manual clock and a media plane that only remembers. Phones register and call as real ones do, message by message.
 */
import { type Log, seededRandom, SILENT_LOG } from "../../src/base/mod.ts";
import { type Settings, type SettingsInput, testSettings } from "../../src/config/mod.ts";
import { Guard } from "../../src/guard/mod.ts";
import type { SignallingNetwork } from "../../src/office/network.ts";
import { assemble, type Parts } from "../../src/office/parts.ts";
import { createDirectory, type ReplaceableDirectory } from "../../src/pbx/directory/mod.ts";
import type { CallRecord, PbxEvent } from "../../src/pbx/ports.ts";
import { SoundLibrary } from "../../src/pbx/prompts/mod.ts";
import { createHa1 } from "../../src/sip/auth/mod.ts";
import { type OutgoingInvite, SipEndpoint, type SipRequest } from "../../src/sip/mod.ts";
import { openStore, type Store } from "../../src/store/mod.ts";
import { FakePlane } from "./fake_plane.ts";
import { address, Agent, type Recorder, uri } from "./sip_office.ts";
import { VirtualNetwork } from "./virtual_network.ts";

export const DOMAIN = "office.example";
const SERVER = "10.0.0.1";
const ENCODER = new TextEncoder();

export interface VirtualOfficeOptions {
  /** Extensions as in the file; `password` is made up where it is absent. */
  readonly extensions: readonly Record<string, unknown>[];
  /** Merged into the domain: huntGroups, rules, pickupGroups. */
  readonly office?: Record<string, unknown>;
  readonly settings?: SettingsInput;
  readonly seed?: number;
  readonly log?: Log;
}

export class VirtualOffice {
  readonly network = new VirtualNetwork();
  readonly plane = new FakePlane();
  readonly store: Store;
  readonly settings: Settings;
  readonly directory: ReplaceableDirectory;
  readonly parts: Parts;
  readonly events: PbxEvent[] = [];
  #nextHost = 2;

  constructor(options: VirtualOfficeOptions) {
    const { clock } = this.network, { log = SILENT_LOG } = options;
    this.settings = testSettings({
      domains: [{
        name: DOMAIN,
        extensions: options.extensions.map((one) => ({ password: `secret-${one.number}`, ...one })),
        ...options.office,
      }],
      ...options.settings,
    });
    const store = openStore({
      path: ":memory:",
      clock,
      log,
      readDomain: () => undefined,
    });
    if (!store.ok) throw new Error(store.error);
    this.store = store.value;
    this.directory = createDirectory({ settings: this.settings, createHa1 });
    const random = seededRandom(options.seed ?? 1);
    const events = { emit: (event: PbxEvent) => this.#emit(event) };
    const host = this.network.host(SERVER);
    const endpoint = new SipEndpoint({
      transport: host,
      clock,
      random,
      log,
      userAgent: "sipedge",
    });
    host.listener = endpoint;
    const guard = new Guard({
      clock,
      log,
      store: this.store.bans,
      events,
      security: () => this.settings.security,
    });
    this.parts = assemble({
      settings: this.settings,
      store: this.store,
      records: this.store.callRecords,
      log,
      version: "test",
      clock,
      random,
      plane: this.plane,
      network: {
        endpoint,
        isLocal: (name: string) => name === SERVER,
        transports: {
          listening: [],
          resolve: host.resolve.bind(host),
          localContact: host.localContact.bind(host),
          isFailed: () => false,
        },
      } as unknown as SignallingNetwork,
      directory: this.directory,
      guard,
      sounds: SOUNDS,
      events,
      current: () => this.settings,
      isOpen: () => true,
    });
  }

  #emit(event: PbxEvent): void {
    this.events.push(event);
    // As the real server does: who registers or goes may be what a group waits for.
    if (event.kind === "registered" || event.kind === "unregistered") {
      this.parts.hunts.changed(event.domain, event.extension);
    }
  }

  /** A carrier at this address, which takes every call; the configuration must know it as a line. */
  carrier(host: string): Carrier {
    this.parts.lines.start();
    return new Carrier(this.network, host);
  }

  run(ms: number): Promise<void> {
    return this.network.run(ms);
  }

  /** A phone of `number`, registered over TLS. */
  async phone(number: string): Promise<Phone> {
    const phone = new Phone(this.network, number, `10.0.1.${this.#nextHost++}`);
    await phone.register();
    return phone;
  }

  /** What was said or played last to whoever holds `leg`; files by their names. */
  playing(): string[] {
    return [...this.plane.legs.values()].flatMap(({ playing }) =>
      playing === undefined
        ? []
        : playing.source.kind === "files"
        ? [playing.source.paths.join(" ")]
        : [playing.source.kind]
    );
  }

  /** Tells the server that what it plays now, anywhere, has been heard to its end. */
  async heardToTheEnd(): Promise<void> {
    for (const { leg, playing } of this.plane.legs.values()) {
      if (!playing || playing.options.loop) continue;
      const { tag } = playing.options;
      this.plane.emit({ kind: "played", leg, complete: true, ...(tag !== undefined && { tag }) });
    }
    await this.run(20);
  }

  /** Records of calls that are over, newest first. */
  async records(): Promise<readonly CallRecord[]> {
    await this.run(1000);
    return (await this.store.callRecords.list({ offset: 0, limit: 100 })).rows;
  }

  /** Nobody holds anything any more: no call, leg, room, or count of calls. */
  async leftovers(): Promise<string[]> {
    await this.run(70_000);
    const { engine, hunts, occupancy } = this.parts;
    const busy = this.settings.domains[0]!.extensions.filter(({ number }) =>
      occupancy.calls(DOMAIN, number) > 0
    );
    return [
      ...[...engine.calls].map((call) => `call ${call.id} ${call.phase}`),
      ...[...this.plane.legs.keys()].map((leg) => `leg ${leg}`),
      ...[...this.plane.rooms.keys()].map((room) => `room ${room}`),
      ...busy.map(({ number }) => `${number} counted as busy`),
      ...(hunts.counts().hunts > 0 ? [`${hunts.counts().hunts} hunts`] : []),
    ];
  }
}

/** A user agent that registers, calls and is called over one TLS connection. */
export class Phone extends Agent {
  readonly number: string;
  readonly #network: VirtualNetwork;

  constructor(network: VirtualNetwork, number: string, host: string) {
    super(network, number, { address: host, seed: Number(host.split(".").at(-1)) * 7919 });
    this.number = number;
    this.#network = network;
    this.onSession = (_session, recorder) => this.#prepare(recorder);
  }

  async register(expires = 3600, contactParams?: ReadonlyMap<string, string>): Promise<void> {
    this.endpoint.request({
      method: "REGISTER",
      requestUri: uri(`sip:${DOMAIN}`),
      headers: [["Expires", String(expires)]],
      contactUser: this.number,
      ...(contactParams && { contactParams }),
      ...this.#way(this.number),
    }, (outcome) => {
      if (outcome.kind !== "response" || outcome.response.statusCode !== 200) {
        throw new Error(`${this.number} cannot register`);
      }
    });
    await this.#network.run(50);
  }

  /** Calls `dialled`; what comes of it stands in `events`. */
  async dial(
    dialled: string,
    headers: readonly (readonly [string, string])[] = [],
    options: Pick<OutgoingInvite, "reliable"> = {},
  ): Promise<void> {
    const way = this.#way(dialled);
    const session = this.invite(`sip:${encodeURIComponent(dialled).replaceAll("*", "%2A")}@${DOMAIN}`, {
      ...way,
      headers,
      sdp: this.sdp(),
      ...options,
    });
    this.#prepare(this.recorder);
    void session;
    await this.#network.run(60);
  }

  /** True when the last call that came in still rings. */
  get isRinging(): boolean {
    const { session } = this;
    return session.direction === "incoming" && (session.state === "incoming" || session.state === "early");
  }

  /** How many calls have come in so far. */
  get rung(): number {
    return this.sessions.filter(({ direction }) => direction === "incoming").length;
  }

  /** The INVITE that came last. */
  get invitation(): SipRequest {
    const session = this.sessions.findLast(({ direction }) => direction === "incoming");
    if (!session) throw new Error(`nobody called ${this.number}`);
    return session.invite;
  }

  async answer(): Promise<void> {
    this.session.answer({ sdp: this.sdp() });
    await this.#network.run(60);
  }

  async refuse(statusCode: number, headers: readonly (readonly [string, string])[] = []): Promise<void> {
    this.session.reject({ statusCode, headers });
    await this.#network.run(60);
  }

  async hangUp(): Promise<void> {
    this.session.end();
    await this.#network.run(60);
  }

  /** Sends whoever it talks to on to `target` (RFC 3515). */
  async transfer(target: string): Promise<void> {
    const user = encodeURIComponent(target).replaceAll("*", "%2A");
    this.session.request({ method: "REFER", headers: [["Refer-To", `<sip:${user}@${DOMAIN}>`]] });
    await this.#network.run(60);
  }

  async hold(): Promise<void> {
    this.session.offer(this.sdp("sendonly"));
    await this.#network.run(60);
  }

  sdp(direction?: string): Uint8Array {
    return plainSdp(this.host.address.host, direction);
  }

  #prepare(recorder: Recorder): void {
    const session = this.session;
    recorder.on["offered"] = () => session.answerOffer(this.sdp());
    recorder.on["requested"] = () => recorder.reply?.({ statusCode: 200 });
    if (session.direction === "incoming") session.ring(180);
  }

  #way(dialled: string) {
    const flow = this.host.connect("tls", { host: SERVER, port: 5060 });
    return {
      from: address(`sip:${this.number}@${DOMAIN}`),
      to: address(`sip:${encodeURIComponent(dialled).replaceAll("*", "%2A")}@${DOMAIN}`),
      route: { kind: "destinations" as const, destinations: [{ kind: "flow" as const, flow }] },
      credentials: { username: this.number, password: `secret-${this.number}` },
    };
  }
}

/** A carrier over UDP that asks for no password. */
export class Carrier extends Agent {
  readonly #network: VirtualNetwork;

  constructor(network: VirtualNetwork, host: string) {
    super(network, "carrier", { address: host });
    this.#network = network;
    this.onSession = (session) => session.ring(180);
  }

  /** User parts of the Request-URIs of the calls that came. */
  get dialled(): string[] {
    return this.sessions.filter(({ direction }) => direction === "incoming").map(({ invite }) => {
      const { requestUri } = invite;
      return requestUri.scheme === "sip" ? requestUri.user ?? "" : "";
    });
  }

  /** The INVITE that came last. */
  get invitation(): SipRequest {
    return this.session.invite;
  }

  /** Somebody outside calls `called`; `caller` is what the carrier says of him. */
  async call(
    called: string,
    caller: { number: string; name?: string; headers?: readonly (readonly [string, string])[] },
  ): Promise<void> {
    const { host } = this.host.address;
    const from = address(`sip:${caller.number}@${host}`);
    this.invite(`sip:${called}@${SERVER}`, {
      from: caller.name === undefined ? from : { ...from, displayName: caller.name },
      headers: caller.headers ?? [],
      sdp: plainSdp(host),
    });
    await this.#network.run(60);
  }

  async answer(): Promise<void> {
    this.session.answer({ sdp: plainSdp(this.host.address.host) });
    await this.#network.run(60);
  }
}

/** An offer, or an answer to one: PCMA and digits, no encryption. */
function plainSdp(host: string, direction = "sendrecv"): Uint8Array {
  return ENCODER.encode(
    `v=0\r\no=- 1 1 IN IP4 ${host}\r\ns=-\r\nc=IN IP4 ${host}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 101\r\n` +
      `a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=${direction}\r\n`,
  );
}

/** Every prompt is a file of its name; nothing is read from disk. */
const SOUNDS = new SoundLibrary(
  new Proxy({ prompts: {}, music: { default: "music" } }, {
    get: (target, key) =>
      key !== "prompts" ? Reflect.get(target, key) : new Proxy({}, {
        getOwnPropertyDescriptor: (_, name) => ({ configurable: true, value: { en: String(name) } }),
        get: (_, name) => ({ en: `en-${String(name)}`, zh: `zh-${String(name)}` }),
      }),
  }),
  { shipped: "sounds" },
);

/** A description in the name of `phone` with these m-lines, for offers of a test's own. */
export function described(phone: Phone, media: string): Uint8Array {
  const { host } = phone.host.address;
  return new TextEncoder().encode(
    `v=0\r\no=- 1 2 IN IP4 ${host}\r\ns=-\r\nc=IN IP4 ${host}\r\nt=0 0\r\n${media}`,
  );
}
