/** How long a line waits before it tries again (RFC 5626 §4.5, RFC 3261 §21.5.4). Pure. */

/** After the first failure; it doubles with each further one. */
export const RETRY_BASE_MS = 10_000;
export const RETRY_MAX_MS = 300_000;
/** A carrier that refuses an account bans those who keep on asking. */
export const REFUSED_PAUSE_MS = 1_800_000;
/** Nobody is believed who wants us away for longer than this. */
export const RETRY_AFTER_MAX_MS = 3_600_000;

/**
 * Between half of and the whole of `base · 2^(failures − 1)`, at most five minutes, and never before `retryAfterSec`.
 * @param chance in [0, 1): where within the range, so that a thousand boxes do not come back in one instant
 */
export function retryDelayMs(failures: number, chance: number, retryAfterSec = 0): number {
  const wholeMs = Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** Math.min(Math.max(failures, 1) - 1, 16));
  const delayMs = spread(wholeMs, chance);
  const wishedMs = Math.min(RETRY_AFTER_MAX_MS, retryAfterSec * 1000);
  return Math.max(delayMs, wishedMs === 0 ? 0 : wishedMs + chance * 1000);
}

export function refusedDelayMs(chance: number): number {
  return spread(REFUSED_PAUSE_MS, chance);
}

/** A refresh stands between 50 and 90 % of what was granted, and never closer than 5 s. */
export function refreshDelayMs(grantedSec: number, chance: number): number {
  return Math.max(5000, Math.round(grantedSec * 1000 * (0.5 + 0.4 * chance)));
}

/** Longest silence of one place, growing with each failure: a slow registrar is not a dead one. */
export function patienceMs(failures: number): number {
  return Math.min(32_000, 3000 * 2 ** Math.min(failures, 8));
}

function spread(wholeMs: number, chance: number): number {
  return Math.round(wholeMs * (0.5 + 0.5 * chance));
}
