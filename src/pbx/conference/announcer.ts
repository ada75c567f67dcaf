/** What all members of one room hear besides each other: announcements one after the other, and music beneath. */

import type { Clock, Timer } from "../../base/mod.ts";
import type { MediaPlane, PlaySource, RoomId } from "../../media/plane.ts";

/** When many come at once, the oldest announcements are dropped. */
const MAX_WAITING = 4;
/** An announcement that does not end by itself is over after this. */
const LONGEST_MS = 15_000;

export class Announcer {
  readonly #plane: MediaPlane;
  readonly #clock: Clock;
  readonly #room: RoomId;
  readonly #waiting: PlaySource[] = [];
  #music: PlaySource | undefined;
  #current: { readonly tag: string; readonly timer: Timer } | undefined;
  #count = 0;

  constructor(options: { readonly plane: MediaPlane; readonly clock: Clock; readonly room: RoomId }) {
    this.#plane = options.plane;
    this.#clock = options.clock;
    this.#room = options.room;
  }

  /** Plays music whenever nothing is announced; undefined ends it. */
  setMusic(music: PlaySource | undefined): void {
    const before = this.#music;
    this.#music = music;
    if (this.#current !== undefined || before === music) return;
    this.#play(music ?? NOTHING, music !== undefined);
  }

  announce(source: PlaySource): void {
    this.#waiting.push(source);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    if (this.#current === undefined) this.#next();
  }

  /** An announcement with this tag has ended. */
  played(tag: string): void {
    if (this.#current?.tag !== tag) return;
    this.#current.timer.cancel();
    this.#current = undefined;
    this.#next();
  }

  stop(): void {
    this.#current?.timer.cancel();
    this.#current = undefined;
    this.#waiting.length = 0;
    this.#music = undefined;
  }

  #next(): void {
    const source = this.#waiting.shift();
    if (source === undefined) {
      if (this.#music !== undefined) this.#play(this.#music, true);
      return;
    }
    const tag = `${this.#room} ${++this.#count}`;
    this.#current = { tag, timer: this.#clock.at(this.#clock.now() + LONGEST_MS, () => this.played(tag)) };
    this.#plane.playInRoom(this.#room, source, { loop: false, tag });
  }

  #play(source: PlaySource, loop: boolean): void {
    this.#plane.playInRoom(this.#room, source, { loop });
  }
}

/** Playing no files ends what is played. */
const NOTHING: PlaySource = { kind: "files", paths: [] };
