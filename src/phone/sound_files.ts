/** Sound files compared: what was played with what was recorded. */

import { fail, ok, type Result } from "../base/mod.ts";
import { readClip } from "../media/mix/mod.ts";
import { MATCH_RATE, matchSound, type SoundMatch } from "./sound_match.ts";
import type { PhoneWorld } from "./world.ts";

/** Compares the file that was played with the one that was recorded at the other end. */
export async function matchFiles(
  { readFile }: Pick<PhoneWorld, "readFile">,
  { said, heard }: { readonly said: string; readonly heard: string },
): Promise<Result<SoundMatch, string>> {
  const samples: Int16Array[] = [];
  for (const path of [said, heard]) {
    const file = await readFile(path);
    const clip = file.ok ? readClip(file.value, path) : file;
    if (!clip.ok) return fail(`Cannot read "${path}": ${clip.error}`);
    samples.push(clip.value.at(MATCH_RATE));
  }
  return ok(matchSound(samples[0]!, samples[1]!));
}
