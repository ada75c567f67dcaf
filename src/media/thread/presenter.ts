/** Brings what shall be played to where it shall be heard: files are read first, and the place may be gone by then. */
import type { PcmRate, PcmSource } from "../mix/mod.ts";
import type { LegId, MediaEvent, PlayOptions, PlaySource, RoomId } from "../plane.ts";
import { ClipLibrary } from "./clip_library.ts";
import type { MediaFiles } from "./ports.ts";
import { makeSource } from "./sources.ts";

/** What both a leg and a room can do with a source. */
export interface Stage {
  /** The leg or the room, to be named in the event. */
  readonly place: LegId | RoomId;
  /** What has to be loaded first. */
  prepare(): Promise<void> | undefined;
  /** Its rate, or undefined when this play is no longer wanted there. */
  rate(): PcmRate | undefined;
  /** False when nothing can be heard there. */
  play(source: PcmSource, onPlayed: (complete: boolean) => void): boolean;
}

export interface PresenterOptions {
  readonly files: MediaFiles;
  readonly emit: (event: MediaEvent) => void;
  readonly warn: (event: string) => void;
  /** Something is to be done on the next beat. */
  readonly wake: () => void;
}

export interface Play {
  readonly source: PlaySource;
  readonly options: PlayOptions;
}

export class Presenter {
  readonly #options: PresenterOptions;
  readonly #library: ClipLibrary;

  constructor(options: PresenterOptions) {
    this.#options = options;
    this.#library = new ClipLibrary(options.files);
  }

  /** The end is told as an event, whatever becomes of it. */
  present(play: Play, stage: Stage): void {
    const { place } = stage, { tag } = play.options;
    const onPlayed = (complete: boolean) =>
      this.#options.emit({
        kind: "played",
        ...(typeof place === "number" ? { leg: place } : { leg: 0, room: place }),
        ...(tag === undefined ? {} : { tag }),
        complete,
      });
    this.#present(play, stage, onPlayed).catch((error) => {
      this.#options.warn(`Cannot play: ${error}`);
      onPlayed(false);
    });
  }

  async #present(
    { source, options }: Play,
    stage: Stage,
    onPlayed: (complete: boolean) => void,
  ): Promise<void> {
    const clips = source.kind === "files" ? await this.#library.load(source.paths) : undefined;
    if (clips?.ok === false) {
      this.#options.warn(clips.error);
      return onPlayed(false);
    }
    const prepared = stage.prepare();
    if (prepared !== undefined) await prepared;
    const rate = stage.rate();
    if (rate === undefined) return onPlayed(false);
    const made = makeSource(source, { rate, loop: options.loop, clips: clips?.value ?? [] });
    if (!stage.play(made, onPlayed)) onPlayed(false);
    this.#options.wake();
  }
}
