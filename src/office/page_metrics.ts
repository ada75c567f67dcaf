/** The metrics of one server, named by the conventions of Prometheus, read when somebody asks. */

import type { Guard } from "../guard/mod.ts";
import type { MediaPlane, WorkerReport } from "../media/plane.ts";
import type { CallRecord, PbxEvent } from "../pbx/ports.ts";
import type { Directory } from "../pbx/directory/mod.ts";
import { readUsage } from "../platform/usage.ts";
import { type Labels, type MetricOptions, Metrics, type Sample } from "../telemetry/mod.ts";
import type { HepExport } from "./hep_export.ts";
import type { Parts } from "./parts.ts";

export interface MetricsSources {
  readonly version: string;
  readonly startedAt: number;
  readonly parts: Parts;
  readonly directory: Directory;
  readonly guard: Guard;
  readonly plane: MediaPlane;
  readonly hep: Pick<HepExport, "counts">;
  readonly onEvent: (listener: (event: PbxEvent) => void) => void;
  readonly onRecord: (listener: (record: CallRecord) => void) => void;
  readonly certificates: () => readonly { readonly source: string; readonly notAfter: number }[];
}

export class PageMetrics {
  readonly #metrics = new Metrics();
  readonly #sources: MetricsSources;
  #workers: readonly WorkerReport[] = [];

  constructor(sources: MetricsSources) {
    this.#sources = sources;
    this.#countEvents();
    this.#countCalls();
    this.#readState();
    this.#readGuard();
    this.#readMedia();
    this.#readHep();
    this.#readProcess();
  }

  async print(): Promise<string> {
    this.#workers = await this.#sources.plane.workers();
    return this.#metrics.print();
  }

  #gauge(options: MetricOptions, read: () => number | Iterable<Sample>): void {
    const samples = () => {
      const value = read();
      return typeof value === "number" ? [{ value }] : value;
    };
    this.#metrics.observed(options, samples, options.name.endsWith("_total") ? "counter" : "gauge");
  }

  #countEvents(): void {
    const registrations = this.#metrics.counter({
      name: "sipedge_registrations_total",
      help: "Devices that registered or left, refreshes not counted",
      labels: ["event"],
    });
    const failures = this.#metrics.counter({
      name: "sipedge_auth_failures_total",
      help: "Wrong passwords and unknown users",
      labels: ["transport"],
    });
    this.#sources.onEvent((event) => {
      if (event.kind === "registered" || event.kind === "unregistered") {
        registrations.add(1, { event: event.kind });
      } else if (event.kind === "auth-failed") failures.add(1, { transport: event.transport });
    });
  }

  #countCalls(): void {
    const labels = ["direction"] as const;
    const calls = this.#metrics.counter({
      name: "sipedge_calls_total",
      help: "Calls that have ended, by what became of them",
      labels: ["direction", "result"],
    });
    const talk = this.#metrics.histogram(
      { name: "sipedge_call_duration_seconds", help: "Time between answer and end", labels: [...labels] },
      [5, 15, 30, 60, 120, 300, 600, 1800, 3600],
    );
    const mos = this.#metrics.histogram(
      { name: "sipedge_call_mos", help: "Mean opinion score of each side at the end (ITU-T G.107)" },
      [1, 2, 2.5, 3, 3.5, 3.8, 4, 4.2, 4.4],
    );
    this.#sources.onRecord((record) => {
      const { direction, result, answeredAt, endedAt, legs } = record;
      calls.add(1, { direction, result: result ?? "unknown" });
      if (answeredAt !== undefined && endedAt !== undefined) {
        talk.observe((endedAt - answeredAt) / 1000, { direction });
      }
      for (const leg of legs) if (leg.mos !== undefined) mos.observe(leg.mos);
    });
  }

  #readState(): void {
    const { parts, directory, certificates } = this.#sources;
    this.#gauge({ name: "sipedge_calls", help: "Calls now" }, () => parts.engine.size);
    this.#gauge(
      { name: "sipedge_devices_registered", help: "Registered devices" },
      () => parts.bindings.size,
    );
    this.#gauge(
      { name: "sipedge_extensions", help: "Extensions of the directory", labels: ["domain"] },
      () =>
        directory.domains().map(({ name, extensions }) => ({
          value: extensions.length,
          labels: { domain: name },
        })),
    );
    this.#gauge(
      { name: "sipedge_line_up", help: "1 for a line that takes calls", labels: ["domain", "line"] },
      () => this.#lines().map(({ labels, line }) => ({ value: line.isUp ? 1 : 0, labels })),
    );
    this.#gauge(
      { name: "sipedge_line_calls", help: "Calls over a line now", labels: ["domain", "line", "direction"] },
      () =>
        this.#lines().flatMap(({ labels, line }) => [
          { value: line.incomingCalls, labels: { ...labels, direction: "incoming" } },
          { value: line.outgoingCalls, labels: { ...labels, direction: "outgoing" } },
        ]),
    );
    this.#gauge(
      {
        name: "sipedge_certificate_expiry_timestamp_seconds",
        help: "When a certificate expires",
        labels: ["source"],
      },
      () => certificates().map(({ source, notAfter }) => ({ value: notAfter / 1000, labels: { source } })),
    );
  }

  #lines(): { labels: Labels; line: ReturnType<Parts["lines"]["list"]>[number] }[] {
    const { directory, parts } = this.#sources;
    return directory.domains().flatMap(({ name }) =>
      parts.lines.list(name).map((line) => ({ labels: { domain: name, line: line.name }, line }))
    );
  }

  #readGuard(): void {
    const { guard } = this.#sources;
    this.#gauge({ name: "sipedge_bans", help: "Senders that are banned now" }, () => guard.sizes().bans);
    this.#gauge(
      { name: "sipedge_guard_drops_total", help: "What the door turned away", labels: ["reason"] },
      () => {
        const { bannedDrops, floodDrops, busyAnswers } = guard.counts();
        return [
          { value: bannedDrops, labels: { reason: "banned" } },
          { value: floodDrops, labels: { reason: "flood" } },
          { value: busyAnswers, labels: { reason: "busy" } },
        ];
      },
    );
  }

  #readHep(): void {
    const { hep } = this.#sources;
    this.#gauge(
      {
        name: "sipedge_hep_messages_total",
        help: "SIP messages for the capture server of telemetry.hep",
        labels: ["result"],
      },
      () => {
        const { sent, dropped } = hep.counts;
        return [{ value: sent, labels: { result: "sent" } }, {
          value: dropped,
          labels: { result: "dropped" },
        }];
      },
    );
  }

  #readMedia(): void {
    const rows: readonly [name: string, help: string, read: (worker: WorkerReport) => number][] = [
      ["sipedge_media_load_ratio", "Share of its beat a media thread works", ({ load }) => load],
      ["sipedge_media_legs", "Open legs of a media thread", ({ legs }) => legs],
      ["sipedge_media_packets_total", "Packets a media thread received", ({ packets }) => packets],
      ["sipedge_media_kernel_drops_total", "Packets dropped by the kernel", ({ kernelDrops }) => kernelDrops],
      [
        "sipedge_media_beats_total",
        "Beats of 20 ms in which there was something to do",
        ({ beats }) => beats,
      ],
      ["sipedge_media_late_beats_total", "Beats that came late", ({ lateBeats }) => lateBeats],
    ];
    for (const [name, help, read] of rows) {
      this.#gauge(
        { name, help, labels: ["worker"] },
        () =>
          this.#workers.map((worker) => ({ value: read(worker), labels: { worker: String(worker.worker) } })),
      );
    }
  }

  #readProcess(): void {
    const { version, startedAt } = this.#sources;
    this.#gauge(
      { name: "sipedge_build_info", help: "The version that runs", labels: ["version"] },
      () => [{ value: 1, labels: { version } }],
    );
    this.#gauge(
      { name: "process_start_time_seconds", help: "Start of the process" },
      () => startedAt / 1000,
    );
    this.#gauge(
      { name: "process_cpu_seconds_total", help: "Processor time used" },
      () => readUsage().cpuMs / 1000,
    );
    this.#gauge(
      { name: "process_resident_memory_bytes", help: "Memory held" },
      () => readUsage().memoryBytes,
    );
  }
}
