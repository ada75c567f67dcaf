/** Sound files for playing, read once and kept while there is room; a file that was replaced is read again. */
import { fail, ok, type Result } from "../../base/mod.ts";
import { type Clip, readClip } from "../mix/mod.ts";
import type { MediaFiles } from "./ports.ts";

/** Half an hour of speech at 16 kHz; what was played longest ago makes room. */
const MAX_SAMPLES = 30 * 60 * 16_000;

interface Kept {
  readonly clip: Clip;
  readonly samples: number;
  /** What the file was like when it was read. */
  readonly stamp: string | undefined;
}

export class ClipLibrary {
  readonly #files: Pick<MediaFiles, "read" | "stamp">;
  /** In the order of their last playing. */
  readonly #kept = new Map<string, Kept>();
  #total = 0;

  constructor(files: Pick<MediaFiles, "read" | "stamp">) {
    this.#files = files;
  }

  /** The clips of all paths, or why one of them cannot be played. */
  async load(paths: readonly string[]): Promise<Result<readonly Clip[], string>> {
    const clips: Clip[] = [];
    for (const path of paths) {
      const stamp = await this.#files.stamp(path);
      const known = this.#kept.get(path);
      const kept = known !== undefined && known.stamp === stamp ? known : await this.#read(path, stamp);
      if (typeof kept === "string") return fail(`Cannot play "${path}": ${kept}`);
      this.#keep(path, kept);
      clips.push(kept.clip);
    }
    return ok(clips);
  }

  async #read(path: string, stamp: string | undefined): Promise<Kept | string> {
    const file = await this.#files.read(path);
    if (!file.ok) return file.error;
    const clip = readClip(file.value, path);
    if (!clip.ok) return clip.error;
    return { clip: clip.value, samples: clip.value.at(clip.value.rate).length, stamp };
  }

  #keep(path: string, kept: Kept): void {
    this.#forget(path);
    this.#kept.set(path, kept);
    this.#total += kept.samples;
    for (const oldest of this.#kept.keys()) {
      if (this.#total <= MAX_SAMPLES || oldest === path) return;
      this.#forget(oldest);
    }
  }

  #forget(path: string): void {
    this.#total -= this.#kept.get(path)?.samples ?? 0;
    this.#kept.delete(path);
  }
}
