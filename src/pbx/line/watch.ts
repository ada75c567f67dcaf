/** Is the other end of a line alive? OPTIONS now and then (RFC 3261 §11). Pure. */

export interface WatchState {
  readonly health: "unknown" | "up" | "down";
  /** Questions in a row without a good answer. */
  readonly misses: number;
}

export interface WatchStep {
  readonly state: WatchState;
  /** Milliseconds until the next question. */
  readonly delayMs: number;
  /** Set when the health has changed. */
  readonly event?: "up" | "down";
}

export const UNWATCHED: WatchState = { health: "unknown", misses: 0 };

/** One lost datagram is no outage; two questions of several datagrams each are. */
const MISSES_ALLOWED = 1;
const DOUBT_MS = 2000;
const DOWN_MAX_MS = 30_000;

/**
 * Takes the outcome of one question.
 * @param statusCode of the answer; undefined: silence. Any answer is a sign of life, but for 503
 * @param chance in [0, 1)
 */
export function watchStep(
  state: WatchState,
  statusCode: number | undefined,
  { intervalMs, chance }: { readonly intervalMs: number; readonly chance: number },
): WatchStep {
  if (statusCode !== undefined && statusCode !== 503) {
    return {
      state: { health: "up", misses: 0 },
      delayMs: spread(intervalMs, chance),
      ...(state.health !== "up" && { event: "up" }),
    };
  }
  const misses = state.misses + 1;
  if (misses <= MISSES_ALLOWED && state.health !== "down") {
    return { state: { health: state.health, misses }, delayMs: Math.min(intervalMs, DOUBT_MS) };
  }
  return {
    state: { health: "down", misses },
    delayMs: spread(Math.min(intervalMs, DOWN_MAX_MS), chance),
    ...(state.health !== "down" && { event: "down" }),
  };
}

/** 90 to 110 %. */
export function spread(ms: number, chance: number): number {
  return Math.round(ms * (0.9 + 0.2 * chance));
}
