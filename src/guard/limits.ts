/** What one source, and all strangers together, may ask of the server. */

import type { Rate } from "./bucket.ts";

export interface GuardLimits {
  /** Datagrams of one source, before anything is parsed. */
  readonly packets: Trust<Rate>;
  /** Datagrams of all strangers together: a flood from invented sources ends here. */
  readonly strangerPackets: Rate;
  /** Requests outside a dialog of one source, on any transport. */
  readonly requests: Trust<Rate>;
  /** New INVITEs of one source. */
  readonly invites: Trust<Rate>;
  /** New INVITEs of all strangers together. */
  readonly strangerInvites: Rate;
  /** INVITEs of one source that are neither answered nor refused yet: each may hold media ports. */
  readonly openInvites: Trust<number>;
  /** How often one source is told 503; what comes above is met with silence. */
  readonly busyAnswers: Rate;
  /**
   * Bytes that a stranger may be answered over UDP beyond what it sent: enough for one challenge. An invented sender
   * gets no more than that out of us, whatever the flood.
   */
  readonly answerCredit: number;
  /** How long a source is trusted after a right password. */
  readonly trustMs: number;
  /** Sources remembered, about 300 bytes each. */
  readonly maxSources: number;
  /** Bans kept at once; the one that ends first makes room. */
  readonly maxBans: number;
}

/** A limit for strangers, and one for sources that have proven a password or are lines by address. */
export interface Trust<T> {
  readonly stranger: T;
  readonly trusted: T;
}

export const DEFAULT_LIMITS: GuardLimits = {
  // A company behind one address sends a REGISTER of every phone at once after a power cut: bursts are wide.
  packets: { stranger: { perSecond: 500, burst: 4_000 }, trusted: { perSecond: 30_000, burst: 60_000 } },
  // Under half a core for parsing and refusing, so that the calls that exist go on.
  strangerPackets: { perSecond: 5_000, burst: 10_000 },
  requests: { stranger: { perSecond: 200, burst: 2_000 }, trusted: { perSecond: 20_000, burst: 40_000 } },
  invites: { stranger: { perSecond: 10, burst: 50 }, trusted: { perSecond: 2_000, burst: 4_000 } },
  strangerInvites: { perSecond: 200, burst: 400 },
  openInvites: { stranger: 20, trusted: 2_000 },
  busyAnswers: { perSecond: 1, burst: 5 },
  answerCredit: 512,
  trustMs: 3_600_000,
  maxSources: 50_000,
  maxBans: 50_000,
};
