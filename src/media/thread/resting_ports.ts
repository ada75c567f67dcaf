/** Ports of ended calls: they stay bound, and what still comes is drained, so that no next call hears the last one. */
import type { MediaSocket } from "../relay/mod.ts";

interface RestingPort {
  readonly port: number;
  readonly sockets: readonly MediaSocket[];
}

export class RestingPorts {
  readonly #restMs: number;
  readonly #ports: (RestingPort & { readonly untilMs: number })[] = [];

  constructor(restMs: number) {
    this.#restMs = restMs;
  }

  add(resting: RestingPort, nowMs: number): void {
    for (const socket of resting.sockets) {
      socket.receiver = undefined;
      socket.restrict(undefined);
    }
    this.#ports.push({ ...resting, untilMs: nowMs + this.#restMs });
  }

  /** Closes those that have rested and returns their even ports. */
  free(nowMs: number): number[] {
    const waiting = this.#ports.findIndex(({ untilMs }) => untilMs > nowMs);
    const rested = this.#ports.splice(0, waiting < 0 ? this.#ports.length : waiting);
    for (const { sockets } of rested) for (const socket of sockets) socket.close();
    return rested.map(({ port }) => port);
  }
}
