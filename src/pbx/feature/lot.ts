/**
 * The parking lot of a domain (`*70*N`, `*71*N`): 99 slots, a minute each, then back to the parker. Pure.
 *
 *   free ──park──▶ parked ──fetch──▶ free        parked ──hang up──▶ free
 *                    └──── 60 s ──▶ free, the call goes back to who parked it
 */

export const FIRST_SLOT = 1;
export const LAST_SLOT = 99;
export const PARK_MS = 60_000;

export interface Parked {
  readonly slot: number;
  readonly call: string;
  /** Extension that parked, and gets the call back. */
  readonly parker: string;
  readonly endsAt: number;
}

/** Parked calls by slot. */
export type Lot = ReadonlyMap<number, Parked>;

export const EMPTY_LOT: Lot = new Map();

export type ParkResult =
  | { readonly kind: "parked"; readonly lot: Lot; readonly parked: Parked }
  | { readonly kind: "refused"; readonly reason: "no such slot" | "taken" };

/** Parks a call. A call that stands elsewhere in the lot moves. */
export function park(
  lot: Lot,
  wish: { readonly slot: number; readonly call: string; readonly parker: string },
  now: number,
): ParkResult {
  const { slot, call, parker } = wish;
  if (!Number.isInteger(slot) || slot < FIRST_SLOT || slot > LAST_SLOT) {
    return { kind: "refused", reason: "no such slot" };
  }
  const there = lot.get(slot);
  if (there && there.call !== call) return { kind: "refused", reason: "taken" };
  const parked: Parked = { slot, call, parker, endsAt: now + PARK_MS };
  return { kind: "parked", lot: new Map([...leave(lot, call), [slot, parked]]), parked };
}

/** Takes the call out of a slot. */
export function fetch(lot: Lot, slot: number): { readonly lot: Lot; readonly fetched: Parked | undefined } {
  const fetched = lot.get(slot);
  return { lot: fetched ? leave(lot, fetched.call) : lot, fetched };
}

/** The parked caller hung up. */
export function leave(lot: Lot, call: string): Lot {
  return new Map([...lot].filter(([, parked]) => parked.call !== call));
}

/** Who has stood too long goes back. */
export function expire(lot: Lot, now: number): { readonly lot: Lot; readonly returned: readonly Parked[] } {
  const returned = [...lot.values()].filter(({ endsAt }) => endsAt <= now);
  return { lot: returned.reduce((rest, { call }) => leave(rest, call), lot), returned };
}

/** When the next call goes back. */
export function nextReturnAt(lot: Lot): number | undefined {
  let first: number | undefined;
  for (const { endsAt } of lot.values()) if (first === undefined || endsAt < first) first = endsAt;
  return first;
}
