/** The shipped sounds and those an administrator put in their place (`DATA/sounds`, same relative paths). */

import { readTextFile } from "../platform/files.ts";
import { listFiles } from "../platform/folders.ts";
import { type SoundIndex, SoundLibrary } from "../pbx/prompts/mod.ts";

/** Opens the library; `shipped` is the folder that holds `index.json`. Without it the server is silent, but works. */
export function openSounds(shipped: string, data: string): SoundLibrary {
  const own = `${data}/sounds`;
  const text = readTextFile(`${shipped}/index.json`);
  const index: SoundIndex = text.ok ? JSON.parse(text.value) : { prompts: {}, music: { default: "" } };
  return new SoundLibrary(index, { shipped, own, replaced: new Set(listFiles(own)) });
}
