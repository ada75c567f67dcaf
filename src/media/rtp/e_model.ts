/**
 * Speech quality estimated from loss and delay: the E-model, ITU-T G.107 (06/2015), with its default values (Table 3)
 * for all that is not measured. R = 93.2 − Idte − Idle − Idd − Ie,eff, and MOS from R by its Annex B.
 */

/** R with all defaults and neither delay nor loss (§7.7). */
const DEFAULT_R = 93.2;
/** Basic signal-to-noise ratio with default loudness and noise: 15 − 1.5 (SLR + No), SLR 8 dB, No −61.18 dBm0p. */
const RO = 94.77;
/** Talker echo loudness rating, dB; weighted echo path loss, dB (Table 3). */
const TELR = 65;
const WEPL = 110;

/** Equipment impairment and robustness to random loss, ITU-T G.113 Appendix I. */
interface CodecImpairment {
  readonly ie: number;
  readonly bpl: number;
}

/** G.711 with concealment (Appendix I of G.711), as telephones have it; without it Bpl is 4.3. */
const CONCEALED_G711: CodecImpairment = { ie: 0, bpl: 25.1 };
/**
 * By encoding name in lower case. For all others (G.722, Opus, video) the narrowband model has no values; they are
 * taken as concealed G.711, so that the figure tells what the network does to them.
 */
const IMPAIRMENTS: ReadonlyMap<string, CodecImpairment> = new Map([
  ["g729", { ie: 11, bpl: 19 }],
  ["g723", { ie: 15, bpl: 16.1 }],
  ["gsm-efr", { ie: 5, bpl: 10 }],
]);

export interface Transmission {
  /** Encoding name in lower case; absent: as G.711. */
  readonly encoding?: string;
  /** Packets lost or too late to be played, 0 to 1. */
  readonly lossFraction: number;
  /** Mouth to ear, one way. */
  readonly delayMs: number;
}

/** Transmission rating R, 0 to 93.2. */
export function transmissionRating({ encoding, lossFraction, delayMs }: Transmission): number {
  const { ie, bpl } = IMPAIRMENTS.get(encoding ?? "") ?? CONCEALED_G711;
  const lossPercent = Math.max(0, Math.min(1, lossFraction)) * 100;
  // §7.5 with BurstR 1: losses are taken as independent.
  const ieEffective = ie + (95 - ie) * lossPercent / (lossPercent + bpl);
  const rating = DEFAULT_R - delayImpairment(Math.max(0, delayMs)) - ieEffective;
  return Math.max(0, Math.min(100, rating));
}

/** Mean opinion score of a rating, 1 to 4.5 (Annex B). */
export function mosFromRating(rating: number): number {
  if (rating <= 0) return 1;
  if (rating >= 100) return 4.5;
  // The cubic dips below 1 for ratings under 6.5.
  return Math.max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6);
}

export function estimateMos(transmission: Transmission): number {
  return mosFromRating(transmissionRating(transmission));
}

/**
 * Mouth to ear from what is measured: half the round trip, a jitter buffer of twice the jitter, and one packet at each
 * end.
 */
export function mouthToEarMs(
  measured: { readonly roundTripMs?: number; readonly jitterMs: number; readonly packetMs: number },
): number {
  return (measured.roundTripMs ?? 0) / 2 + measured.jitterMs * 2 + measured.packetMs * 2;
}

/** Id = Idte + Idle + Idd (§7.4): talker echo, listener echo, and delay itself. T = Ta, Tr = 2 Ta. */
function delayImpairment(delayMs: number): number {
  const talkerPath = TELR - 40 * Math.log10((1 + delayMs / 10) / (1 + delayMs / 150)) +
    6 * Math.exp(-0.3 * delayMs ** 2);
  const talkerRating = 80 + 2.5 * (talkerPath - 14);
  const talker = (saturated(RO - talkerRating, 100) - 1) * (1 - Math.exp(-delayMs));
  const listenerRating = 10.5 * (WEPL + 7) * (2 * delayMs + 1) ** -0.25;
  const listener = saturated(RO - listenerRating, 169);
  // Both have a residue at no delay, which the default R holds already.
  const residue = saturated(RO - 10.5 * (WEPL + 7), 169);
  return Math.max(0, talker) + listener - residue + pureDelayImpairment(delayMs);
}

function saturated(difference: number, softness: number): number {
  return difference / 2 + Math.sqrt(difference ** 2 / 4 + softness);
}

function pureDelayImpairment(delayMs: number): number {
  if (delayMs <= 100) return 0;
  const x = Math.log2(delayMs / 100);
  return 25 * ((1 + x ** 6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2);
}
