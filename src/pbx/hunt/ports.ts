/** What the hunt needs from outside: phones to ring, a caller to entertain, facts about members. */

import type { CallRecordEvent } from "../ports.ts";
import type { ExhaustedReason, MissReason } from "./plan.ts";

/** How the member's phone is told that the call came through a group (`Alert-Info`, display name). */
export interface GroupLabel {
  readonly number: string;
  readonly name: string;
  /** True when the group's name shall stand before the caller's on the display. */
  readonly show: boolean;
}

/** The call engine's side of one caller. No verb may throw; each may call back into the hunt at once. */
export interface CallControl {
  /** Rings `extension` on all its devices, without its forwards. Tell `ringing`, `answered` or `failed`. */
  ring(attempt: number, extension: string, group: GroupLabel): void;
  /** Ends an attempt: CANCEL, or BYE where an answer crossed. Nothing needs to be told back. */
  release(attempt: number, reason: MissReason): void;
  /** Joins the caller and the attempt that answered. */
  connect(attempt: number): void;
  /** Nobody could be had: send the caller on to this number of the domain. */
  forward(to: string, reason: ExhaustedReason): void;
  /** Nobody could be had, and there is nowhere to go. */
  refuse(reason: ExhaustedReason): void;
}

/** What the caller hears while nobody is free. */
export interface WaitingRoom {
  /** Begins the waiting music; `source` is the queue's own, absent: the default. It goes on until connect or forward. */
  music(source?: string): void;
  /** Says "you are number N" once, over the music. */
  position(place: number): void;
}

/** One caller. */
export interface HuntCall {
  /** The call's id, for records and status. */
  readonly id: string;
  readonly control: CallControl;
  readonly waiting: WaitingRoom;
  /** Takes notes for the call record. */
  note(event: CallRecordEvent): void;
}

/** What is known of an extension now. Calls count every leg of it that rings or talks, those of groups included. */
export interface MemberFacts {
  /** Start of the oldest present registration; absent: not registered. */
  readonly registeredAt?: number;
  readonly calls: number;
  readonly lastCallEndedAt?: number;
  readonly doNotDisturb: boolean;
  readonly callWaiting: boolean;
  readonly maxCalls: number;
}

export interface MemberPort {
  /** Undefined for an extension that does not exist or is disabled. Asked often: answer from memory. */
  facts(domain: string, extension: string): MemberFacts | undefined;
}
