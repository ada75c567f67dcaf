/** The media plane of one thread: it keeps the legs, obeys commands, and does on each beat what time demands. */
import type { Random } from "../../base/mod.ts";
import type { LegId, MediaEvent } from "../plane.ts";
import { type MediaSocket, type Network, RelayLeg, RelayStream } from "../relay/mod.ts";
import { SILENCE_OFF, type SilenceState, stepSilence } from "../rtp/mod.ts";
import type { Command, Notice, Opened, OpenRequest, ThreadOptions } from "./messages.ts";

/** What costs nothing to do late: reports, resting ports, silence. */
const ROUND_MS = 250;
const REPORT_MS = 1000;

export interface CoreOptions extends ThreadOptions {
  readonly network: Network;
  readonly random: Random;
  readonly notify: (notice: Notice) => void;
}

interface RestingPort {
  readonly untilMs: number;
  readonly port: number;
  readonly sockets: readonly MediaSocket[];
}

/** What is remembered of a leg beside its relay. */
interface LegEntry {
  readonly leg: RelayLeg;
  /** Per stream: whether it is heard as it should be. */
  readonly silence: SilenceState[];
}

export class MediaCore {
  readonly #options: CoreOptions;
  readonly #network: Network;
  readonly #legs = new Map<LegId, LegEntry>();
  #resting: RestingPort[] = [];
  #nextRoundMs = 0;
  #nextReportMs = 0;
  #isStopped = false;

  constructor(options: CoreOptions) {
    this.#options = options;
    this.#network = options.network;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** How long the thread may wait for datagrams before {@linkcode tick} is due. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#nextRoundMs - nowMs);
  }

  /** Does what is due; called after every wait. */
  tick(nowMs: number): void {
    this.#network.inbox.timeMs = nowMs;
    if (nowMs < this.#nextRoundMs) return;
    this.#nextRoundMs = nowMs + ROUND_MS;
    for (const entry of this.#legs.values()) this.#look(entry, nowMs);
    this.#freeRested(nowMs);
    if (nowMs >= this.#nextReportMs) {
      this.#nextReportMs = nowMs + REPORT_MS;
      this.#report();
    }
  }

  /** @throws {Error} when our own settings are impossible, e.g. a key that does not fit its suite. */
  handle(command: Exclude<Command, { kind: "start" }>): void {
    const nowMs = this.#network.now();
    this.#network.inbox.timeMs = nowMs;
    switch (command.kind) {
      case "open":
        return this.#notify({ kind: "opened", request: command.request, opened: this.#open(command.open) });
      case "update": {
        const entry = this.#legs.get(command.leg);
        entry?.leg.update(command.stream, command.settings, nowMs);
        return;
      }
      case "connect": {
        const a = this.#legs.get(command.a)?.leg, b = this.#legs.get(command.b)?.leg;
        if (a && b) a.join(b);
        return;
      }
      case "disconnect":
        return this.#legs.get(command.leg)?.leg.leave();
      case "echo":
        return this.#legs.get(command.leg)?.leg.echo();
      case "measure":
      case "close": {
        const report = this.#legs.get(command.leg)?.leg.report();
        if (command.kind === "close") this.#close(command.leg, nowMs);
        return this.#notify({ kind: "report", request: command.request, report });
      }
      case "stop":
        return this.#stop();
    }
  }

  #open(request: OpenRequest): Opened {
    const bound: MediaSocket[] = [];
    for (const port of request.ports) {
      for (const odd of [0, 1]) {
        const answer = this.#network.bind({
          host: request.host,
          port: port + odd,
          dscp: this.#options.dscp,
        });
        if (!answer.ok) {
          for (const socket of bound) socket.close();
          return { ok: false, port, fatal: answer.error !== "in use", reason: answer.error };
        }
        bound.push(answer.value);
      }
    }
    const leg: RelayLeg = new RelayLeg(request.leg, {
      label: request.label,
      streams: request.kinds.map((kind, index) =>
        new RelayStream({
          index,
          kind,
          inbox: this.#network.inbox,
          rtp: bound[2 * index]!,
          rtcp: bound[2 * index + 1]!,
          observer: {
            onLatched: (stream) => this.#onLatched(leg, stream),
            onKeyExhausted: (stream) =>
              this.#emit({ kind: "key-exhausted", leg: leg.id, stream: stream.index }),
            onBye: (stream) => this.#emit({ kind: "rtcp-bye", leg: leg.id, stream: stream.index }),
          },
          random: this.#options.random,
          unverifiedPackets: this.#options.unverifiedPackets,
        })
      ),
    });
    this.#legs.set(request.leg, {
      leg,
      silence: leg.streams.map(() => SILENCE_OFF),
    });
    return { ok: true, handles: bound.flatMap((socket) => socket.handle ?? []) };
  }

  #close(id: LegId, nowMs: number): void {
    const leg = this.#legs.get(id)?.leg;
    if (!leg) return;
    leg.leave();
    this.#legs.delete(id);
    for (const { rtp, rtcp, rtcpSession } of leg.streams) {
      rtcpSession.bye(nowMs);
      rtp.receiver = rtcp.receiver = undefined;
      this.#resting.push({
        untilMs: nowMs + this.#options.restMs,
        port: rtp.port,
        sockets: [rtp, rtcp],
      });
    }
  }

  #freeRested(nowMs: number): void {
    const due = this.#resting.findIndex((rest) => rest.untilMs > nowMs);
    const rested = this.#resting.splice(0, due < 0 ? this.#resting.length : due);
    if (rested.length === 0) return;
    for (const { sockets } of rested) for (const socket of sockets) socket.close();
    this.#notify({ kind: "freed", ports: rested.map((rest) => rest.port) });
  }

  #onLatched(leg: RelayLeg, stream: RelayStream): void {
    this.#emit({
      kind: "latched",
      leg: leg.id,
      stream: stream.index,
      address: stream.latch.address.toString(),
    });
  }

  /** Reports due and streams fallen silent. */
  #look({ leg, silence }: LegEntry, nowMs: number): void {
    for (const [index, stream] of leg.streams.entries()) {
      stream.rtcpSession.tick(nowMs);
      const { state, change } = stepSilence(silence[index]!, {
        nowMs,
        expected: stream.isOn && stream.takes,
        lastPacketMs: stream.heardMs,
      });
      silence[index] = state;
      if (change === undefined) continue;
      this.#emit({
        kind: "silent",
        leg: leg.id,
        stream: index,
        silent: change.silent,
        forMs: Math.round(change.forMs),
      });
    }
  }

  #report(): void {
    let packets = 0, kernelDrops = 0;
    for (const { leg } of this.#legs.values()) {
      for (const stream of leg.streams) {
        packets += stream.packetsReceived;
        kernelDrops += stream.rtp.kernelDrops();
      }
    }
    const { worker } = this.#options;
    const report = { worker, legs: this.#legs.size, packets, kernelDrops, lateBeats: 0, load: 0 };
    this.#notify({ kind: "beat", report });
  }

  #stop(): void {
    this.#isStopped = true;
    this.#legs.clear();
    this.#network.close();
    this.#notify({ kind: "stopped" });
  }

  #emit(event: MediaEvent): void {
    this.#notify({ kind: "event", event });
  }

  #notify(notice: Notice): void {
    this.#options.notify(notice);
  }
}
