/** For tests: a room machine with a clock and a memory of its effects, written and read in short words. */
import type { RoomSettings } from "../../config/mod.ts";
import { step } from "./room.ts";
import { EMPTY_ROOM, type MemberId, type RoomEffect, type RoomInput, type RoomState } from "./types.ts";

export const ROOM: RoomSettings = {
  number: "800",
  name: "Board",
  pin: "4711",
  moderatorPin: "9999",
  capacity: 3,
  allowOutside: false,
  record: false,
  consentTone: false,
  announceNames: false,
  automaticGain: false,
};

export class FakeRoom {
  state: RoomState = EMPTY_ROOM;
  nowMs = 1_000_000;
  /** Effects of the last input. */
  last: readonly RoomEffect[] = [];
  readonly all: RoomEffect[] = [];

  constructor(public settings: RoomSettings = ROOM) {}

  input(input: RoomInput): readonly RoomEffect[] {
    const { state, effects } = step(this.state, input, { settings: this.settings, nowMs: this.nowMs });
    this.state = state;
    this.last = effects;
    this.all.push(...effects);
    return effects;
  }

  enter(
    member: MemberId,
    more: { pin?: string; invited?: boolean; outside?: boolean; number?: string } = {},
  ): void {
    const { outside = false, number = member, ...entry } = more;
    this.input({ kind: "enter", member, caller: { number, outside }, ...entry });
  }

  type(member: MemberId, keys: string): void {
    for (const digit of keys) this.input({ kind: "digit", member, digit });
  }

  /** What this member is told in the last step. */
  said(member: MemberId): string {
    return this.last.flatMap((effect) =>
      effect.kind === "say" && effect.member === member ? effect.prompts : []
    ).join(" ");
  }

  /** Kinds of effects of the last step, without the noise of timers and notices. */
  get kinds(): string {
    const quiet = new Set(["changed", "timer", "cancel", "cancelAll"]);
    return this.last.map((effect) => effect.kind).filter((kind) => !quiet.has(kind)).join(" ");
  }

  find<K extends RoomEffect["kind"]>(kind: K): Extract<RoomEffect, { kind: K }> | undefined {
    return this.last.find((effect): effect is Extract<RoomEffect, { kind: K }> => effect.kind === kind);
  }

  where(member: MemberId): string {
    return this.state.guests.get(member)?.phase.kind ?? "gone";
  }

  get inside(): string[] {
    return [...this.state.guests.values()].filter((guest) => guest.phase.kind === "inside").map((guest) =>
      guest.id
    );
  }
}
