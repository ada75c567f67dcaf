/** How many calls each extension is in, and when the last one ended: the ground for busy, groups and limits. */

import type { Clock } from "../../base/mod.ts";

interface Entry {
  calls: number;
  lastEndedAt: number | undefined;
}

export class Occupancy {
  readonly #entries = new Map<string, Entry>();
  readonly #clock: Clock;
  readonly #listeners: ((domain: string, extension: string) => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts one call of the extension until the function returned is called (once; more is harmless). */
  enter(domain: string, extension: string): () => void {
    const key = `${domain}/${extension}`;
    let entry = this.#entries.get(key);
    if (!entry) this.#entries.set(key, entry = { calls: 0, lastEndedAt: undefined });
    const counted = entry;
    counted.calls++;
    this.#tell(domain, extension);
    let inside = true;
    return () => {
      if (!inside) return;
      inside = false;
      counted.calls--;
      counted.lastEndedAt = this.#clock.now();
      this.#tell(domain, extension);
    };
  }

  calls(domain: string, extension: string): number {
    return this.#entries.get(`${domain}/${extension}`)?.calls ?? 0;
  }

  lastEndedAt(domain: string, extension: string): number | undefined {
    return this.#entries.get(`${domain}/${extension}`)?.lastEndedAt;
  }

  onChange(listener: (domain: string, extension: string) => void): void {
    this.#listeners.push(listener);
  }

  #tell(domain: string, extension: string): void {
    for (const listener of this.#listeners) listener(domain, extension);
  }
}
