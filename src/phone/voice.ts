/** What a call says and keeps: files or silence on the line, a recording of what is heard. */

import type { LegId, MediaEvent, MediaPlane, PlaySource } from "../media/plane.ts";
import type { RecordingReport } from "./types.ts";

/** A phone that falls silent looks dead, and no NAT lets anything back in. */
const SILENCE: PlaySource = { kind: "tone", frequencies: [], level: 0 };

export interface PlayWish {
  readonly paths: readonly string[];
  readonly loop: boolean;
}

interface Recording {
  readonly path: string;
  readonly done: PromiseWithResolvers<RecordingReport>;
}

export class Voice {
  readonly #plane: MediaPlane;
  readonly #onPlayed: (complete: boolean) => void;
  #leg: LegId | undefined;
  #isAnswered = false;
  #isHeard = false;
  #isMuted = false;
  #wish: PlayWish | undefined;
  #recordPath: string | undefined;
  #recording: Recording | undefined;
  #now: "nothing" | "silence" | "files" = "nothing";
  /** Tells this play from those before it. */
  #count = 0;

  constructor(plane: MediaPlane, onPlayed: (complete: boolean) => void) {
    this.#plane = plane;
    this.#onPlayed = onPlayed;
  }

  get isMuted(): boolean {
    return this.#isMuted;
  }

  set isMuted(isMuted: boolean) {
    this.#isMuted = isMuted;
    this.#follow();
  }

  /** Media is agreed upon; `isHeard`: the line takes what we say. From now on something always goes out. */
  connect(leg: LegId, isHeard: boolean): void {
    this.#leg = leg;
    this.#isHeard = isHeard;
    this.#follow();
  }

  /** The call is answered: what was to be said and kept begins. */
  begin(): void {
    this.#isAnswered = true;
    this.#follow();
    if (this.#recordPath !== undefined) this.record(this.#recordPath);
  }

  /** Says files, now or once answered; held back by hold or mute they begin anew. Undefined ends that. */
  play(wish: PlayWish | undefined): void {
    this.#wish = wish;
    if (this.#now === "files") this.#now = "nothing";
    this.#follow();
  }

  /** Keeps what is heard, from now or from the answer on. */
  record(path: string): void {
    this.#recordPath = path;
    if (!this.#isAnswered || this.#leg === undefined) return;
    this.#recording = { path, done: Promise.withResolvers() };
    this.#plane.record(this.#leg, { path, layout: "received" });
  }

  stopRecording(): void {
    this.#recordPath = undefined;
    if (this.#leg !== undefined) this.#plane.stopRecording(this.#leg);
  }

  /** Once the leg is closed: the file, when it is whole. */
  get recorded(): Promise<RecordingReport | undefined> {
    return this.#recording?.done.promise ?? Promise.resolve(undefined);
  }

  /** An event of the plane that names this leg. */
  hear(event: MediaEvent): void {
    switch (event.kind) {
      case "played":
        if (event.tag !== this.#tag || this.#now !== "files") return;
        this.#wish = undefined;
        this.#follow();
        return this.#onPlayed(event.complete);
      case "recorded": {
        const { path, seconds, error } = event;
        return this.#recording?.done.resolve({ path, seconds, ...(error !== undefined && { error }) });
      }
      case "lost": {
        const path = this.#recording?.path ?? "";
        return this.#recording?.done.resolve({ path, seconds: 0, error: "the media thread died" });
      }
    }
  }

  get #tag(): string {
    return `voice ${this.#count}`;
  }

  #follow(): void {
    if (this.#leg === undefined) return;
    const wish = this.#isAnswered && this.#isHeard && !this.#isMuted ? this.#wish : undefined;
    const wanted = wish ? "files" : "silence";
    if (wanted === this.#now) return;
    this.#now = wanted;
    this.#count++;
    const source: PlaySource = wish ? { kind: "files", paths: wish.paths } : SILENCE;
    this.#plane.play(this.#leg, source, { loop: wish?.loop ?? true, tag: this.#tag });
  }
}
