/** What the page sees of the office: gathered from the services when asked, never kept. */

import type { Clock } from "../base/mod.ts";
import type {
  Certificate,
  Device,
  DryRunAnswer,
  DryRunQuestion,
  EndReasonView,
  GroupView,
  LadderView,
  LineView,
  LiveCall,
  OfficeQueries,
  Overview,
  RecordReader,
  RoomView,
} from "../http/mod.ts";
import type { Settings } from "../config/mod.ts";
import type { Guard } from "../guard/mod.ts";
import type { MediaPlane } from "../media/plane.ts";
import type { RoomView as LiveRoom } from "../pbx/conference/mod.ts";
import type { ReplaceableDirectory } from "../pbx/directory/mod.ts";
import type { CallRecord } from "../pbx/ports.ts";
import { coreCount } from "../platform/machine.ts";
import { readUsage } from "../platform/usage.ts";
import { exportCsv, exportJson, type Store } from "../store/mod.ts";
import { buildLadder, explainEnd, type LogTail, type SipTrace, writePcap } from "../telemetry/mod.ts";
import type { SignallingNetwork } from "./network.ts";
import type { PageMetrics } from "./page_metrics.ts";
import { findMissing } from "./readiness.ts";
import type { QualityWatch } from "./page_quality.ts";
import type { Usage } from "./page_usage.ts";
import { findWarnings } from "./page_warnings.ts";
import type { Parts } from "./parts.ts";

export interface PageSources {
  readonly parts: Parts;
  readonly network: SignallingNetwork;
  readonly plane: MediaPlane;
  readonly directory: ReplaceableDirectory;
  readonly guard: Guard;
  readonly store: Store;
  readonly sipTrace: SipTrace;
  readonly clock: Clock;
  readonly version: string;
  readonly startedAt: number;
  readonly settings: () => Settings;
  readonly configFile: string | undefined;
  /** Problems of the configuration file, in English. */
  readonly problems: () => readonly string[];
  readonly isReady: () => boolean;
  readonly wantedListeners: () => number;
  readonly callsSinceStart: () => number;
  readonly usage: Usage;
  readonly quality: QualityWatch;
  readonly metrics: PageMetrics;
  readonly tail: LogTail;
}

/** Calls of a record still traced: of more legs nobody reads the ladder. */
const MAX_LEGS = 20;

export class PageQueries implements OfficeQueries {
  readonly #sources: PageSources;
  readonly records: RecordReader;

  constructor(sources: PageSources) {
    this.#sources = sources;
    const { callRecords } = sources.store;
    this.records = {
      list: (query) => callRecords.list(query),
      get: (id) => callRecords.get(id),
      exportAs: (format, query) => (format === "csv" ? exportCsv : exportJson)(callRecords.each(query)),
    };
  }

  async overview(): Promise<Overview> {
    const { network, directory, parts, version, startedAt, clock, configFile, problems } = this.#sources;
    const settings = this.#sources.settings();
    const workers = await this.#sources.plane.workers();
    const certificates = this.certificates();
    const lines = directory.domains().map(({ name, extensions }) => ({
      name,
      extensions: extensions.length,
      lines: this.lines(name),
    }));
    const system = this.#system(workers);
    // Each is gone through once: an office may have thousands of either.
    const calls = [...parts.engine.calls];
    const registered = new Map(
      directory.domains().map(({ name, extensions }) => [
        name,
        extensions.filter(({ number }) => parts.bindings.has(name, number)).length,
      ]),
    );
    const { web } = settings.listen;
    return {
      version,
      startedAt,
      now: clock.now(),
      locale: settings.server.locale,
      ...(configFile !== undefined && { configFile }),
      listeners: [
        ...network.transports.listening.map(({ transport, host, port }) => ({ transport, host, port })),
        ...(web
          ? [{ transport: web.secure ? "https" as const : "http" as const, host: web.host, port: web.port }]
          : []),
      ],
      certificates: [...certificates],
      counts: this.#counts(lines, sum([...registered.values()])),
      domains: directory.domains().map(({ name, extensions }) => ({
        name,
        fromFile: directory.isFromFile(name, "domain", name),
        extensions: extensions.length,
        registered: registered.get(name) ?? 0,
        calls: calls.filter(({ record }) => record.domain === name).length,
      })),
      system,
      warnings: findWarnings({
        settings,
        problems: problems(),
        certificates,
        domains: lines,
        exposedCalls: calls.filter(({ near, far }) => near.keysExposed || far?.keysExposed).length,
        database: this.#sources.store.trouble,
        workers,
        cpuPercent: system.cpuPercent,
        cores: system.cores,
        tollAlarms: this.#sources.parts.toll.alarms(),
      }),
    };
  }

  #system(workers: Awaited<ReturnType<MediaPlane["workers"]>>): Overview["system"] {
    const { samples } = this.#sources.usage;
    const { memoryBytes, memoryTotal } = readUsage();
    return {
      cpuPercent: samples.at(-1)?.cpuPercent ?? 0,
      cores: coreCount(),
      memoryBytes,
      memoryTotal,
      history: [...samples],
      media: workers.map(({ worker, load, legs, packets, kernelDrops }) => ({
        worker,
        load,
        legs,
        packets,
        kernelDrops,
      })),
    };
  }

  #counts(
    domains: readonly { readonly name: string; readonly lines: readonly LineView[] }[],
    registered: number,
  ): Overview["counts"] {
    const { directory, parts, guard, callsSinceStart } = this.#sources;
    const all = directory.domains();
    const lines = domains.flatMap((domain) => domain.lines);
    const groups = all.flatMap(({ name, huntGroups }) =>
      huntGroups.map((group) => parts.hunts.status(name, group))
    );
    return {
      extensions: sum(all.map(({ extensions }) => extensions.length)),
      registered,
      devices: parts.bindings.size,
      calls: parts.engine.size,
      callsSinceStart: callsSinceStart(),
      lines: lines.length,
      linesUp: lines.filter(({ isUp }) => isUp).length,
      groups: groups.length + sum(all.map(({ ringGroups }) => ringGroups.length)),
      waiting: sum(groups.map(({ callers }) => callers.filter(({ waiting }) => waiting).length)),
      rooms: sum(all.map(({ rooms }) => rooms.length)),
      roomMembers:
        [...parts.engine.calls].filter((call) => call.record.room !== undefined && !call.hasEnded).length,
      bans: guard.sizes().bans,
    };
  }

  async missing(): Promise<readonly string[]> {
    const { isReady, wantedListeners, network, plane, store } = this.#sources;
    const workers = await plane.workers();
    return findMissing({
      isOpen: isReady(),
      wantedListeners: wantedListeners(),
      openListeners: network.transports.listening.length,
      mediaThreads: workers.map(({ isUp }) => isUp),
      isStoreStuck: store.trouble !== undefined,
    });
  }

  isReady(): boolean {
    return this.#sources.isReady();
  }

  devices(domain: string, extension: string): readonly Device[] {
    return this.#sources.parts.bindings.of(domain, extension).map((binding) => ({
      contact: binding.contact,
      transport: binding.transport,
      remote: `${binding.remoteHost}:${binding.remotePort}`,
      ...(binding.userAgent !== undefined && { userAgent: binding.userAgent }),
      registeredAt: binding.registeredAt,
      refreshedAt: binding.refreshedAt,
      expiresAt: binding.expiresAt,
      isReachable: binding.isReachable,
    }));
  }

  callsOf(domain: string, extension: string): number {
    return this.#sources.parts.occupancy.calls(domain, extension);
  }

  features(domain: string, extension: string): ReturnType<OfficeQueries["features"]> {
    const { features } = this.#sources.parts;
    return {
      forward: features.forwards(domain, extension),
      doNotDisturb: features.doNotDisturb(domain, extension),
    };
  }

  groups(domain: string): readonly GroupView[] {
    const { directory, parts } = this.#sources;
    const settings = directory.domain(domain);
    if (!settings) return [];
    const nameOf = (number: string) => directory.extension(domain, number)?.name ?? "";
    const kinds = [["huntGroup", settings.huntGroups], ["ringGroup", settings.ringGroups]] as const;
    return kinds.flatMap(([kind, groups]) =>
      groups.map((group): GroupView => {
        const { number, name, callers, members } = parts.hunts.status(domain, group);
        return {
          kind,
          number,
          name,
          callers: callers.map((waiting) => {
            const { caller = "", callerName } = parts.engine.find(waiting.call)?.view() ?? {};
            return {
              ...waiting,
              caller,
              ...(callerName !== undefined && { callerName }),
              ringing: [...waiting.ringing],
            };
          }),
          members: members.map((member) => ({ ...member, name: nameOf(member.extension) })),
        };
      })
    );
  }

  async rooms(domain: string): Promise<readonly RoomView[]> {
    const { directory, parts } = this.#sources;
    const live = new Map(
      (await parts.rooms.views()).filter((room) => room.domain === domain).map((room) => [room.number, room]),
    );
    return (directory.domain(domain)?.rooms ?? []).map(({ number, name, capacity }) => {
      const room = live.get(number);
      const { locked = false, allMuted = false, recording = false } = room ?? {};
      return { number, name, capacity, locked, allMuted, recording, members: room ? membersOf(room) : [] };
    });
  }

  lines(domain: string): readonly LineView[] {
    const { parts, directory } = this.#sources;
    return parts.lines.list(domain).map((line) => ({
      name: line.name,
      kind: line.kind,
      server: line.server,
      fromFile: directory.isFromFile(domain, "line", line.name),
      state: line.state,
      isUp: line.isUp,
      ...(line.detail !== undefined && { detail: line.detail }),
      since: line.since,
      incomingCalls: line.incomingCalls,
      outgoingCalls: line.outgoingCalls,
    }));
  }

  dryRun({ domain, from, dialled, locale, at }: DryRunQuestion): DryRunAnswer | undefined {
    const { router } = this.#sources.parts;
    const explained = router.explain(domain, from, dialled, { locale, ...(at !== undefined && { at }) });
    return explained && { isAllowed: explained.decision.kind !== "refused", lines: explained.lines };
  }

  liveCalls(): readonly LiveCall[] {
    return [...this.#sources.parts.engine.calls].map((call) => ({
      domain: call.record.domain,
      get parties() {
        return call.record.parties;
      },
      view: () => call.view(),
    }));
  }

  liveCall(id: string): CallRecord | undefined {
    return this.#sources.parts.engine.find(id)?.view();
  }

  measureNow(call: string): ReturnType<OfficeQueries["measureNow"]> {
    return this.#sources.quality.now(call);
  }

  endReason(record: CallRecord): EndReasonView | undefined {
    if (record.endedAt === undefined) return undefined;
    const en = explainEnd(record, "en"), zh = explainEnd(record, "zh");
    const advice = en.advice !== undefined && zh.advice !== undefined &&
      { advice: { en: en.advice, zh: zh.advice } };
    return { text: { en: en.text, zh: zh.text }, ...advice };
  }

  hasTrace(record: CallRecord): boolean {
    return this.#messages(record).length > 0;
  }

  ladder(record: CallRecord): LadderView {
    const names = new Map(
      record.legs.flatMap(({ remote, party }) => remote === undefined ? [] : [[remote, party] as const]),
    );
    const { columns, arrows } = buildLadder(this.#messages(record), { names });
    return { columns: [...columns], arrows: [...arrows] };
  }

  pcap(record: CallRecord): Uint8Array<ArrayBuffer> {
    return writePcap(this.#messages(record));
  }

  #messages(record: CallRecord): ReturnType<SipTrace["messagesOf"]> {
    return this.#sources.sipTrace.messagesOf(
      record.legs.slice(0, MAX_LEGS).map(({ sipCallId }) => sipCallId),
    );
  }

  quality(call: string): ReturnType<OfficeQueries["quality"]> {
    return this.#sources.quality.seriesOf(call);
  }

  bans(): ReturnType<OfficeQueries["bans"]> {
    return this.#sources.guard.bans();
  }

  certificates(): readonly Certificate[] {
    return this.#sources.network.certificates.list().map((
      { names, notBeforeMs, notAfterMs, warning, ...rest },
    ) => ({
      source: rest.source,
      subject: rest.subject,
      issuer: rest.issuer,
      daysLeft: rest.daysLeft,
      fingerprint: rest.fingerprint,
      isAuthority: rest.isAuthority,
      names: [...names],
      notBefore: notBeforeMs,
      notAfter: notAfterMs,
      ...(warning !== undefined && { warning }),
    }));
  }

  authority(): string | undefined {
    return this.#sources.network.certificates.authority;
  }

  settings(): Settings {
    return this.#sources.settings();
  }

  configuration(): ReturnType<OfficeQueries["configuration"]> {
    const { configFile, problems } = this.#sources;
    return { ...(configFile !== undefined && { file: configFile }), problems: problems() };
  }

  logTail(limit: number): ReturnType<OfficeQueries["logTail"]> {
    return this.#sources.tail.recent(limit).map((line) => ({ ...line, fields: { ...line.fields } }));
  }

  metrics(): Promise<string> {
    return this.#sources.metrics.print();
  }
}

function membersOf(room: LiveRoom): RoomView["members"] {
  return room.members.map(({ sinceMs, media, ...member }) => ({
    ...member,
    since: sinceMs,
    ...(media && { media: { ...media } }),
  }));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
