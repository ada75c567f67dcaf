/** The room machine's words: who is in it, what can happen to it, what it wants done. */

import type { RoomSettings } from "../../config/mod.ts";

/** The call's id; one caller is one member. */
export type MemberId = string;

export interface RoomCaller {
  /** Extension, or the number that a line showed. */
  readonly number: string;
  readonly name?: string;
  /** Came through a line. */
  readonly outside: boolean;
}

/**
 * Where a caller is:
 *
 *     enter ─► pin ─► naming ─► inside ─► leaving ─► (gone)
 *       └────────────┴────────────┘ as the room demands        leaving: hears a last word
 */
export type MemberPhase =
  | { readonly kind: "pin"; readonly digits: string }
  | { readonly kind: "naming"; readonly step: "prompt" | "speaking" | "writing" }
  | {
    readonly kind: "inside";
    readonly muted: boolean;
    readonly held: boolean;
    /** 0–100, 0 while silent. */
    readonly level: number;
    /** A star was typed; the next digit is a command. */
    readonly star: boolean;
    /** Nothing arrives from it. */
    readonly silent: boolean;
  }
  | { readonly kind: "leaving"; readonly reason: LeaveReason };

export interface RoomGuest {
  readonly id: MemberId;
  readonly caller: RoomCaller;
  readonly moderator: boolean;
  /** When it came into the room, or to its door. */
  readonly sinceMs: number;
  /** Spoke its name for announcements. */
  readonly named: boolean;
  readonly phase: MemberPhase;
}

/** Wrong PINs of one caller; outside callers count as one, because their numbers can be invented. */
export interface Penalty {
  /** All that were typed; hanging up in between forgives nothing. */
  readonly wrong: number;
  readonly lastMs: number;
  /** No visit before this. */
  readonly untilMs: number;
}

export interface RoomState {
  readonly guests: ReadonlyMap<MemberId, RoomGuest>;
  readonly penalties: ReadonlyMap<string, Penalty>;
  readonly open: boolean;
  readonly locked: boolean;
  readonly allMuted: boolean;
  readonly recording: boolean;
}

export const EMPTY_ROOM: RoomState = {
  guests: new Map(),
  penalties: new Map(),
  open: false,
  locked: false,
  allMuted: false,
  recording: false,
};

/** Why a caller is not let in. */
export type RefuseReason = "full" | "locked" | "not allowed" | "wrong pin" | "try later";
export type LeaveReason = RefuseReason | "removed" | "ended" | "network" | "succeeded" | "hung up";

/** What one can do to a room from page, API, or telephone. */
export type RoomCommand =
  | { readonly kind: "mute"; readonly member: MemberId; readonly muted: boolean }
  | { readonly kind: "muteAll"; readonly muted: boolean }
  | { readonly kind: "remove"; readonly member: MemberId }
  | { readonly kind: "lock"; readonly locked: boolean }
  | { readonly kind: "record"; readonly on: boolean }
  | { readonly kind: "invite"; readonly number: string }
  | { readonly kind: "end" };

export type RoomTimer = "pin" | "naming" | "star" | "silent" | "probe" | "leaving" | "consent";

export type RoomInput =
  | {
    readonly kind: "enter";
    readonly member: MemberId;
    readonly caller: RoomCaller;
    /** Typed behind the room's code. */
    readonly pin?: string;
    /** Called out by the room itself: asked for nothing. */
    readonly invited?: boolean;
    /** Takes the place of a member, who leaves: asked for nothing, but bound by the room's rules for outside callers. */
    readonly succeeds?: MemberId;
  }
  | { readonly kind: "digit"; readonly member: MemberId; readonly digit: string }
  /** What was said to this member alone has been heard, or could not be. */
  | { readonly kind: "said"; readonly member: MemberId }
  /** The name is on disk, or could not be written. */
  | { readonly kind: "named"; readonly member: MemberId; readonly written: boolean }
  | { readonly kind: "held"; readonly member: MemberId; readonly held: boolean }
  | { readonly kind: "level"; readonly member: MemberId; readonly level: number }
  | { readonly kind: "silent"; readonly member: MemberId; readonly silent: boolean; readonly forMs: number }
  /** Answer to a probe: the far end still speaks SIP. */
  | { readonly kind: "alive"; readonly member: MemberId }
  | { readonly kind: "gone"; readonly member: MemberId }
  | { readonly kind: "timer"; readonly timer: RoomTimer; readonly member?: MemberId }
  | { readonly kind: "recordingFailed" }
  | { readonly kind: "command"; readonly command: RoomCommand };

export type RoomSound = "join" | "leave" | "consent";

export type RoomEffect =
  /** Makes or ends the mix. */
  | { readonly kind: "open" }
  | { readonly kind: "close" }
  | { readonly kind: "answer"; readonly member: MemberId }
  /** Not answered yet: a status, with the words where they can be heard before it. */
  | {
    readonly kind: "refuse";
    readonly member: MemberId;
    readonly reason: RefuseReason;
    readonly prompts: readonly string[];
    /** How long the pause lasts that wrong PINs earned. */
    readonly waitMs?: number;
  }
  /** To this member alone; `said` comes back. */
  | { readonly kind: "say"; readonly member: MemberId; readonly prompts: readonly string[] }
  /** Cuts short what is said to this member. */
  | { readonly kind: "hush"; readonly member: MemberId }
  | { readonly kind: "hangUp"; readonly member: MemberId; readonly reason: LeaveReason }
  /** In the mix with these properties, from now on or changed. */
  | { readonly kind: "mix"; readonly member: MemberId; readonly muted: boolean; readonly held: boolean }
  | { readonly kind: "unmix"; readonly member: MemberId }
  | { readonly kind: "music"; readonly on: boolean }
  /** To all: perhaps a tone, then perhaps the name that this member spoke, then words. */
  | {
    readonly kind: "announce";
    readonly sound?: RoomSound;
    readonly name?: MemberId;
    readonly prompts: readonly string[];
  }
  | { readonly kind: "recordName"; readonly member: MemberId; readonly on: boolean }
  | { readonly kind: "forgetName"; readonly member: MemberId }
  | { readonly kind: "record"; readonly on: boolean }
  | { readonly kind: "timer"; readonly timer: RoomTimer; readonly member?: MemberId; readonly ms: number }
  | { readonly kind: "cancel"; readonly timer: RoomTimer; readonly member?: MemberId }
  /** Every timer of this member. */
  | { readonly kind: "cancelAll"; readonly member: MemberId }
  | { readonly kind: "probe"; readonly member: MemberId }
  | { readonly kind: "invite"; readonly number: string }
  /** Something that the page shows has changed. */
  | { readonly kind: "changed" };

/** A room's settings and the clock's time at this step. */
export interface RoomRules {
  readonly settings: RoomSettings;
  readonly nowMs: number;
}

export interface RoomStep {
  readonly state: RoomState;
  readonly effects: readonly RoomEffect[];
}
