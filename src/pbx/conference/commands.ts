/** What members and the page do to a room: mute, lock, remove, record, invite, end. */

import { endForAll, leave, record } from "./presence.ts";
import type { Present, Turn } from "./turn.ts";
import type { RoomCommand } from "./types.ts";

/** A star waits so long for its digit. */
const STAR_MS = 4_000;

/** A digit typed in the room: `*1` own mute, `*0` menu; moderators `*2` lock, `*3` mute all. */
export function insideDigit(turn: Turn, guest: Present, digit: string): void {
  if (digit === "*") {
    turn.change(guest, { star: true });
    turn.timer("star", STAR_MS, guest.id);
    return;
  }
  if (!guest.phase.star) return;
  turn.cancel("star", guest.id);
  turn.change(guest, { star: false });
  const now = turn.presentOne(guest.id)!;
  if (digit === "1") mute(turn, now, !now.phase.muted);
  else if (digit === "0") turn.say(now.id, "room-menu", ...(now.moderator ? ["room-menu-moderator"] : []));
  else if (digit === "2" && now.moderator) {
    lock(turn, !turn.locked);
    turn.say(now.id, turn.locked ? "room-now-locked" : "room-now-unlocked");
  } else if (digit === "3" && now.moderator) muteAll(turn, !turn.allMuted);
}

/** A command from page or API. */
export function obey(turn: Turn, command: RoomCommand): void {
  switch (command.kind) {
    case "mute": {
      const guest = turn.presentOne(command.member);
      if (guest !== undefined) mute(turn, guest, command.muted);
      return;
    }
    case "muteAll":
      return muteAll(turn, command.muted);
    case "remove": {
      const guest = turn.guests.get(command.member);
      if (guest !== undefined && guest.phase.kind !== "leaving") {
        leave(turn, guest, { reason: "removed", prompts: ["room-removed"] });
      }
      return;
    }
    case "lock":
      return lock(turn, command.locked);
    case "record":
      return record(turn, command.on);
    case "invite":
      return turn.emit({ kind: "invite", number: command.number });
    case "end":
      return endForAll(turn);
    default:
      command satisfies never;
  }
}

function mute(turn: Turn, guest: Present, muted: boolean): void {
  if (guest.phase.muted === muted) return;
  turn.change(guest, { muted });
  turn.say(guest.id, muted ? "room-muted" : "room-unmuted");
}

/** Moderators keep their voice. Members may take theirs back with `*1`. */
function muteAll(turn: Turn, muted: boolean): void {
  if (!turn.open) return;
  turn.allMuted = muted;
  for (const guest of turn.present()) {
    if (!guest.moderator) turn.change(guest, { muted });
    turn.say(guest.id, muted ? "room-all-muted" : "room-all-unmuted");
  }
  turn.emit({ kind: "changed" });
}

function lock(turn: Turn, locked: boolean): void {
  if (!turn.open || turn.locked === locked) return;
  turn.locked = locked;
  turn.emit({ kind: "changed" });
}
