/**
 * Whose turn it is (RFC 3264 §4, RFC 6337 §2): at most one offer is open in a dialog, whoever made it.
 *
 *     (nothing yet / settled) ── local offer ──► local pending ── answer ──► settled
 *                             └─ remote offer ─► remote pending ─ answer ─►
 *     a pending offer that is refused or withdrawn leaves things as they were
 */
export interface Turns {
  /** True once one exchange has been completed. */
  readonly isSettled: boolean;
  /** Who waits for an answer. */
  readonly pending: "none" | "local" | "remote";
}

export const NO_TURNS: Turns = { isSettled: false, pending: "none" };

const SETTLED: Turns = { isSettled: true, pending: "none" };

/** After an offer by `side`; undefined when it is not allowed now. */
export function afterOffer(turns: Turns, side: "local" | "remote"): Turns | undefined {
  return turns.pending === "none" ? { isSettled: turns.isSettled, pending: side } : undefined;
}

/** After the answer to the pending offer; a second answer changes nothing. */
export function afterAnswer(turns: Turns): Turns {
  return turns.pending === "none" ? turns : SETTLED;
}

/** After the pending offer was refused, cancelled or lost. */
export function afterWithdrawal(turns: Turns): Turns {
  return { isSettled: turns.isSettled, pending: "none" };
}
