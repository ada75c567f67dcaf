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

/** The library that calls are served from, and the shelf on which the page and the API exchange its files. */
export class SoundFiles implements SoundShelf {
  readonly library: SoundLibrary;
  readonly #shipped: string;
  readonly #own: string;
  readonly #shippedNames: ReadonlySet<string>;
  readonly #replaced: Set<string>;

  constructor(folders: { readonly shipped: string; readonly own: string }, index: SoundIndex) {
    const { shipped, own } = folders;
    this.#shipped = shipped;
    this.#own = own;
    this.#replaced = new Set(listFiles(own).filter((path) => NAME.test(nameOf(path))));
    this.#shippedNames = new Set(
      [...Object.values(index.prompts).flatMap(({ en, zh }) => [en, zh]), ...Object.values(index.music)]
        .flatMap((path) => path === undefined || path === "" ? [] : nameOf(path)),
    );
    this.library = new SoundLibrary(index, { shipped, own, replaced: this.#replaced });
  }

  list(): readonly SoundItem[] {
    const names = new Set([...this.#shippedNames, ...[...this.#replaced].map(nameOf)]);
    return [...names].sort().map((name) => ({
      name,
      isOwn: this.#replaced.has(`${name}.wav`),
      isShipped: this.#shippedNames.has(name),
    }));
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
  const text = readTextFile(`${shipped}/index.json`);
  const index: SoundIndex = text.ok ? JSON.parse(text.value) : { prompts: {}, music: { default: "" } };
  return new SoundFiles({ shipped, own: `${data}/sounds` }, index);
}

function nameOf(path: string): string {
  return path.replace(/\.wav$/, "");
}
