/** Coming in, going out, and what the others notice of it: tones, names, music, the end of the room. */

import type { Turn } from "./turn.ts";
import type { LeaveReason, MemberId, RoomGuest } from "./types.ts";

const CONSENT_EVERY_MS = 15_000;
/** A member that sends nothing is asked for a sign of life after so long, and is gone when none came soon. */
const PROBE_AFTER_MS = 5_000;
const PROBE_MS = 2_500;

/** Lets a guest into the room. */
export function join(turn: Turn, guest: RoomGuest): void {
  const { settings } = turn.rules;
  const muted = turn.allMuted && !guest.moderator;
  if (!turn.open) {
    turn.open = true;
    turn.emit({ kind: "open" });
  }
  turn.put({
    ...guest,
    sinceMs: turn.rules.nowMs,
    phase: { kind: "inside", muted, held: false, level: 0, star: false, silent: false },
  });
  turn.emit({ kind: "mix", member: guest.id, muted, held: false });
  const count = turn.present().length;
  const prompts: string[] = [];
  if (count === 1) prompts.push("room-alone");
  if (muted) prompts.push("room-muted");
  if (turn.recording) prompts.push("room-recording");
  if (prompts.length > 0) turn.say(guest.id, ...prompts);
  turn.emit({ kind: "music", on: count === 1 });
  if (count > 1) announceMove(turn, guest, "join");
  if (count > 1 && settings.record && !turn.recording) record(turn, true);
  turn.emit({ kind: "changed" });
}

/** Takes somebody out who has hung up, or is told why it must go, or cannot be reached any more. */
export function leave(
  turn: Turn,
  guest: RoomGuest,
  how: { readonly reason: LeaveReason; readonly prompts?: readonly string[] },
): void {
  const wasInside = guest.phase.kind === "inside";
  turn.emit({ kind: "cancelAll", member: guest.id });
  turn.guests.delete(guest.id);
  if (wasInside) turn.emit({ kind: "unmix", member: guest.id });
  if (how.prompts !== undefined) turn.sendAway(guest, { reason: how.reason, prompts: how.prompts });
  else if (how.reason !== "hung up") turn.emit({ kind: "hangUp", member: guest.id, reason: how.reason });
  if (wasInside) afterLeaving(turn, guest);
  if (guest.named) turn.emit({ kind: "forgetName", member: guest.id });
}

function afterLeaving(turn: Turn, guest: RoomGuest): void {
  const count = turn.present().length;
  if (count === 0) return closeRoom(turn);
  announceMove(turn, guest, "leave");
  if (count === 1) turn.emit({ kind: "music", on: true });
  turn.emit({ kind: "changed" });
}

/** The last one has gone: what was set for this meeting does not hold for the next. */
function closeRoom(turn: Turn): void {
  if (turn.recording) {
    turn.recording = false;
    turn.cancel("consent");
    turn.emit({ kind: "record", on: false });
  }
  turn.open = false;
  turn.locked = false;
  turn.allMuted = false;
  turn.emit({ kind: "music", on: false });
  turn.emit({ kind: "close" });
  turn.emit({ kind: "changed" });
}

function announceMove(turn: Turn, guest: RoomGuest, sound: "join" | "leave"): void {
  const word = sound === "join" ? "room-has-joined" : "room-has-left";
  turn.emit(
    guest.named
      ? { kind: "announce", sound, name: guest.id, prompts: [word] }
      : { kind: "announce", sound, prompts: [] },
  );
}

/** Begins or ends recording; everybody is told. */
export function record(turn: Turn, on: boolean): void {
  if (turn.recording === on || !turn.open) return;
  turn.recording = on;
  turn.emit({ kind: "record", on });
  turn.emit({ kind: "announce", prompts: [on ? "room-recording" : "room-recording-ended"] });
  if (on && turn.rules.settings.consentTone) turn.timer("consent", CONSENT_EVERY_MS);
  else turn.cancel("consent");
  turn.emit({ kind: "changed" });
}

/** Says by a tone that the recording goes on. */
export function consent(turn: Turn): void {
  if (!turn.recording) return;
  turn.emit({ kind: "announce", sound: "consent", prompts: [] });
  turn.timer("consent", CONSENT_EVERY_MS);
}

/** Nothing arrives from a member, or something does again. */
export function silent(
  turn: Turn,
  member: MemberId,
  how: { readonly silent: boolean; readonly forMs: number },
): void {
  const guest = turn.presentOne(member);
  if (guest === undefined || guest.phase.silent === how.silent) return;
  turn.change(guest, { silent: how.silent });
  if (!how.silent) {
    turn.cancel("silent", member);
    turn.cancel("probe", member);
  } else if (!guest.phase.held) {
    turn.timer("silent", Math.max(0, PROBE_AFTER_MS - how.forMs), member);
  }
}

/** Long silent: asks whether the telephone is still there. */
export function probe(turn: Turn, member: MemberId): void {
  const guest = turn.presentOne(member);
  if (guest === undefined || !guest.phase.silent || guest.phase.held) return;
  turn.emit({ kind: "probe", member });
  turn.timer("probe", PROBE_MS, member);
}

/** It is; a telephone that sends nothing while nobody speaks into it may stay. */
export function alive(turn: Turn, member: MemberId): void {
  const guest = turn.presentOne(member);
  if (guest === undefined || !guest.phase.silent) return;
  turn.cancel("probe", member);
  turn.timer("silent", PROBE_AFTER_MS, member);
}

/** A member puts the room on hold, or comes back; its hold music must not reach the room. */
export function held(turn: Turn, member: MemberId, isHeld: boolean): void {
  const guest = turn.presentOne(member);
  if (guest === undefined) return;
  turn.change(guest, { held: isHeld });
  if (isHeld) {
    turn.cancel("silent", member);
    turn.cancel("probe", member);
  } else if (guest.phase.silent) {
    turn.timer("silent", PROBE_AFTER_MS, member);
  }
}

/** Everybody hears that it is over; nobody hears the others leave. */
export function endForAll(turn: Turn): void {
  const guests = [...turn.guests.values()].filter((guest) => guest.phase.kind !== "leaving");
  for (const guest of guests) {
    turn.emit({ kind: "cancelAll", member: guest.id });
    turn.guests.delete(guest.id);
    if (guest.phase.kind === "inside") turn.emit({ kind: "unmix", member: guest.id });
    if (guest.named) turn.emit({ kind: "forgetName", member: guest.id });
  }
  if (turn.open) closeRoom(turn);
  for (const guest of guests) turn.sendAway(guest, { reason: "ended", prompts: ["room-ended"] });
}
