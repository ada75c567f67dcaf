/** Load of the machine over the last minutes, for the page: one sample every few seconds. */

import type { Clock } from "../base/mod.ts";
import type { Sample } from "../http/mod.ts";
import type { MachineUsage } from "../platform/usage.ts";

const EVERY_MS = 5000;
/** Ten minutes. */
const KEPT = 120;

export interface UsageOptions {
  readonly clock: Clock;
  readonly read: () => MachineUsage;
  readonly calls: () => number;
}

export class Usage {
  readonly #options: UsageOptions;
  readonly #samples: Sample[] = [];
  #last: { readonly at: number; readonly cpuMs: number } | undefined;
  #timer: { cancel(): void } | undefined;

  constructor(options: UsageOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock } = this.#options;
    const beat = () => {
      this.#take();
      this.#timer = clock.at(clock.now() + EVERY_MS, beat);
    };
    beat();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Oldest first; at least one after the start. */
  get samples(): readonly Sample[] {
    return this.#samples;
  }

  #take(): void {
    const { clock, read, calls } = this.#options;
    const at = clock.now(), { cpuMs, memoryBytes } = read();
    const last = this.#last;
    this.#last = { at, cpuMs };
    const percent = last && at > last.at ? 100 * (cpuMs - last.cpuMs) / (at - last.at) : 0;
    this.#samples.push({ at, cpuPercent: Math.round(percent * 10) / 10, memoryBytes, calls: calls() });
    if (this.#samples.length > KEPT) this.#samples.shift();
  }
}
