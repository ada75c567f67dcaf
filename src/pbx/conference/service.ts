/** All rooms of the server: finds or makes the one a caller asks for, hands events of the media plane to the right one. */

import type { RoomSettings } from "../../config/mod.ts";
import type { LegId, MediaEvent, RoomId } from "../../media/plane.ts";
import type { Directory } from "../directory/mod.ts";
import { Conference, type ConferenceOptions } from "./conference.ts";
import type { RoomCall, RoomHandle } from "./ports.ts";
import { type RoomView, viewRoom } from "./snapshot.ts";
import type { MemberId, RoomCommand } from "./types.ts";

export interface RoomServiceOptions extends ConferenceOptions {
  readonly directory: Directory;
}

/** How a caller comes: by the room's number, by `*6*ROOM*PIN`, called out by the room itself, or in a member's place. */
export interface RoomEntry {
  readonly pin?: string;
  readonly invited?: boolean;
  /** Call of the member who gives up its place for this caller. */
  readonly succeeds?: MemberId;
}

export class RoomService {
  readonly #options: RoomServiceOptions;
  readonly #rooms = new Map<string, Conference>();
  #count = 0;

  /** Listens to the plane's events from now on. */
  constructor(options: RoomServiceOptions) {
    this.#options = options;
    options.plane.onEvent((event) => this.#mediaEvent(event));
  }

  /** Brings a caller to a room's door. What follows is told to `call.control`, the caller's doings to the handle. */
  enter(
    call: RoomCall,
    to: { readonly domain: string; readonly room: RoomSettings; readonly entry: RoomEntry },
  ): RoomHandle {
    const conference = this.#conference(to.domain, to.room);
    conference.addCall(call);
    conference.dispatch({ kind: "enter", member: call.id, caller: call.caller, ...to.entry });
    this.#sweep();
    const member = call.id;
    return {
      digit: (digit) => conference.dispatch({ kind: "digit", member, digit }),
      held: (held) => conference.dispatch({ kind: "held", member, held }),
      gone: () => {
        conference.dispatch({ kind: "gone", member });
        this.#sweep();
      },
    };
  }

  /** A command from page or API; false when there is no such room. An empty room can be told to invite. */
  command(domain: string, number: string, command: RoomCommand): boolean {
    const settings = this.#settings(domain, number);
    if (settings === undefined) return false;
    this.#conference(domain, settings).dispatch({ kind: "command", command });
    this.#sweep();
    return true;
  }

  /** One room as it is now; undefined when there is no such room. An empty one is shown too. */
  async view(domain: string, number: string): Promise<RoomView | undefined> {
    const settings = this.#settings(domain, number);
    if (settings === undefined) return undefined;
    const view = await viewRoom(this.#conference(domain, settings), this.#options.plane);
    this.#sweep();
    return view;
  }

  /** The rooms in which somebody is. */
  async views(): Promise<readonly RoomView[]> {
    const occupied = [...this.#rooms.values()].filter((conference) => conference.state.guests.size > 0);
    return await Promise.all(occupied.map((conference) => viewRoom(conference, this.#options.plane)));
  }

  /** A leg of the room, for the thread on which a called-out member should be. */
  nearLeg(domain: string, number: string): LegId | undefined {
    const conference = this.#rooms.get(key(domain, number));
    for (const member of conference?.state.guests.keys() ?? []) {
      const leg = conference!.legOf(member);
      if (leg !== undefined) return leg;
    }
    return undefined;
  }

  #settings(domain: string, number: string): RoomSettings | undefined {
    const found = this.#options.directory.find(domain, number);
    return found?.kind === "room" ? found.room : undefined;
  }

  /** The running room, or a new one. Settings are looked up at every step; those of a deleted room stay as they were. */
  #conference(domain: string, settings: RoomSettings): Conference {
    const id = key(domain, settings.number);
    const running = this.#rooms.get(id);
    if (running !== undefined) return running;
    const { directory } = this.#options;
    let latest = settings;
    const room: RoomId = `${id}#${++this.#count}`;
    const conference = new Conference(this.#options, {
      domain,
      room,
      settings: () => latest = this.#settings(domain, settings.number) ?? latest,
      locale: () => latest.locale ?? directory.domain(domain)?.locale ?? "en",
    });
    this.#rooms.set(id, conference);
    return conference;
  }

  #mediaEvent(event: MediaEvent): void {
    for (const conference of this.#rooms.values()) conference.mediaEvent(event);
    if (event.kind === "recorded" || event.kind === "played") this.#sweep();
  }

  /** Forgets rooms in which nothing is left to remember. */
  #sweep(): void {
    for (const [id, conference] of this.#rooms) if (conference.isIdle) this.#rooms.delete(id);
  }
}

function key(domain: string, number: string): string {
  return `${domain.toLowerCase()}/${number}`;
}
