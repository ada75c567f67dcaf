/**
 * OPTIONS to registered devices behind UDP: it keeps the way through their router open and notices who has gone
 * (RFC 3261 §11; RFC 5626 §4 recommends more often than the 30 s after which routers forget).
 */

import { type Clock, type Timer } from "../../base/mod.ts";
import type { Endpoint } from "../../sip/mod.ts";
import type { Binding, Bindings } from "./bindings.ts";

/** A device that leaves this many in a row unanswered counts as unreachable. */
const MISSES_ALLOWED = 2;

export interface KeepAliveOptions {
  readonly bindings: Bindings;
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  /** 0 asks nobody. */
  readonly intervalSec: () => number;
}

export class KeepAlive {
  readonly #options: KeepAliveOptions;
  readonly #misses = new Map<string, number>();
  #timer: Timer | undefined;

  constructor(options: KeepAliveOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, intervalSec } = this.#options;
    // Spread over the interval, so that a thousand phones do not answer in one instant.
    const stepMs = 1000;
    let position = 0;
    const step = () => {
      this.#timer = clock.at(clock.now() + stepMs, step);
      const steps = intervalSec();
      if (steps === 0) return;
      position = (position + 1) % steps;
      if (position === 0) this.#forgetGone();
      let index = 0;
      const due: Binding[] = [];
      for (const binding of this.#options.bindings.all()) {
        if (binding.transport === "udp" && index++ % steps === position) due.push(binding);
      }
      for (const binding of due) this.#probe(binding);
    };
    this.#timer = clock.at(clock.now() + stepMs, step);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** What registers again begins anew. */
  #forgetGone(): void {
    if (this.#misses.size === 0) return;
    const known = new Set(Array.from(this.#options.bindings.all(), idOf));
    for (const id of this.#misses.keys()) if (!known.has(id)) this.#misses.delete(id);
  }

  #probe(binding: Binding): void {
    const { endpoint, bindings } = this.#options;
    const { flow } = binding;
    if (!flow) return;
    const server = {
      uri: {
        scheme: "sip" as const,
        user: "ping",
        host: binding.domain,
        params: new Map(),
        headers: new Map(),
      },
    };
    const id = idOf(binding);
    endpoint.request({
      method: "OPTIONS",
      requestUri: binding.uri,
      from: { ...server, params: new Map() },
      to: { uri: binding.uri, params: new Map() },
      routeSet: binding.route,
      route: { kind: "destinations", destinations: [{ kind: "flow", flow }] },
      attemptMs: 8000,
    }, (outcome) => {
      if (outcome.kind === "response") {
        this.#misses.delete(id);
        if (!binding.isReachable) bindings.amend(binding, { isReachable: true });
        return;
      }
      const misses = (this.#misses.get(id) ?? 0) + 1;
      this.#misses.set(id, misses);
      if (misses > MISSES_ALLOWED) {
        this.#misses.delete(id);
        bindings.amend(binding, { isReachable: false });
      }
    });
  }
}

function idOf({ domain, extension, contact }: Binding): string {
  return `${domain}/${extension}/${contact}`;
}
