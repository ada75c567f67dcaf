/**
 * The machine of one conference room: who stands at the door, who is inside, what they may do. Pure: state and input
 * in, state and effects out; PINs, timers, sounds and the mix are effects that a shell carries out.
 *
 *     closed ──first one in──► open: 1 member, music ──second──► open: talk, perhaps recorded ──last one out──► closed
 *
 * What each member goes through is drawn at {@linkcode MemberPhase}.
 */

import { insideDigit, obey } from "./commands.ts";
import { checkPin, enter, nameWritten, nextNameStep, pinDigit } from "./entry.ts";
import { alive, consent, held, leave, probe, silent } from "./presence.ts";
import { Turn } from "./turn.ts";
import type { RoomGuest, RoomInput, RoomRules, RoomState, RoomStep } from "./types.ts";

/** Level differences below this are not worth a message to every open page. */
const LEVEL_STEP = 5;

/** Advances the room by one input. Inputs about members who are no longer there change nothing. */
export function step(state: RoomState, input: RoomInput, rules: RoomRules): RoomStep {
  const turn = new Turn(state, rules);
  if (input.kind === "enter") enter(turn, input);
  else if (input.kind === "command") obey(turn, input.command);
  else if (input.kind === "recordingFailed") recordingFailed(turn);
  else if (input.kind === "timer" && input.member === undefined) consent(turn);
  else {
    const guest = input.member === undefined ? undefined : turn.guests.get(input.member);
    if (guest !== undefined) about(turn, guest, input);
  }
  return turn.done();
}

type AboutGuest = Exclude<RoomInput, { kind: "enter" | "command" | "recordingFailed" }>;

/** Something happened to one guest. */
function about(turn: Turn, guest: RoomGuest, input: AboutGuest): void {
  switch (input.kind) {
    case "digit":
      return digit(turn, guest, input.digit);
    case "said":
      return said(turn, guest);
    case "named":
      return nameWritten(turn, guest, input.written);
    case "held":
      return held(turn, guest.id, input.held);
    case "level":
      return level(turn, guest, input.level);
    case "silent":
      return silent(turn, guest.id, input);
    case "alive":
      return alive(turn, guest.id);
    case "gone":
      return leave(turn, guest, { reason: "hung up" });
    case "timer":
      return timer(turn, guest, input.timer);
    default:
      input satisfies never;
  }
}

function digit(turn: Turn, guest: RoomGuest, key: string): void {
  const present = turn.presentOne(guest.id);
  if (present !== undefined) insideDigit(turn, present, key);
  else if (guest.phase.kind === "pin") pinDigit(turn, guest, key);
  else if (guest.phase.kind === "naming" && guest.phase.step === "speaking" && key === "#") {
    nextNameStep(turn, guest);
  }
}

function said(turn: Turn, guest: RoomGuest): void {
  if (guest.phase.kind === "naming" && guest.phase.step === "prompt") nextNameStep(turn, guest);
  else if (guest.phase.kind === "leaving") leave(turn, guest, { reason: guest.phase.reason });
}

function timer(turn: Turn, guest: RoomGuest, name: Extract<RoomInput, { kind: "timer" }>["timer"]): void {
  switch (name) {
    case "pin":
      return checkPin(turn, guest);
    case "naming":
      return nextNameStep(turn, guest);
    case "star": {
      const present = turn.presentOne(guest.id);
      return present === undefined ? undefined : turn.change(present, { star: false });
    }
    case "silent":
      return probe(turn, guest.id);
    case "probe":
      return guest.phase.kind === "inside" ? leave(turn, guest, { reason: "network" }) : undefined;
    case "leaving":
      return said(turn, guest);
    case "consent":
      return;
    default:
      name satisfies never;
  }
}

function level(turn: Turn, guest: RoomGuest, now: number): void {
  const present = turn.presentOne(guest.id);
  if (present === undefined || Math.abs(present.phase.level - now) < (now === 0 ? 1 : LEVEL_STEP)) return;
  turn.change(present, { level: now });
  turn.emit({ kind: "changed" });
}

/** The disk is full or gone: the conference goes on, and nobody should believe that it is recorded. */
function recordingFailed(turn: Turn): void {
  if (!turn.recording) return;
  turn.recording = false;
  turn.cancel("consent");
  turn.emit({ kind: "announce", prompts: ["room-recording-ended"] });
  turn.emit({ kind: "changed" });
}
