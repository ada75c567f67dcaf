/** The parking lots of all domains: the shell around `lot.ts` with one timer for each lot in use. */

import type { Clock, Timer } from "../../base/mod.ts";
import {
  EMPTY_LOT,
  expire,
  fetch,
  leave,
  type Lot,
  nextReturnAt,
  park,
  type Parked,
  type ParkResult,
} from "./lot.ts";

/** What the call engine does for the lot. */
export interface ParkingControl {
  /** Nobody fetched the call: ring the parker with it. */
  giveBack(domain: string, parked: Parked): void;
}

interface Place {
  lot: Lot;
  timer: Timer | undefined;
  timerAt: number | undefined;
}

export class Parking {
  readonly #clock: Clock;
  readonly #control: ParkingControl;
  readonly #places = new Map<string, Place>();

  constructor(options: { readonly clock: Clock; readonly control: ParkingControl }) {
    this.#clock = options.clock;
    this.#control = options.control;
  }

  park(
    domain: string,
    wish: { readonly slot: number; readonly call: string; readonly parker: string },
  ): ParkResult {
    const result = park(this.#lot(domain), wish, this.#clock.now());
    if (result.kind === "parked") this.#settle(domain, result.lot);
    return result;
  }

  /** The call that stood in the slot, taken out; undefined when the slot is free. */
  fetch(domain: string, slot: number): Parked | undefined {
    const { lot, fetched } = fetch(this.#lot(domain), slot);
    this.#settle(domain, lot);
    return fetched;
  }

  /** The parked caller hung up. Harmless for calls that are not parked. */
  left(domain: string, call: string): void {
    this.#settle(domain, leave(this.#lot(domain), call));
  }

  /** Parked calls by slot, for the page. */
  list(domain: string): readonly Parked[] {
    return [...this.#lot(domain).values()].sort((a, b) => a.slot - b.slot);
  }

  #lot(domain: string): Lot {
    return this.#places.get(domain)?.lot ?? EMPTY_LOT;
  }

  #settle(domain: string, lot: Lot): void {
    const place = this.#places.get(domain) ?? { lot, timer: undefined, timerAt: undefined };
    place.lot = lot;
    const at = nextReturnAt(lot);
    if (at !== place.timerAt) {
      place.timer?.cancel();
      place.timerAt = at;
      place.timer = at === undefined ? undefined : this.#clock.at(at, () => this.#expire(domain));
    }
    if (lot.size > 0) this.#places.set(domain, place);
    else this.#places.delete(domain);
  }

  #expire(domain: string): void {
    const place = this.#places.get(domain);
    if (!place) return;
    place.timer = place.timerAt = undefined;
    const { lot, returned } = expire(place.lot, this.#clock.now());
    this.#settle(domain, lot);
    for (const parked of returned) this.#control.giveBack(domain, parked);
  }
}
