/** One step of the room machine in the making: a draft of the state, and the effects so far. */

import type {
  LeaveReason,
  MemberId,
  MemberPhase,
  Penalty,
  RoomEffect,
  RoomGuest,
  RoomRules,
  RoomState,
  RoomStep,
  RoomTimer,
} from "./types.ts";

/** How long a last word may take before the member is hung up on all the same. */
const LAST_WORD_MS = 10_000;

export type Inside = Extract<MemberPhase, { kind: "inside" }>;
/** A guest who is in the room. */
export interface Present extends RoomGuest {
  readonly phase: Inside;
}

export class Turn {
  readonly guests: Map<MemberId, RoomGuest>;
  readonly penalties: Map<string, Penalty>;
  readonly effects: RoomEffect[] = [];
  readonly rules: RoomRules;
  open: boolean;
  locked: boolean;
  allMuted: boolean;
  recording: boolean;

  constructor(state: RoomState, rules: RoomRules) {
    this.guests = new Map(state.guests);
    this.penalties = new Map(state.penalties);
    this.rules = rules;
    this.open = state.open;
    this.locked = state.locked;
    this.allMuted = state.allMuted;
    this.recording = state.recording;
  }

  done(): RoomStep {
    const { guests, penalties, open, locked, allMuted, recording } = this;
    return { state: { guests, penalties, open, locked, allMuted, recording }, effects: this.effects };
  }

  emit(effect: RoomEffect): void {
    this.effects.push(effect);
  }

  /** Those in the room, in the order in which they came. */
  present(): Present[] {
    const present: Present[] = [];
    for (const guest of this.guests.values()) if (isPresent(guest)) present.push(guest);
    return present;
  }

  presentOne(member: MemberId): Present | undefined {
    const guest = this.guests.get(member);
    return guest !== undefined && isPresent(guest) ? guest : undefined;
  }

  put(guest: RoomGuest): void {
    this.guests.set(guest.id, guest);
  }

  /** Changes what is known of somebody in the room, and the mix where that follows from it. */
  change(guest: Present, change: Partial<Inside>): void {
    const phase = { ...guest.phase, ...change };
    this.put({ ...guest, phase });
    if (phase.muted !== guest.phase.muted || phase.held !== guest.phase.held) {
      this.emit({ kind: "mix", member: guest.id, muted: phase.muted, held: phase.held });
      this.emit({ kind: "changed" });
    }
  }

  say(member: MemberId, ...prompts: string[]): void {
    this.emit({ kind: "say", member, prompts });
  }

  timer(timer: RoomTimer, ms: number, member?: MemberId): void {
    this.emit(member === undefined ? { kind: "timer", timer, ms } : { kind: "timer", timer, member, ms });
  }

  cancel(timer: RoomTimer, member?: MemberId): void {
    this.emit(member === undefined ? { kind: "cancel", timer } : { kind: "cancel", timer, member });
  }

  /** Sends an answered guest away with a last word. */
  sendAway(
    guest: RoomGuest,
    last: { readonly reason: LeaveReason; readonly prompts: readonly string[] },
  ): void {
    this.put({ ...guest, phase: { kind: "leaving", reason: last.reason } });
    this.emit({ kind: "say", member: guest.id, prompts: last.prompts });
    this.timer("leaving", LAST_WORD_MS, guest.id);
  }
}

function isPresent(guest: RoomGuest): guest is Present {
  return guest.phase.kind === "inside";
}
