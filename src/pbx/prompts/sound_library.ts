/** Which file says what: the shipped sounds, and those by which an administrator replaced them. */
import type { Locale } from "../../config/mod.ts";
import type { PlaySource } from "../../media/plane.ts";

/** `sounds/index.json`: paths are relative to its folder. */
export interface SoundIndex {
  readonly prompts: Readonly<Record<string, { readonly en?: string; readonly zh?: string }>>;
  /** Music by name; `default` is always there. */
  readonly music: Readonly<Record<string, string>>;
}

export interface SoundFolders {
  /** Folder of the index, without a slash at the end. */
  readonly shipped: string;
  /** Folder whose files take the place of shipped ones with the same relative path. */
  readonly own?: string;
  /** Relative paths that are there in `own`, kept up to date by whoever watches the folder. */
  readonly replaced?: ReadonlySet<string>;
}

export class SoundLibrary {
  readonly #index: SoundIndex;
  readonly #folders: SoundFolders;

  constructor(index: SoundIndex, folders: SoundFolders) {
    this.#index = index;
    this.#folders = folders;
  }

  /** Files that say these prompts in turn. A prompt that a language lacks is said in English; unknown ones are left out. */
  say(prompts: readonly string[], locale: Locale): PlaySource & { readonly kind: "files" } {
    const paths: string[] = [];
    for (const prompt of prompts) {
      const entry = Object.hasOwn(this.#index.prompts, prompt) ? this.#index.prompts[prompt] : undefined;
      const path = entry?.[locale] ?? entry?.en;
      if (path !== undefined) paths.push(this.#locate(path));
    }
    return { kind: "files", paths };
  }

  /**
   * Waiting music by name, a name in the administrator's folder `music/NAME.wav` included, or an absolute path; else the
   * default.
   */
  music(name?: string): PlaySource {
    if (name?.startsWith("/")) return { kind: "files", paths: [name] };
    const own = `music/${name}.wav`;
    if (name !== undefined && this.#folders.replaced?.has(own)) {
      return { kind: "files", paths: [this.#locate(own)] };
    }
    const listed = name !== undefined && Object.hasOwn(this.#index.music, name)
      ? this.#index.music[name]
      : undefined;
    return { kind: "files", paths: [this.#locate(listed ?? this.#index.music["default"]!)] };
  }

  #locate(path: string): string {
    const { own, replaced, shipped } = this.#folders;
    return own !== undefined && replaced?.has(path) ? `${own}/${path}` : `${shipped}/${path}`;
  }
}
