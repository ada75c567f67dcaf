/** What a telephone network says without words, as the country is used to (ITU-T E.180, Supplement 2). */
import type { Locale } from "../../config/mod.ts";
import type { PlaySource } from "../../media/plane.ts";

export type CallTone = "ringback" | "busy" | "congestion";

/** Amplitude: 16 dB below full scale, within the −9 and −20 dBm0 that E.180 §5 allows for tones of the exchange. */
const LEVEL = 0.16;

/** For `en` what E.180 recommends to the world, 425 Hz as in most of Europe; for `zh` China's 450 Hz. */
const TONES: Record<
  Locale,
  { readonly frequency: number; readonly cadenceMs: Record<CallTone, readonly number[]> }
> = {
  en: {
    frequency: 425,
    cadenceMs: { ringback: [1000, 4000], busy: [500, 500], congestion: [250, 250] },
  },
  zh: {
    frequency: 450,
    cadenceMs: { ringback: [1000, 4000], busy: [350, 350], congestion: [700, 700] },
  },
};

/** A cadence to be looped. */
export function callTone(tone: CallTone, locale: Locale): PlaySource {
  const { frequency, cadenceMs } = TONES[locale];
  return { kind: "cadence", frequencies: [frequency], cadenceMs: cadenceMs[tone], level: LEVEL };
}
