/** Senders that are not answered: by too many failures or by hand, for a time, kept over a restart. */

import type { BanStore, StoredBan } from "../pbx/ports.ts";

export interface BansOptions {
  readonly store: BanStore;
  readonly maxBans: number;
}

export class Bans {
  readonly #store: BanStore;
  readonly #maxBans: number;
  readonly #bans = new Map<string, StoredBan>();

  constructor(options: BansOptions) {
    this.#store = options.store;
    this.#maxBans = options.maxBans;
  }

  /** Reads what was kept; what has ended meanwhile is forgotten. */
  async load(now: number): Promise<void> {
    for (const ban of await this.#store.all()) {
      if (ban.until <= now) this.#store.remove(ban.address);
      else if (!this.#bans.has(ban.address)) this.#bans.set(ban.address, ban);
    }
  }

  /** The ban in force on a sender. */
  find(address: string, now: number): StoredBan | undefined {
    const ban = this.#bans.get(address);
    if (!ban || ban.until > now) return ban;
    this.remove(address);
    return undefined;
  }

  put(ban: StoredBan): void {
    if (!this.#bans.has(ban.address) && this.#bans.size >= this.#maxBans) this.#makeRoom(ban.since);
    this.#bans.set(ban.address, ban);
    this.#store.put(ban);
  }

  remove(address: string): boolean {
    if (!this.#bans.delete(address)) return false;
    this.#store.remove(address);
    return true;
  }

  /** Bans in force, newest first. */
  list(now: number): readonly StoredBan[] {
    this.#forgetEnded(now);
    return [...this.#bans.values()].sort((a, b) => b.since - a.since);
  }

  get size(): number {
    return this.#bans.size;
  }

  #forgetEnded(now: number): void {
    for (const { address, until } of this.#bans.values()) if (until <= now) this.remove(address);
  }

  #makeRoom(now: number): void {
    this.#forgetEnded(now);
    if (this.#bans.size < this.#maxBans) return;
    let first: StoredBan | undefined;
    for (const ban of this.#bans.values()) if (!first || ban.until < first.until) first = ban;
    if (first) this.remove(first.address);
  }
}
