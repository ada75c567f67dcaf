/** Where each roundRobin group stands: the member chosen last, kept over a restart. */

import type { StateStore } from "../ports.ts";
import type { Group } from "./group.ts";

const PREFIX = "hunt/position/";

export class Positions {
  readonly #store: StateStore;
  /** Value: index of the seat, a blank, the extension that sat there. */
  readonly #last = new Map<string, string>();

  constructor(store: StateStore) {
    this.#store = store;
  }

  async load(): Promise<void> {
    for (const [key, value] of await this.#store.list(PREFIX)) {
      // What was chosen while the store was still answering is newer.
      if (!this.#last.has(key)) this.#last.set(key, value);
    }
  }

  /** Index of the seat chosen last, -1 when none was. A member that has moved takes the position along. */
  last(group: Group): number {
    const [place, extension] = (this.#last.get(keyOf(group)) ?? "").split(" ");
    if (!place || extension === undefined) return -1;
    const seat = group.seatOf.get(extension);
    if (seat !== undefined) return seat;
    // The member has left the group: who sits at its place now is next.
    const index = Number(place);
    return Number.isInteger(index) && index >= 0 ? Math.min(index, group.seats.length) - 1 : -1;
  }

  chosen(group: Group, index: number): void {
    const value = `${index} ${group.seats[index]?.member.extension ?? ""}`;
    this.#last.set(keyOf(group), value);
    this.#store.put(keyOf(group), value);
  }
}

function keyOf(group: Group): string {
  return `${PREFIX}${group.domain}/${group.label.number}`;
}
