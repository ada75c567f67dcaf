/** One running server: what it does from start to stop, and what it says of itself. */

import type { Result } from "../base/mod.ts";
import type { RunningServer, ServerHandlers } from "../app_types.ts";
import { printProblem, type Problem, type Settings } from "../config/mod.ts";
import type { Guard } from "../guard/mod.ts";
import type { CallRecord, CallRecordStore, PbxEvent } from "../pbx/ports.ts";
import { memoryBytes, processId } from "../platform/process.ts";
import { udpFlow } from "../sip/transport/mod.ts";
import { startRetention } from "../store/mod.ts";
import type { SipTrace } from "../telemetry/mod.ts";
import { followTrace } from "./follow_trace.ts";
import type { HepExport } from "./hep_export.ts";
import type { OutsideAddress } from "./outside_address.ts";
import { assemble, type Parts, type PartsOptions } from "./parts.ts";
import { describeTrouble } from "./page_warnings.ts";
import { answerRoute } from "./route_answer.ts";
import { readStatus, type StatusSources } from "./status.ts";

export interface OfficeOptions extends Omit<PartsOptions, "current" | "isOpen" | "events" | "records"> {
  readonly guard: Guard;
  readonly sipTrace: SipTrace;
  readonly outside: OutsideAddress;
  readonly hep: HepExport;
}

const SWEEP_MS = 5000;
/** How long a stop waits for the answers to its BYEs. */
const FAREWELL_MS = 500;

export class Office implements RunningServer {
  readonly handlers: ServerHandlers;
  readonly parts: Parts;
  readonly #options: OfficeOptions;
  readonly startedAt: number;
  readonly #listeners = new Set<(event: PbxEvent) => void>();
  #settings: Settings;
  #warnings: readonly string[] = [];
  #isOpen = true;
  #stopped = false;
  #callsSinceStart = 0;
  #sweep: { cancel(): void } | undefined;
  #endRetention: (() => void) | undefined;
  /** Where the page is, once it is up. */
  page: string | undefined;
  readonly #recordListeners: ((record: CallRecord) => void)[] = [];
  readonly #whenStopped: (() => Promise<void>)[] = [];

  constructor(options: OfficeOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.startedAt = options.clock.now();
    this.#warn(options.warnings ?? []);
    this.parts = assemble({
      ...options,
      events: { emit: (event) => this.emit(event) },
      records: this.#watchedRecords(),
      current: () => this.#settings,
      isOpen: () => this.#isOpen,
    });
    this.handlers = this.#makeHandlers();
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** True until the stop; nobody can ask before the start. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** What is wrong with the configuration, in English. */
  get problems(): readonly string[] {
    return this.#warnings;
  }

  get callsSinceStart(): number {
    return this.#callsSinceStart;
  }

  /** Brings back what was kept, then opens the listeners. */
  async start(): Promise<Result<void, string>> {
    const { network, clock, log, guard, store, outside, hep } = this.#options;
    const { bindings, hunts, features, keepAlive, lines, registrar } = this.parts;
    const restored = await bindings.restore((binding) =>
      binding.transport !== "udp" ? undefined : udpFlow(
        { host: binding.localHost, port: binding.localPort },
        { host: binding.remoteHost, port: binding.remotePort },
      )
    );
    await Promise.all([hunts.load(), features.load(), guard.load()]);
    // Nobody waits for a name server because of telemetry.
    void hep.start();
    await outside.start();
    const started = await network.start();
    if (!started.ok) return started;
    if (restored > 0) log.info("Registrations restored", { count: restored });
    for (const { remoteHost, transport } of bindings.all()) guard.succeeded({ host: remoteHost, transport });
    keepAlive.start();
    lines.start();
    this.#endRetention = startRetention(store.callRecords, {
      clock,
      log,
      limits: () => this.#settings.records,
    });
    const sweep = () => {
      registrar.expire();
      this.#sweep = clock.at(clock.now() + SWEEP_MS, sweep);
    };
    sweep();
    return started;
  }

  reload(settings: Settings, warnings: readonly Problem[]): void {
    const { directory, network, hep } = this.#options;
    this.#settings = settings;
    this.#warn(warnings);
    directory.replace({ settings });
    this.directoryReplaced();
    void network.certificates.reload();
    hep.reload();
  }

  /** The directory has new contents: groups, lines and features look again. */
  directoryReplaced(): void {
    const { directory } = this.#options;
    const { hunts, features } = this.parts;
    features.prune();
    const isMember = (domain: string, extension: string) => {
      const settings = directory.domain(domain);
      return settings?.huntGroups.some((group) =>
            group.members.some((member) => member.extension === extension)
          ) === true ||
        settings?.ringGroups.some((group) => group.members.includes(extension)) === true;
    };
    hunts.reloaded(isMember);
    for (const domain of directory.domains()) {
      for (const { number } of domain.extensions) {
        if (isMember(domain.name, number)) hunts.changed(domain.name, number);
      }
    }
  }

  refuse(problems: readonly Problem[]): void {
    this.#warnings = [
      "The changed configuration file was refused, the former one is in force",
      ...problems.map((problem) => printProblem(problem, this.#options.configFile ?? "")),
    ];
  }

  #warn(warnings: readonly Problem[]): void {
    this.#warnings = warnings.map((problem) => printProblem(problem, this.#options.configFile ?? ""));
  }

  /** Runs `task` at the stop, before the listeners close. */
  whenStopped(task: () => Promise<void>): void {
    this.#whenStopped.push(task);
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#isOpen = false;
    const { network, plane, store } = this.#options;
    this.#sweep?.cancel();
    this.#endRetention?.();
    this.#options.outside.stop();
    this.#options.hep.stop();
    this.parts.keepAlive.stop();
    this.parts.engine.hangUpAll();
    await Promise.all([this.parts.lines.stop(), this.#untilQuiet()]);
    await Promise.all(this.#whenStopped.splice(0).map((task) => task()));
    network.stop();
    await plane.stop();
    await store.flush();
  }

  /** BYEs go out and their answers come in; nobody waits longer than a moment for them. */
  async #untilQuiet(): Promise<void> {
    const { clock, network } = this.#options;
    const until = clock.now() + FAREWELL_MS;
    while (clock.now() < until && network.endpoint.counts().sessions > 0) {
      await new Promise<void>((resolve) => clock.at(clock.now() + 20, resolve));
    }
  }

  isHealthy(): boolean {
    return !this.#stopped;
  }

  /** Tells everybody who listens: hunts, the page, the log of events. */
  emit(event: PbxEvent): void {
    if (event.kind === "call" && event.phase === "started") this.#callsSinceStart++;
    if (event.kind === "registered" || event.kind === "unregistered") {
      this.parts.hunts.changed(event.domain, event.extension);
    }
    if (event.kind === "ban") {
      this.#options.network.transports.closeFrom((host) => this.#options.guard.isBanned(host));
    }
    for (const listener of this.#listeners) listener(event);
  }

  /** Hears every record as it is written. */
  onRecord(listener: (record: CallRecord) => void): void {
    this.#recordListeners.push(listener);
  }

  #watchedRecords(): CallRecordStore {
    const { callRecords } = this.#options.store;
    return {
      append: (record) => {
        callRecords.append(record);
        for (const listener of this.#recordListeners) listener(record);
      },
      list: (query) => callRecords.list(query),
      get: (id) => callRecords.get(id),
      prune: (beforeMs) => callRecords.prune(beforeMs),
    };
  }

  /** The function returned ends the listening. */
  onEvent(listener: (event: PbxEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #sources(): StatusSources {
    const { clock, directory, network, version, configFile, guard } = this.#options;
    return {
      version,
      processId,
      clock,
      startedAt: this.startedAt,
      directory,
      bindings: this.parts.bindings,
      occupancy: this.parts.occupancy,
      hunts: this.parts.hunts,
      listening: () => network.transports.listening,
      mediaPorts: () => this.settings.media.ports,
      certificates: () =>
        network.certificates.list().map(({ names, notAfterMs }) => ({ names, expiresAt: notAfterMs })),
      page: () => this.page,
      calls: () => ({ live: this.parts.engine.size, sinceStart: this.#callsSinceStart }),
      bans: () => guard.bans().length,
      memoryBytes,
      warnings: () => this.#allWarnings(),
      lines: (domain) => this.parts.lines.list(domain),
      roomMembers: (domain, room) => this.#roomMembers(domain, room),
      ...(configFile !== undefined && { configFile }),
    };
  }

  #roomMembers(domain: string, room: string): number {
    let members = 0;
    for (const call of this.parts.engine.calls) {
      if (call.caller.domain === domain && call.record.room === room && call.phase === "served") members++;
    }
    return members;
  }

  #allWarnings(): string[] {
    const certificates = this.#options.network.certificates.list().flatMap(({ warning }) => warning ?? []);
    const { trouble } = this.#options.store;
    return [...(trouble ? [describeTrouble(trouble)] : []), ...this.#warnings, ...certificates];
  }

  #makeHandlers(): ServerHandlers {
    const { directory, store, sipTrace } = this.#options;
    return {
      status: () => readStatus(this.#sources()),
      calls: () => this.parts.engine.views(),
      records: (query) => store.callRecords.list(query),
      route: (question) => answerRoute({ router: this.parts.router, directory }, question),
      directoryChanged: async () => {
        const { directory: stored } = store;
        directory.replace({
          stored: { domains: await stored.domains(), credentials: await stored.credentials() },
        });
        this.directoryReplaced();
      },
      pass: () => {
        const domain = directory.defaultDomain();
        return domain && this.parts.passes.issue(domain);
      },
      certificatesChanged: () => this.#options.network.certificates.reload(),
      trace: (filter) => followTrace(sipTrace, filter),
    };
  }
}
