/** A room as page and API see it. */

import type { LegReport, MediaPlane, SrtpSuiteName } from "../../media/plane.ts";
import type { Conference } from "./conference.ts";
import type { MemberId, RoomGuest } from "./types.ts";

export interface RoomView {
  readonly domain: string;
  readonly number: string;
  readonly name: string;
  readonly capacity: number;
  readonly locked: boolean;
  readonly allMuted: boolean;
  readonly recording: boolean;
  readonly members: readonly MemberView[];
}

export interface MemberView {
  readonly id: MemberId;
  readonly number: string;
  readonly name?: string;
  readonly outside: boolean;
  readonly moderator: boolean;
  readonly sinceMs: number;
  /** At the door: types the PIN or speaks its name. Leaving: hears a last word. */
  readonly where: "door" | "inside" | "leaving";
  readonly muted: boolean;
  readonly held: boolean;
  /** 0–100; 0 while silent. */
  readonly level: number;
  /** Nothing arrives from it. */
  readonly silent: boolean;
  readonly media?: MemberMedia;
}

export interface MemberMedia {
  readonly codec?: string;
  /** Absent: not encrypted. */
  readonly suite?: SrtpSuiteName;
  /** Share of its packets that never came or came too late, in percent. */
  readonly lossPercent: number;
  readonly jitterMs: number;
  readonly roundTripMs?: number;
  readonly mos?: number;
}

/** The room now, with the media measured; a member whose leg has just gone is shown without. */
export async function viewRoom(conference: Conference, plane: MediaPlane): Promise<RoomView> {
  const { state, identity } = conference;
  const guests = [...state.guests.values()];
  const reports = await Promise.all(guests.map((guest) => {
    const leg = conference.legOf(guest.id);
    return leg === undefined ? undefined : plane.measure(leg);
  }));
  const { number, name, capacity } = identity.settings();
  return {
    domain: identity.domain,
    number,
    name,
    capacity,
    locked: state.locked,
    allMuted: state.allMuted,
    recording: state.recording,
    members: guests.map((guest, i) => viewMember(guest, reports[i])),
  };
}

function viewMember(guest: RoomGuest, report: LegReport | undefined): MemberView {
  const { id, caller, moderator, sinceMs, phase } = guest;
  const inside = phase.kind === "inside" ? phase : undefined;
  const media = viewMedia(report);
  return {
    id,
    number: caller.number,
    ...(caller.name === undefined ? {} : { name: caller.name }),
    outside: caller.outside,
    moderator,
    sinceMs,
    where: inside !== undefined ? "inside" : phase.kind === "leaving" ? "leaving" : "door",
    muted: inside?.muted ?? false,
    held: inside?.held ?? false,
    level: inside?.level ?? 0,
    silent: inside?.silent ?? false,
    ...(media === undefined ? {} : { media }),
  };
}

function viewMedia(report: LegReport | undefined): MemberMedia | undefined {
  const stream = report?.streams[0];
  if (stream === undefined) return undefined;
  const { encoding, suite, lost, late, packetsReceived, jitterMs, roundTripMs, mos } = stream;
  const expected = packetsReceived + lost;
  return {
    ...(encoding === undefined ? {} : { codec: encoding }),
    ...(suite === undefined ? {} : { suite }),
    lossPercent: expected === 0 ? 0 : Math.round((lost + late) / expected * 1000) / 10,
    jitterMs,
    ...(roundTripMs === undefined ? {} : { roundTripMs }),
    ...(mos === undefined ? {} : { mos }),
  };
}
