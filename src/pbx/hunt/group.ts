/** A hunt or ring group made ready for hunting: its rules, and its seats bound to the members of the floor. */

import type { HuntGroupSettings, HuntStrategy, RingGroupSettings } from "../../config/mod.ts";
import type { FloorMember } from "./availability.ts";
import type { HuntRules } from "./plan.ts";
import type { GroupLabel } from "./ports.ts";
import type { Seat } from "./strategy.ts";

export type GroupSettings = HuntGroupSettings | RingGroupSettings;

export interface FloorSeat extends Seat {
  readonly member: FloorMember;
}

export interface Group {
  readonly domain: string;
  readonly label: GroupLabel;
  readonly rules: HuntRules;
  readonly strategy: HuntStrategy;
  readonly wrapUpMs: number;
  readonly maxCallers: number;
  readonly announcePosition: boolean;
  readonly music?: string;
  readonly overflow?: string;
  readonly seats: readonly FloorSeat[];
  /** Index of the seat by extension. */
  readonly seatOf: ReadonlyMap<string, number>;
}

/** A ring group is the degenerate hunt: one round, all at once, nobody waits. */
export function prepareGroup(
  domain: string,
  settings: GroupSettings,
  enrol: (extension: string) => FloorMember,
): Group {
  const isHunt = "strategy" in settings;
  const members = isHunt
    ? settings.members
    : settings.members.map((extension, order) => ({ extension, order }));
  const seatOf = new Map<string, number>();
  const seats: FloorSeat[] = [];
  for (const { extension, order } of members) {
    if (seatOf.has(extension)) continue;
    seatOf.set(extension, seats.length);
    seats.push({ member: enrol(extension), order });
  }
  const queue = isHunt ? settings.queue : undefined;
  return {
    domain,
    label: { number: settings.number, name: settings.name, show: isHunt && settings.showGroupName },
    rules: {
      mode: isHunt ? "one" : "all",
      ringMs: settings.ringSeconds * 1000,
      ...(queue ? { queue: { maxWaitMs: queue.maxWaitSeconds * 1000 } } : {}),
    },
    strategy: isHunt ? settings.strategy : "linear",
    wrapUpMs: isHunt ? settings.wrapUpSeconds * 1000 : 0,
    maxCallers: queue?.maxCallers ?? 0,
    announcePosition: queue?.announcePosition ?? false,
    ...(queue?.music === undefined ? {} : { music: queue.music }),
    ...(settings.overflow ? { overflow: settings.overflow.to } : {}),
    seats,
    seatOf,
  };
}
