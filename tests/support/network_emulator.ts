/** A bad network with a seed: delay, jitter, loss, duplication, reordering; the same seed gives the same fate. */
import { below, type Random } from "../../src/base/mod.ts";

export interface NetworkConditions {
  /** Least time from sending to arrival. */
  readonly delayMs?: number;
  /** Up to this much is added by chance, evenly spread; packets may overtake one another only if `reorder` says so. */
  readonly jitterMs?: number;
  /** Shares, 0–1. */
  readonly loss?: number;
  readonly duplication?: number;
  /** Share of packets that are held back behind `reorderByMs` of others. */
  readonly reordering?: number;
  /** Default 30. */
  readonly reorderByMs?: number;
}

interface Travelling<T> {
  readonly item: T;
  readonly dueMs: number;
  readonly order: number;
}

const GRAIN = 1_000_000;

/** One direction of one path. */
export class NetworkEmulator<T> {
  /** May be changed while packets travel. */
  conditions: NetworkConditions;
  lost = 0;
  duplicated = 0;
  reordered = 0;
  readonly #random: Random;
  readonly #travelling: Travelling<T>[] = [];
  #order = 0;
  #lastDueMs = -Infinity;

  constructor(conditions: NetworkConditions, random: Random) {
    this.conditions = conditions;
    this.#random = random;
  }

  /** Packets under way. */
  get size(): number {
    return this.#travelling.length;
  }

  push(item: T, nowMs: number): void {
    if (this.#happens(this.conditions.loss)) {
      this.lost++;
      return;
    }
    this.#travel(item, nowMs);
    if (this.#happens(this.conditions.duplication)) {
      this.duplicated++;
      this.#travel(item, nowMs);
    }
  }

  /** The next packet that has arrived by `nowMs`, undefined when none has. */
  pop(nowMs: number): T | undefined {
    let first = -1;
    for (const [index, { dueMs, order }] of this.#travelling.entries()) {
      const best = this.#travelling[first];
      if (dueMs > nowMs) continue;
      if (!best || dueMs < best.dueMs || (dueMs === best.dueMs && order < best.order)) first = index;
    }
    return first < 0 ? undefined : this.#travelling.splice(first, 1)[0]!.item;
  }

  #travel(item: T, nowMs: number): void {
    const { delayMs = 0, jitterMs = 0, reordering, reorderByMs = 30 } = this.conditions;
    const jitter = jitterMs === 0 ? 0 : below(this.#random, GRAIN) / GRAIN * jitterMs;
    if (this.#happens(reordering)) {
      this.reordered++;
      this.#travelling.push({ item, dueMs: nowMs + delayMs + jitter + reorderByMs, order: this.#order++ });
      return;
    }
    // A queue: what was sent later does not arrive earlier.
    const dueMs = Math.max(this.#lastDueMs, nowMs + delayMs + jitter);
    this.#lastDueMs = dueMs;
    this.#travelling.push({ item, dueMs, order: this.#order++ });
  }

  #happens(share: number | undefined): boolean {
    return share !== undefined && share > 0 && below(this.#random, GRAIN) < share * GRAIN;
  }
}
