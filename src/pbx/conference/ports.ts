/** What rooms need from outside: callers to answer, words to say, files to record to, somebody who dials out. */

import type { Locale, RoomSettings } from "../../config/mod.ts";
import type { LegId, PlaySource } from "../../media/plane.ts";
import type { LeaveReason, MemberId, RefuseReason, RoomCaller } from "./types.ts";

/** The call engine's side of one caller. No verb may throw; each may call back into the room at once. */
export interface RoomControl {
  /**
   * Answers the caller with codecs that the server can mix; `near` is a leg of the same room, on whose thread this one
   * must be. Undefined: there is no such codec, and the call has ended.
   */
  answer(options: { readonly near?: LegId }): { readonly leg: LegId; readonly stream: number } | undefined;
  /**
   * Refuses a caller that was not answered: the words as early media where that is possible, then the status; `waitMs` is
   * how long a new try is in vain.
   */
  refuse(reason: RefuseReason, details: { readonly words: PlaySource; readonly waitMs?: number }): void;
  hangUp(reason: LeaveReason): void;
  /** Asks the far end for a sign of life within its dialog; false, or never, when none comes. */
  probe(): Promise<boolean>;
}

/** One caller. */
export interface RoomCall {
  readonly id: MemberId;
  readonly caller: RoomCaller;
  readonly control: RoomControl;
}

/** What the call engine tells the room about the caller. */
export interface RoomHandle {
  digit(digit: string): void;
  /** The far end put us on hold, or came back. */
  held(held: boolean): void;
  /** The caller has hung up or was lost; nothing more may be asked of its control. */
  gone(): void;
}

export interface RoomSounds {
  /** Files that say these prompts in turn. */
  say(prompts: readonly string[], locale: Locale): PlaySource & { readonly kind: "files" };
  music(name?: string): PlaySource;
}

/** One finished recording, as it is kept. Times in milliseconds since the epoch. */
export interface RoomRecording {
  readonly domain: string;
  readonly room: string;
  readonly path: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly seconds: number;
  /** Numbers of all who were in the room meanwhile. */
  readonly members: readonly string[];
  readonly error?: string;
}

export interface RoomFiles {
  /** Where a recording that begins now goes. */
  recordingPath(domain: string, room: string, startedAt: number): string;
  recorded(recording: RoomRecording): void;
  /** Where a spoken name goes until its owner has left. */
  namePath(call: MemberId): string;
  remove(path: string): void;
}

export interface RoomDialer {
  /** Calls `number` of the domain; the answered call enters the room as invited. */
  invite(domain: string, room: RoomSettings, number: string): void;
}
