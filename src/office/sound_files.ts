/** The shipped sounds and those an administrator put in their place (`DATA/sounds`, same relative paths). */

import { fail, ok, type Result } from "../base/mod.ts";
import type { SoundItem, SoundShelf } from "../http/mod.ts";
import { readClip } from "../media/mix/mod.ts";
import { ensureFolder, readFileBytes, readTextFile, removeFile, writeFileWhole } from "../platform/files.ts";
import { listFiles } from "../platform/folders.ts";
import { type SoundIndex, SoundLibrary } from "../pbx/prompts/mod.ts";

/** `en/busy`, `music/waiting`: what may be replaced, by the path below `sounds/` without its ending. */
const NAME = /^(en|zh|tones|music)\/[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;
const MUSIC = "music/";
/** Music of a company beside the shipped one; a disk is not to be filled by uploads. */
const MAX_OWN_MUSIC = 100;

/** `sounds/texts.json`: what each prompt says. */
type Texts = Readonly<Record<string, { readonly en?: string; readonly zh?: string }>>;

/** The library that calls are served from, and the shelf on which the page and the API exchange its files. */
export class SoundFiles implements SoundShelf {
  readonly library: SoundLibrary;
  readonly #shipped: string;
  readonly #own: string;
  /** By name, with the words that the file says where it says any. */
  readonly #shippedNames: ReadonlyMap<string, string | undefined>;
  readonly #replaced: Set<string>;

  constructor(
    folders: { readonly shipped: string; readonly own: string },
    { index, texts }: { readonly index: SoundIndex; readonly texts: Texts },
  ) {
    const { shipped, own } = folders;
    this.#shipped = shipped;
    this.#own = own;
    this.#replaced = new Set(listFiles(own).filter((path) => NAME.test(nameOf(path))));
    this.#shippedNames = new Map([
      ...Object.values(index.music).filter((path) => path !== "").map((path) =>
        [nameOf(path), undefined] as const
      ),
      ...Object.entries(index.prompts).flatMap(([key, paths]) =>
        (["en", "zh"] as const).flatMap((locale) => {
          const path = paths[locale];
          return path === undefined ? [] : [[nameOf(path), texts[key]?.[locale]] as const];
        })
      ),
    ]);
    this.library = new SoundLibrary(index, { shipped, own, replaced: this.#replaced });
  }

  list(): readonly SoundItem[] {
    const names = new Set([...this.#shippedNames.keys(), ...[...this.#replaced].map(nameOf)]);
    return [...names].sort().map((name) => {
      const words = this.#shippedNames.get(name);
      return {
        name,
        isOwn: this.#replaced.has(`${name}.wav`),
        isShipped: this.#shippedNames.has(name),
        ...(words !== undefined && { words }),
      };
    });
  }

  read(name: string): Uint8Array<ArrayBuffer> | undefined {
    if (!NAME.test(name)) return undefined;
    const path = `${name}.wav`;
    const folder = this.#replaced.has(path)
      ? this.#own
      : this.#shippedNames.has(name)
      ? this.#shipped
      : undefined;
    const bytes = folder === undefined ? undefined : readFileBytes(`${folder}/${path}`);
    return bytes?.ok ? bytes.value : undefined;
  }

  put(name: string, wav: Uint8Array): Result<void, string> {
    const isKnown = this.#shippedNames.has(name);
    if (!NAME.test(name) || (!isKnown && !name.startsWith(MUSIC))) {
      return fail(`Cannot take "${name}": expected the name of a shipped sound, or music/NAME`);
    }
    const path = `${name}.wav`;
    if (!isKnown && !this.#replaced.has(path) && this.#ownMusic >= MAX_OWN_MUSIC) {
      return fail(`Cannot take "${name}": there are ${MAX_OWN_MUSIC} pieces of music already`);
    }
    const clip = readClip(wav, path);
    if (!clip.ok) return fail(`Cannot take "${name}": ${clip.error}`);
    const folder = `${this.#own}/${name.slice(0, name.indexOf("/"))}`;
    const made = ensureFolder(folder);
    if (!made.ok) return fail(`Cannot use "${folder}": ${made.error}`);
    const written = writeFileWhole(`${this.#own}/${path}`, wav);
    if (!written.ok) return fail(`Cannot write "${path}": ${written.error}`);
    this.#replaced.add(path);
    return ok(undefined);
  }

  remove(name: string): boolean {
    const path = `${name}.wav`;
    if (!this.#replaced.delete(path)) return false;
    removeFile(`${this.#own}/${path}`);
    return true;
  }

  get #ownMusic(): number {
    return [...this.#replaced].filter((path) => path.startsWith(MUSIC)).length;
  }
}

/** `shipped` is the folder that holds `index.json`. Without it the server is silent, but works. */
export function openSounds(shipped: string, data: string): SoundFiles {
  const read = <T>(name: string, otherwise: T): T => {
    const text = readTextFile(`${shipped}/${name}`);
    return text.ok ? JSON.parse(text.value) : otherwise;
  };
  const index = read<SoundIndex>("index.json", { prompts: {}, music: { default: "" } });
  return new SoundFiles({ shipped, own: `${data}/sounds` }, { index, texts: read<Texts>("texts.json", {}) });
}

function nameOf(path: string): string {
  return path.replace(/\.wav$/, "");
}
