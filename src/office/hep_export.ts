/** Sends traced messages to the capture server of `telemetry.hep`, by UDP, found by its name now and then. */

import { type Clock, ipFamily, type Log, type Timer } from "../base/mod.ts";
import type { HepSettings } from "../config/mod.ts";
import type { DatagramNetwork, DatagramSocket, DnsPort } from "../sip/transport/mod.ts";
import { HepQueue, type TracedMessage } from "../telemetry/mod.ts";

/** Names lead elsewhere after a move; so do settings after a reload. */
const LOOK_EVERY_MS = 30_000;

export interface HepExportOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly dns: DnsPort;
  readonly datagrams: DatagramNetwork;
  /** As they are now; undefined: nothing is exported. */
  readonly settings: () => HepSettings | undefined;
}

export class HepExport {
  readonly #options: HepExportOptions;
  readonly #queue: HepQueue;
  readonly #sockets = new Map<4 | 6, DatagramSocket>();
  #target: { readonly host: string; readonly port: number } | undefined;
  /** What was looked up, so that a fault is told once. */
  #known = "";
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: HepExportOptions) {
    this.#options = options;
    this.#queue = new HepQueue({
      clock: options.clock,
      options: () => this.#target && options.settings(),
      send: (datagram) => this.#send(datagram),
    });
  }

  get counts(): HepQueue["counts"] {
    return this.#queue.counts;
  }

  /** False while nobody wants the messages. */
  get isOn(): boolean {
    return this.#target !== undefined;
  }

  async start(): Promise<void> {
    await this.#look();
    if (this.#isStopped) return;
    const { clock } = this.#options;
    this.#timer = clock.at(clock.now() + LOOK_EVERY_MS, () => void this.start());
  }

  /** The settings have changed. */
  reload(): void {
    void this.#look();
  }

  add(message: TracedMessage): void {
    this.#queue.add(message);
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#queue.stop();
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  async #look(): Promise<void> {
    const { settings, log } = this.#options;
    const wanted = settings();
    const host = wanted && await this.#resolve(wanted.host);
    const now = wanted ? `${wanted.host} ${host} ${wanted.port}` : "";
    this.#target = wanted && host !== undefined ? { host, port: wanted.port } : undefined;
    if (now === this.#known) return;
    this.#known = now;
    if (!wanted) return;
    const server = `${wanted.host}:${wanted.port}`;
    if (host === undefined) log.warn("HEP capture server is not found", { server });
    else log.info("SIP messages go to a capture server", { server, masked: wanted.isMasked });
  }

  async #resolve(host: string): Promise<string | undefined> {
    if (ipFamily(host) !== undefined) return host;
    for (const type of ["A", "AAAA"] as const) {
      const answer = await this.#options.dns.query(host, type);
      if (answer.kind !== "records") continue;
      for (const record of answer.records) if ("address" in record) return record.address;
    }
    return undefined;
  }

  #send(datagram: Uint8Array<ArrayBuffer>): void {
    if (!this.#target || this.#isStopped) return;
    // A capture server that is not there costs nothing and is no news.
    this.#socket(ipFamily(this.#target.host) ?? 4)?.send(datagram, { remote: this.#target, onFault() {} });
  }

  #socket(family: 4 | 6): DatagramSocket | undefined {
    const open = this.#sockets.get(family);
    if (open) return open;
    const bound = this.#options.datagrams.bind({ host: family === 4 ? "0.0.0.0" : "::", port: 0 }, () => {});
    if (!bound.ok) return undefined;
    this.#sockets.set(family, bound.value);
    return bound.value;
  }
}
