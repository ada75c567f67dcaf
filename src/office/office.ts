/** One running server: the services of the business around the call engine, and what it says of itself. */

import { type Clock, hex, type Random, type Result } from "../base/mod.ts";
import type { RunningServer, ServerHandlers, ServerOptions } from "../app_types.ts";
import type { Problem, Settings } from "../config/mod.ts";
import type { MediaPlane } from "../media/plane.ts";
import { Access } from "../pbx/access/mod.ts";
import { type CallContext, CallEngine, Occupancy, ProfileMemory } from "../pbx/call/mod.ts";
import { Transfers } from "../pbx/call/mod.ts";
import type { ReplaceableDirectory } from "../pbx/directory/mod.ts";
import { HuntService } from "../pbx/hunt/mod.ts";
import type { EventSink, PbxEvent } from "../pbx/ports.ts";
import { Bindings, KeepAlive, Registrar } from "../pbx/registrar/mod.ts";
import { memoryBytes } from "../platform/process.ts";
import { ServerDigest } from "../sip/auth/mod.ts";
import { udpFlow } from "../sip/transport/mod.ts";
import { CodeDesk } from "./code_desk.ts";
import { Door } from "./door.ts";
import { HuntDesk } from "./hunt_desk.ts";
import { mediaAddressFinder } from "./media_address.ts";
import type { SignallingNetwork } from "./network.ts";
import { NO_LINES } from "./no_lines.ts";
import { PlainRouter } from "./plain_router.ts";
import { Sounds } from "./sounds.ts";
import { readStatus } from "./status.ts";

export interface OfficeOptions extends ServerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly plane: MediaPlane;
  readonly network: SignallingNetwork;
  readonly directory: ReplaceableDirectory;
}

const SWEEP_MS = 5000;

export class Office implements RunningServer {
  readonly handlers: ServerHandlers;
  readonly engine: CallEngine;
  readonly bindings: Bindings;
  readonly #options: OfficeOptions;
  readonly #registrar: Registrar;
  readonly #keepAlive: KeepAlive;
  readonly #hunts: HuntService;
  readonly #startedAt: number;
  #settings: Settings;
  #warnings: readonly string[] = [];
  #isOpen = true;
  #stopped = false;
  #callsSinceStart = 0;
  #sweep: { cancel(): void } | undefined;

  constructor(options: OfficeOptions) {
    this.#options = options;
    this.#settings = options.settings;
    const { clock, random, log, store, directory, network, plane } = options;
    this.#startedAt = clock.now();
    const events: EventSink = { emit: (event) => this.#emit(event) };
    const settings = () => this.#settings;
    this.bindings = new Bindings({ store: store.bindings, clock });
    const access = new Access({
      directory,
      digest: new ServerDigest({ clock, random }),
      guard: { failed() {}, succeeded() {} },
      events,
      log,
      algorithms: () => this.#settings.security.digest,
    });
    const occupancy = new Occupancy(clock);
    const context: CallContext = {
      endpoint: network.endpoint,
      plane,
      clock,
      random,
      log,
      directory,
      bindings: this.bindings,
      events,
      records: store.callRecords,
      profiles: new ProfileMemory(),
      occupancy,
      settings,
      mediaAddress: mediaAddressFinder({
        localContact: (destination) => network.transports.localContact(destination),
        resolve: (uri) => network.transports.resolve(uri),
        settings: () => this.#settings.media,
        isLocal: network.isLocal,
        outsideAddress: () => undefined,
      }),
    };
    this.#hunts = new HuntService({
      clock,
      random,
      log,
      state: store.state,
      events,
      members: {
        facts: (domain, number) => {
          const extension = directory.extension(domain, number);
          if (!extension?.enabled) return undefined;
          const registeredAt = this.bindings.registeredSince(domain, number);
          const lastCallEndedAt = occupancy.lastEndedAt(domain, number);
          return {
            calls: occupancy.calls(domain, number),
            doNotDisturb: extension.doNotDisturb,
            callWaiting: extension.callWaiting,
            maxCalls: extension.maxCalls,
            ...(registeredAt !== undefined && { registeredAt }),
            ...(lastCallEndedAt !== undefined && { lastCallEndedAt }),
          };
        },
      },
    });
    occupancy.onChange((domain, extension) => this.#hunts.changed(domain, extension));
    const sounds = new Sounds({
      index: { music: [], prompts: {} },
      pathOf: (file) => file,
      ownPathOf: () => undefined,
    });
    this.engine = new CallEngine({
      context,
      access,
      router: new PlainRouter(directory, () => this.#settings.codes),
      features: {
        forwards: (domain, number) => directory.extension(domain, number)?.forward ?? {},
        doNotDisturb: (domain, number) => directory.extension(domain, number)?.doNotDisturb ?? false,
      },
      lines: NO_LINES,
      services: (engine) => {
        const hunts = new HuntDesk({ engine, hunts: this.#hunts, sounds });
        const codes = new CodeDesk({ engine });
        return {
          hunt: (call, domain, group) => hunts.begin(call, domain, group),
          room: (call) => call.refuse({ reason: "not found", statusCode: 404 }),
          code: (call, dialler, code) => codes.begin(call, dialler, code),
        };
      },
      transfer: (engine) => new Transfers(engine),
    });
    this.#registrar = new Registrar({
      access,
      bindings: this.bindings,
      clock,
      events,
      log,
      settings: () => this.#settings.sip.registration,
      isOurselves: (host, port) =>
        network.transports.listening.some((listener) => listener.port === port) &&
        (network.isLocal(host) || host.startsWith("127.")) &&
        network.transports.listening.some((listener) =>
          listener.port === port &&
          (listener.host === host || listener.host === "0.0.0.0" || listener.host === "::")
        ),
    });
    this.#keepAlive = new KeepAlive({
      bindings: this.bindings,
      endpoint: network.endpoint,
      clock,
      intervalSec: () => this.#settings.sip.keepAliveSeconds,
    });
    network.endpoint.handle(
      new Door({ access, registrar: this.#registrar, engine: this.engine, isOpen: () => this.#isOpen }),
    );
    this.handlers = this.#makeHandlers(occupancy);
  }

  /** Brings back what was kept, then opens the listeners. */
  async start(): Promise<Result<void, string>> {
    const { network, clock, log } = this.#options;
    const restored = await this.bindings.restore((binding) =>
      binding.transport === "udp"
        ? udpFlow(
          { host: binding.localHost, port: binding.localPort },
          { host: binding.remoteHost, port: binding.remotePort },
        )
        : undefined
    );
    await this.#hunts.load();
    const started = await network.start();
    if (!started.ok) return started;
    if (restored > 0) log.info("Registrations restored", { count: restored });
    this.#keepAlive.start();
    const sweep = () => {
      this.#registrar.expire();
      this.#sweep = clock.at(clock.now() + SWEEP_MS, sweep);
    };
    sweep();
    return started;
  }

  reload(settings: Settings, warnings: readonly Problem[]): void {
    this.#settings = settings;
    this.#warnings = warnings.map((problem) => problem.message);
    this.#options.directory.replace({ settings });
    this.#hunts.reloaded((domain, extension) =>
      this.#options.directory.domain(domain)?.huntGroups.some((group) =>
        group.members.some((member) => member.extension === extension)
      ) ?? false
    );
    void this.#options.network.certificates.reload();
  }

  refuse(problems: readonly Problem[]): void {
    this.#warnings = problems.map((problem) => problem.message);
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#isOpen = false;
    const { network, plane, store } = this.#options;
    this.#sweep?.cancel();
    this.#keepAlive.stop();
    this.engine.hangUpAll();
    await this.#untilQuiet();
    network.stop();
    await plane.stop();
    await store.flush();
  }

  /** BYEs go out and their answers come in; nobody waits longer than a moment for them. */
  async #untilQuiet(): Promise<void> {
    const { clock, network } = this.#options;
    const until = clock.now() + 500;
    while (clock.now() < until && network.endpoint.counts().sessions > 0) {
      await new Promise<void>((resolve) => clock.at(clock.now() + 20, resolve));
    }
  }

  isHealthy(): boolean {
    return !this.#stopped;
  }

  #emit(event: PbxEvent): void {
    if (event.kind === "call" && event.phase === "started") this.#callsSinceStart++;
    if (event.kind === "registered" || event.kind === "unregistered") {
      this.#hunts.changed(event.domain, event.extension);
    }
  }

  #makeHandlers(occupancy: Occupancy): ServerHandlers {
    const { clock, directory, network, store, version, configFile } = this.#options;
    const sources = {
      version,
      clock,
      startedAt: this.#startedAt,
      directory,
      bindings: this.bindings,
      occupancy,
      hunts: this.#hunts,
      listening: () => network.transports.listening,
      certificates: () => network.certificates.list().map(({ names, notAfterMs }) => ({ names, expiresAt: notAfterMs })),
      page: () => undefined,
      calls: () => ({ live: this.engine.size, sinceStart: this.#callsSinceStart }),
      bans: () => 0,
      memoryBytes,
      warnings: () => this.#warnings,
      lines: () => [],
      roomMembers: () => 0,
      ...(configFile !== undefined && { configFile }),
    };
    return {
      status: () => readStatus(sources),
      calls: () => this.engine.views(),
      records: (query) => store.callRecords.list(query),
      directoryChanged: async () => {
        const { directory: stored } = store;
        directory.replace({
          stored: { domains: await stored.domains(), credentials: await stored.credentials() },
        });
      },
      trace: async function* () {},
    };
  }
}
