/** What the business wants played, as something that gives a frame on every beat. */
import { type Clip, ClipPlayer, type PcmRate, type PcmSource, TonePlayer } from "../mix/mod.ts";
import type { PlaySource } from "../plane.ts";

export function makeSource(
  source: PlaySource,
  options: { readonly rate: PcmRate; readonly loop: boolean; readonly clips: readonly Clip[] },
): PcmSource {
  const { rate, loop } = options;
  switch (source.kind) {
    case "files":
      return new ClipPlayer(options.clips, { rate, loop });
    case "tone":
      return new TonePlayer({ rate, frequencies: source.frequencies, level: source.level });
    case "cadence":
      return new TonePlayer({
        rate,
        frequencies: source.frequencies,
        level: source.level,
        cadenceMs: source.cadenceMs,
        loop,
      });
  }
}
