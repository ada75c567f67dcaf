/** The door of a room: who may come in, the PIN, the spoken name. */

import { join, leave } from "./presence.ts";
import type { Turn } from "./turn.ts";
import type { Penalty, RefuseReason, RoomCaller, RoomGuest, RoomInput } from "./types.ts";

/** Wrong PINs before the pause. */
export const PIN_TRIES = 3;
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** Wrong PINs are forgotten so long after the last of them. */
const FORGIVEN_AFTER_MS = 86_400_000;
const MAX_PIN_DIGITS = 20;
/** Time for the first digit, the prompt included, and between digits; then what is typed counts without a hash. */
const FIRST_DIGIT_MS = 15_000;
const NEXT_DIGIT_MS = 4_000;
/** For the prompt, for the name, and for its file. */
const NAME_PROMPT_MS = 10_000;
const NAME_MS = 4_000;
const WRITING_MS = 2_000;

const LAST_WORDS: Record<RefuseReason, readonly string[]> = {
  "full": ["room-full"],
  "locked": ["room-locked"],
  "not allowed": ["room-no-outside"],
  "wrong pin": ["room-wrong-pin", "room-try-later"],
  "try later": ["room-try-later"],
};

type Role = "moderator" | "member";

/** A caller stands at the door. */
export function enter(turn: Turn, input: Extract<RoomInput, { kind: "enter" }>): void {
  const { settings, nowMs } = turn.rules;
  if (turn.guests.has(input.member)) return;
  const { caller, invited = false } = input;
  const former = input.succeeds === undefined ? undefined : turn.presentOne(input.succeeds);
  const isVouchedFor = invited || former !== undefined;
  const refuse = (reason: RefuseReason, waitMs?: number) =>
    turn.emit({
      kind: "refuse",
      member: input.member,
      reason,
      prompts: LAST_WORDS[reason],
      ...(waitMs !== undefined && { waitMs }),
    });
  if (caller.outside && !settings.allowOutside && !invited) return refuse("not allowed");
  forgive(turn);
  const penalty = penaltyOf(turn, caller);
  if (!isVouchedFor && penalty.untilMs > nowMs) return refuse("try later", penalty.untilMs - nowMs);
  const guest: RoomGuest = {
    id: input.member,
    caller,
    moderator: false,
    sinceMs: nowMs,
    named: false,
    phase: { kind: "pin", digits: "" },
  };
  const role = isVouchedFor ? "member" : roleOf(turn, input.pin);
  const obstacle = role === undefined ? closedDoor(turn) : barrier(turn, role, invited);
  if (obstacle !== undefined && former === undefined) return refuse(obstacle);
  turn.put(guest);
  turn.emit({ kind: "answer", member: guest.id });
  if (former !== undefined) leave(turn, former, { reason: "succeeded" });
  if (role !== undefined) welcome(turn, guest, role);
  else if (input.pin !== undefined) wrongPin(turn, guest);
  else askPin(turn, guest, ["room-enter-pin"]);
}

/** A digit of the PIN; `#` ends it, `*` begins anew. */
export function pinDigit(turn: Turn, guest: RoomGuest, digit: string): void {
  if (guest.phase.kind !== "pin") return;
  const { digits } = guest.phase;
  if (digits === "") turn.emit({ kind: "hush", member: guest.id });
  if (digit === "#") return checkPin(turn, guest);
  const typed = digit === "*" ? "" : (digits + digit).slice(0, MAX_PIN_DIGITS);
  turn.put({ ...guest, phase: { kind: "pin", digits: typed } });
  turn.timer("pin", NEXT_DIGIT_MS, guest.id);
}

/** What was typed so far is all there is. */
export function checkPin(turn: Turn, guest: RoomGuest): void {
  if (guest.phase.kind !== "pin") return;
  turn.cancel("pin", guest.id);
  const role = roleOf(turn, guest.phase.digits);
  if (role === undefined) return wrongPin(turn, guest);
  const obstacle = barrier(turn, role, false);
  if (obstacle !== undefined) {
    return turn.sendAway(guest, { reason: obstacle, prompts: LAST_WORDS[obstacle] });
  }
  // A right PIN from outside forgives nothing: another caller may have typed the wrong ones.
  if (!guest.caller.outside) turn.penalties.delete(penaltyKey(guest.caller));
  welcome(turn, guest, role);
}

/** Goes on with the name: the prompt has been heard, or the name spoken, or the file did not come in time. */
export function nextNameStep(turn: Turn, guest: RoomGuest): void {
  if (guest.phase.kind !== "naming") return;
  const { step } = guest.phase;
  if (step === "writing") return nameWritten(turn, guest, false);
  const speaking = step === "prompt";
  turn.put({ ...guest, phase: { kind: "naming", step: speaking ? "speaking" : "writing" } });
  turn.emit({ kind: "recordName", member: guest.id, on: speaking });
  turn.timer("naming", speaking ? NAME_MS : WRITING_MS, guest.id);
}

/** The name is on disk, or will be missing. */
export function nameWritten(turn: Turn, guest: RoomGuest, written: boolean): void {
  if (guest.phase.kind !== "naming") return;
  turn.cancel("naming", guest.id);
  const named = { ...guest, named: written };
  const obstacle = barrier(turn, guest.moderator ? "moderator" : "member", false);
  if (obstacle === undefined) return join(turn, named);
  turn.sendAway(named, { reason: obstacle, prompts: LAST_WORDS[obstacle] });
}

function welcome(turn: Turn, guest: RoomGuest, role: Role): void {
  const known = { ...guest, moderator: role === "moderator" };
  if (!turn.rules.settings.announceNames) return join(turn, known);
  turn.put({ ...known, phase: { kind: "naming", step: "prompt" } });
  turn.say(guest.id, "room-say-name", "tone-name");
  turn.timer("naming", NAME_PROMPT_MS, guest.id);
}

function askPin(turn: Turn, guest: RoomGuest, prompts: readonly string[]): void {
  turn.put({ ...guest, phase: { kind: "pin", digits: "" } });
  turn.say(guest.id, ...prompts);
  turn.timer("pin", FIRST_DIGIT_MS, guest.id);
}

/** Every third wrong PIN leads to a pause, each twice as long as the one before. */
function wrongPin(turn: Turn, guest: RoomGuest): void {
  const { nowMs } = turn.rules;
  const before = penaltyOf(turn, guest.caller);
  const wrong = before.wrong + 1, full = wrong % PIN_TRIES === 0;
  const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (wrong / PIN_TRIES - 1));
  const untilMs = full ? nowMs + pauseMs : before.untilMs;
  turn.penalties.set(penaltyKey(guest.caller), { wrong, lastMs: nowMs, untilMs });
  if (untilMs > nowMs) turn.sendAway(guest, { reason: "wrong pin", prompts: LAST_WORDS["wrong pin"] });
  else askPin(turn, guest, ["room-wrong-pin", "room-enter-pin"]);
}

/** Undefined: the PIN is wrong, or one must be asked for. */
function roleOf(turn: Turn, pin: string | undefined): Role | undefined {
  const { settings } = turn.rules;
  if (pin === undefined) return settings.pin === undefined ? "member" : undefined;
  if (pin !== "" && pin === settings.moderatorPin) return "moderator";
  return pin === (settings.pin ?? "") ? "member" : undefined;
}

/** Why somebody with this role cannot come in now. */
function barrier(turn: Turn, role: Role, invited: boolean): RefuseReason | undefined {
  if (turn.locked && role !== "moderator" && !invited) return "locked";
  return turn.present().length >= turn.rules.settings.capacity ? "full" : undefined;
}

/** A locked room need not ask for a PIN that opens nothing. */
function closedDoor(turn: Turn): RefuseReason | undefined {
  return turn.locked && turn.rules.settings.moderatorPin === undefined
    ? "locked"
    : barrier(turn, "moderator", false);
}

function penaltyKey(caller: RoomCaller): string {
  return caller.outside ? "outside" : `extension ${caller.number}`;
}

function penaltyOf(turn: Turn, caller: RoomCaller): Penalty {
  return turn.penalties.get(penaltyKey(caller)) ?? { wrong: 0, lastMs: 0, untilMs: 0 };
}

function forgive(turn: Turn): void {
  for (const [key, { lastMs }] of turn.penalties) {
    if (lastMs + FORGIVEN_AFTER_MS < turn.rules.nowMs) turn.penalties.delete(key);
  }
}
