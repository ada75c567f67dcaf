/** Joins rooms with calls: callers come in, are spoken to, and leave; the room itself can call people out. */

import type { RoomSettings } from "../config/mod.ts";
import type { LegId, PlaySource } from "../media/plane.ts";
import {
  type Call,
  type CallEngine,
  type CallService,
  commonFormats,
  type Failure,
  failure,
  type Leg,
  ROOM_FORMATS,
  serverWishes,
  WIDEBAND_FORMATS,
} from "../pbx/call/mod.ts";
import type {
  LeaveReason,
  RefuseReason,
  RoomCall,
  RoomControl,
  RoomHandle,
  RoomService,
} from "../pbx/conference/mod.ts";
import type { RtpFormat } from "../sdp/mod.ts";
import { refuseWith } from "./announcement.ts";

export interface RoomDeskOptions {
  readonly engine: CallEngine;
  readonly rooms: () => RoomService;
}

export class RoomDesk {
  readonly #options: RoomDeskOptions;

  constructor(options: RoomDeskOptions) {
    this.#options = options;
  }

  /** Brings the caller of `call` to the room's door. */
  enter(
    call: Call,
    domain: string,
    to: { room: RoomSettings; pin?: string; invited?: boolean; succeeds?: string },
  ): void {
    const { engine, rooms } = this.#options;
    const { room, pin, invited, succeeds } = to;
    const guest = new Guest(engine, call, formatsOf(room));
    const { number, name, line } = call.near.party;
    const entry: RoomCall = {
      id: call.id,
      caller: { number, ...(name && { name }), outside: line !== undefined },
      control: guest,
    };
    call.watch(guest);
    call.record.room = room.number;
    guest.handle = rooms().enter(entry, {
      domain,
      room,
      entry: {
        ...(pin !== undefined && { pin }),
        ...(invited !== undefined && { invited }),
        ...(succeeds !== undefined && { succeeds }),
      },
    });
  }

  /** Calls `number` out; whoever answers comes in without being asked for a PIN. */
  invite(domain: string, room: RoomSettings, number: string): void {
    const { engine } = this.#options;
    engine.callOut({
      domain,
      to: number,
      caller: { domain, number: room.number, name: room.name, isPrivate: false },
      wanted: serverWishes(formatsOf(room)),
      answered: (call) => this.enter(call, domain, { room, invited: true }),
    });
  }
}

/** Every Opus member needs an encoder of its own: in a room of hundreds the thread would not keep the beat. */
const MOST_WITH_OPUS = 32;

function formatsOf(room: RoomSettings): readonly RtpFormat[] {
  return room.capacity <= MOST_WITH_OPUS ? ROOM_FORMATS : WIDEBAND_FORMATS;
}

/** One caller of a room. */
class Guest implements RoomControl, CallService {
  handle: RoomHandle | undefined;
  readonly #engine: CallEngine;
  readonly #call: Call;
  readonly #formats: readonly RtpFormat[];

  constructor(engine: CallEngine, call: Call, formats: readonly RtpFormat[]) {
    this.#engine = engine;
    this.#call = call;
    this.#formats = formats;
  }

  answer(_options: { readonly near?: LegId }): { readonly leg: LegId; readonly stream: number } | undefined {
    const call = this.#call;
    const isServed = call.serve(this, this.#formats);
    const media = call.near.media!;
    // A call that was answered elsewhere before may speak what the mix does not know.
    const isStrange = media.isDescribed && commonFormats(media.audioFormats, ROOM_FORMATS).length === 0;
    if (!isServed || isStrange) {
      call.refuse(failure("not acceptable"));
      return undefined;
    }
    call.record.answered("room");
    call.arrived();
    return { leg: media.leg, stream: 0 };
  }

  refuse(reason: RefuseReason, details: { readonly words: PlaySource; readonly waitMs?: number }): void {
    const { words, waitMs } = details;
    this.#call.watch(undefined);
    refuseWith(this.#engine, this.#call, {
      words,
      failure: {
        ...REFUSALS[reason],
        ...(waitMs !== undefined && { retryAfterSec: Math.ceil(waitMs / 1000) }),
      },
    });
  }

  hangUp(reason: LeaveReason): void {
    this.#call.record.event("left room", { detail: reason });
    this.#call.hangUp("answered");
  }

  /** OPTIONS within the dialog: whoever answers at all is still there. */
  probe(): Promise<boolean> {
    return new Promise((resolve) => {
      const leg: Leg = this.#call.near;
      if (leg.hasEnded) return resolve(false);
      leg.session.request({ method: "OPTIONS" }, (outcome) => resolve(outcome.kind === "response"));
    });
  }

  digit(digit: string): void {
    this.handle?.digit(digit);
  }

  held(held: boolean): void {
    this.handle?.held(held);
  }

  callerGone(): void {
    this.handle?.gone();
  }
}

const REFUSALS: Record<RefuseReason, Failure> = {
  "full": failure("busy", { reasonPhrase: "Room is full" }),
  "locked": failure("not allowed", { reasonPhrase: "Room is locked" }),
  "not allowed": failure("not allowed", { reasonPhrase: "Room is for extensions of the house" }),
  "wrong pin": failure("not allowed", { reasonPhrase: "Wrong PIN" }),
  "try later": failure("not allowed", { reasonPhrase: "Too many wrong PINs: try later" }),
};
