/** Who is next: the four strategies of a hunt group over members that are free. Pure, one pass, no allocation. */

import { below, type Random } from "../../base/mod.ts";
import type { HuntStrategy } from "../../config/mod.ts";

/** A member of the floor: one extension, shared by all groups that name it. Kept by `availability.ts`. */
export interface Member {
  readonly extension: string;
  /** Registered, enabled, not busy, not do-not-disturb and not being rung by a group. */
  readonly isFree: boolean;
  /** End of the rest after a group's call, in milliseconds; not free before. */
  readonly restsUntil: number;
  /** Start of the present registration: unchanged by refreshes. */
  readonly registeredAt: number;
  /** End of the last call, or the registration where there was none since. */
  readonly idleSince: number;
}

/** A member's place in one group. */
export interface Seat {
  readonly member: Member;
  readonly order: number;
}

export interface Choice {
  readonly strategy: HuntStrategy;
  readonly now: number;
  readonly passedOver: ReadonlySet<string>;
  /** Index of the seat that was chosen last (roundRobin); -1 when none was. */
  readonly last: number;
  readonly random: Random;
}

/** Index of the seat to ring, -1 when nobody is free. */
export function choose(seats: readonly Seat[], choice: Choice): number {
  switch (choice.strategy) {
    case "linear":
      return best(seats, choice, isBefore);
    case "longestIdle":
      return best(seats, choice, isIdleLonger);
    case "roundRobin":
      return after(seats, choice);
    case "random":
      return byChance(seats, choice);
    default:
      return choice.strategy satisfies never;
  }
}

/** True when the member can be rung now, as far as this group is concerned. */
export function isAvailable(seat: Seat, choice: Pick<Choice, "now" | "passedOver">): boolean {
  const { member } = seat;
  return member.isFree && member.restsUntil <= choice.now &&
    (choice.passedOver.size === 0 || !choice.passedOver.has(member.extension));
}

/** Smallest order; equal order: who registered first; equal again: who stands first in the list. */
function isBefore(a: Seat, b: Seat): boolean {
  return a.order < b.order || (a.order === b.order && a.member.registeredAt < b.member.registeredAt);
}

function isIdleLonger(a: Seat, b: Seat): boolean {
  const x = a.member, y = b.member;
  return x.idleSince < y.idleSince || (x.idleSince === y.idleSince && x.registeredAt < y.registeredAt);
}

function best(seats: readonly Seat[], choice: Choice, isBetter: (a: Seat, b: Seat) => boolean): number {
  let found = -1;
  let leader: Seat | undefined;
  for (let index = 0; index < seats.length; index++) {
    const seat = seats[index]!;
    // The comparison is cheaper than the look into `passedOver`, so it comes first.
    if (!seat.member.isFree || (leader && !isBetter(seat, leader)) || !isAvailable(seat, choice)) continue;
    leader = seat;
    found = index;
  }
  return found;
}

/** The member after the one chosen last, in the order of the list. */
function after(seats: readonly Seat[], choice: Choice): number {
  const length = seats.length;
  for (let step = 1; step <= length; step++) {
    const index = (choice.last + step) % length;
    if (isAvailable(seats[index]!, choice)) return index;
  }
  return -1;
}

function byChance(seats: readonly Seat[], choice: Choice): number {
  let count = 0;
  for (let index = 0; index < seats.length; index++) if (isAvailable(seats[index]!, choice)) count++;
  if (count === 0) return -1;
  let left = below(choice.random, count);
  for (let index = 0; index < seats.length; index++) {
    if (isAvailable(seats[index]!, choice) && left-- === 0) return index;
  }
  return -1;
}
