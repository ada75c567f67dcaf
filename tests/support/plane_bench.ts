/** The media plane on real threads and sockets, with phones around it on loopback. */
import assert from "node:assert/strict";
import { type Log, SILENT_LOG } from "../../src/base/mod.ts";
import { type LegId, type MediaEvent, type Network, WorkerLink, WorkerPlane } from "../../src/media/mod.ts";
import { closeHandles, openLibcNetwork } from "../../src/platform/datagram.ts";
import { openDenoNetwork } from "../../src/platform/datagram_deno.ts";
import { SystemClock } from "../../src/platform/system_clock.ts";
import { RtpPeer } from "./rtp_peer.ts";

const WORKER = new URL("../../src/media/worker.ts", import.meta.url);

export interface PlaneBenchOptions {
  readonly sockets: "libc" | "deno";
  readonly ports?: { first: number; last: number };
  readonly restMs?: number;
  readonly workers?: number;
  readonly crypto?: "fast" | "webcrypto";
  readonly dscp?: number;
  /** The code of the threads; default: the product's. */
  readonly workerUrl?: URL;
  /** The phones' own sockets; default: libc. */
  readonly phoneSockets?: "libc" | "deno";
  /** Default: none. */
  readonly log?: Log;
}

export class PlaneBench {
  readonly clock = new SystemClock();
  readonly network: Network;
  readonly events: MediaEvent[] = [];
  readonly plane: WorkerPlane;
  /** Every thread that was ever started. */
  readonly links: WorkerLink[] = [];
  readonly #peers: RtpPeer[] = [];
  readonly #threads = new Map<LegId, number>();

  constructor(options: PlaneBenchOptions) {
    this.network = options.phoneSockets === "deno"
      ? openDenoNetwork()
      : openLibcNetwork() ?? assert.fail("libc cannot be opened");
    this.plane = new WorkerPlane({
      ports: options.ports ?? { first: 23_000, last: 23_999 },
      workers: options.workers ?? 1,
      spawn: (index) => {
        const link = new WorkerLink(options.workerUrl ?? WORKER, {
          name: `media-${index}`,
          clock: this.clock,
        });
        this.links.push(link);
        const send = link.send.bind(link);
        link.send = (command) => {
          if (command.kind === "open") this.#threads.set(command.open.leg, index);
          send(command);
        };
        return link;
      },
      sockets: options.sockets,
      crypto: options.crypto ?? "fast",
      ...(options.dscp !== undefined && { dscp: options.dscp }),
      restMs: options.restMs ?? 0,
      clock: this.clock,
      log: options.log ?? SILENT_LOG,
      closeHandles,
    });
    this.plane.onEvent((event) => this.events.push(event));
  }

  async open(peer: RtpPeer, near?: LegId): Promise<LegId> {
    const opened = await this.plane.open({
      streams: [{ kind: "rtp" }],
      family: "ipv4",
      ...(near !== undefined && { near }),
    });
    assert.ok(opened.ok, opened.ok ? "" : opened.error);
    const port = opened.ports[0]!;
    assert.equal(port % 2, 0);
    peer.aimAt(port);
    return opened.leg;
  }

  /** The thread on which a leg was opened. */
  threadOf(leg: LegId): number | undefined {
    return this.#threads.get(leg);
  }

  /** Two phones that hear each other, both on one thread. */
  async call(alice: RtpPeer, bob: RtpPeer): Promise<[LegId, LegId]> {
    const a = await this.open(alice), b = await this.open(bob, a);
    this.plane.update(a, 0, alice.settings());
    this.plane.update(b, 0, bob.settings());
    this.plane.connect(a, b);
    await this.plane.measure(b);
    return [a, b];
  }

  /** The same on thread `wanted`: what is busy, as one that just starts, gets no calls and must be waited for. */
  async callOn(wanted: number, [alice, bob]: readonly [RtpPeer, RtpPeer]): Promise<[LegId, LegId]> {
    for (let tried = 0; tried < 100; tried++) {
      const legs = await this.call(alice, bob);
      if (this.threadOf(legs[0]) === wanted) return legs;
      for (const leg of legs) await this.plane.close(leg);
      for (let turn = 0; turn < 20; turn++) await this.network.pump(5);
    }
    assert.fail(`thread ${wanted} gets no calls`);
  }

  peer(ssrc: number): RtpPeer {
    const peer = new RtpPeer(this.network, { ssrc });
    this.#peers.push(peer);
    return peer;
  }

  /** Pumps the peers' sockets until `isDone` or two seconds have passed. */
  async until(isDone: () => boolean): Promise<void> {
    for (let turn = 0; turn < 400 && !isDone(); turn++) await this.network.pump(5);
  }

  async stop(): Promise<void> {
    for (const peer of this.#peers) peer.close();
    await this.plane.stop();
    this.network.close();
    this.clock.stop();
  }
}
