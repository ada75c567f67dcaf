/**
 * The callers of one domain in their order of arrival. Groups that compete for the same members are served in this
 * order: a member that becomes free goes to the caller who came first and whose group it belongs to.
 */

/** Two announcements to one caller are at least this far apart, so that a quick queue does not chatter. */
export const ANNOUNCE_GAP_MS = 15_000;

/** What one caller was told about its position. */
export interface Announced {
  readonly place: number;
  readonly at: number;
}

/**
 * Decides whether the caller hears its place now.
 * @returns `say`: now; `askAgainAt`: the place is news, but it is too early; neither: nothing new.
 */
export function announce(
  last: Announced | undefined,
  place: number,
  now: number,
): { readonly say: boolean; readonly askAgainAt?: number } {
  if (last === undefined) return { say: true };
  if (last.place === place) return { say: false };
  const earliest = last.at + ANNOUNCE_GAP_MS;
  return now >= earliest ? { say: true } : { say: false, askAgainAt: earliest };
}

/** What the arrivals must know of a caller. */
export interface Waiter {
  /** Number of the group, unchanged by a reload of the configuration. */
  readonly groupNumber: string;
  readonly isWaiting: boolean;
}

/** Callers in order of arrival; a `Set` keeps the order and removes in constant time. */
export class Arrivals<Caller extends Waiter> implements Iterable<Caller> {
  readonly #callers = new Set<Caller>();

  add(caller: Caller): void {
    this.#callers.add(caller);
  }

  remove(caller: Caller): void {
    this.#callers.delete(caller);
  }

  get size(): number {
    return this.#callers.size;
  }

  [Symbol.iterator](): IterableIterator<Caller> {
    return this.#callers.values();
  }

  /** Callers of the group that wait now; those whose member rings are not counted. */
  waiting(groupNumber: string): number {
    let count = 0;
    for (const caller of this.#callers) {
      if (caller.groupNumber === groupNumber && caller.isWaiting) count++;
    }
    return count;
  }

  /** Waiting callers of the group with their place, first is 1. Callers that are being rung for count too. */
  *places(groupNumber: string): Generator<readonly [caller: Caller, place: number]> {
    let place = 0;
    for (const caller of this.#callers) {
      if (caller.groupNumber !== groupNumber) continue;
      place++;
      if (caller.isWaiting) yield [caller, place];
    }
  }
}
