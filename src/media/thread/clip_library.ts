/** Sound files for playing, read once and kept while there is room. */
import { fail, ok, type Result } from "../../base/mod.ts";
import { type Clip, readClip } from "../mix/mod.ts";

/** Reads a whole file; the error is a reason in words. */
export type ReadFile = (path: string) => Promise<Result<Uint8Array, string>>;

/** Half an hour of speech at 16 kHz; what was played longest ago makes room. */
const MAX_SAMPLES = 30 * 60 * 16_000;

export class ClipLibrary {
  readonly #read: ReadFile;
  readonly #clips = new Map<string, Clip>();
  readonly #samples = new Map<string, number>();
  #total = 0;

  constructor(read: ReadFile) {
    this.#read = read;
  }

  /** The clips of all paths, or why one of them cannot be played. */
  async load(paths: readonly string[]): Promise<Result<readonly Clip[], string>> {
    const clips: Clip[] = [];
    for (const path of paths) {
      const clip = this.#clips.get(path) ?? await this.#loadOne(path);
      if (typeof clip === "string") return fail(`Cannot play "${path}": ${clip}`);
      this.#touch(path, clip);
      clips.push(clip);
    }
    return ok(clips);
  }

  /** Forgets all, so that replaced files are read again. */
  clear(): void {
    this.#clips.clear();
    this.#samples.clear();
    this.#total = 0;
  }

  async #loadOne(path: string): Promise<Clip | string> {
    const file = await this.#read(path);
    if (!file.ok) return file.error;
    const clip = readClip(file.value, path);
    return clip.ok ? clip.value : clip.error;
  }

  #touch(path: string, clip: Clip): void {
    this.#clips.delete(path);
    this.#clips.set(path, clip);
    if (!this.#samples.has(path)) {
      const samples = clip.at(clip.rate).length;
      this.#samples.set(path, samples);
      this.#total += samples;
    }
    for (const oldest of this.#clips.keys()) {
      if (this.#total <= MAX_SAMPLES || oldest === path) return;
      this.#total -= this.#samples.get(oldest) ?? 0;
      this.#clips.delete(oldest);
      this.#samples.delete(oldest);
    }
  }
}
