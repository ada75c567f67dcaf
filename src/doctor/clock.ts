/** The clock: certificates, schedules and nonces live by it. */

import { type Finding, fine, problem, warning } from "./finding.ts";

export interface ClockFacts {
  readonly nowMs: number;
  /** True when the kernel is told the time by somebody (NTP, PTP); undefined when it does not say. */
  readonly isSynchronized: boolean | undefined;
  /** Largest error the kernel admits. */
  readonly maxErrorMs?: number;
  /** The latest moment of the past that is known: the newest file of the data folder. */
  readonly knownPastMs?: number;
}

/** No machine that runs this program lives before it was written. */
const WRITTEN_MS = Date.UTC(2026, 0, 1);
/** TLS and digest bear a minute; nobody bears a certificate of tomorrow. */
const BACKWARDS_MS = 60_000;
const LARGE_ERROR_MS = 1000;

export function judgeClock({ nowMs, isSynchronized, maxErrorMs, knownPastMs }: ClockFacts): Finding {
  const now = new Date(nowMs).toISOString().slice(0, 19).replace("T", " ");
  const set = ["timedatectl set-ntp true", "without systemd-timesyncd: apt-get install chrony"];
  if (nowMs < WRITTEN_MS || (knownPastMs !== undefined && nowMs < knownPastMs - BACKWARDS_MS)) {
    return problem("clock", `the clock is wrong: it says ${now} UTC, and later has been`, ...set);
  }
  if (isSynchronized === false) {
    return warning("clock", `nobody sets the clock; it says ${now} UTC`, ...set);
  }
  if (isSynchronized === undefined) {
    return fine("clock", `the clock says ${now} UTC; who sets it is not told here`);
  }
  if (maxErrorMs !== undefined && maxErrorMs > LARGE_ERROR_MS) {
    return warning("clock", `the clock may be wrong by ${(maxErrorMs / 1000).toFixed(1)} s`, ...set);
  }
  return fine("clock", `the clock is set by the network; it says ${now} UTC`);
}
