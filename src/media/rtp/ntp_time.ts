/** Wall-clock time as RTCP carries it (RFC 3550 §4): seconds since 1900 and a 32-bit fraction. */

/** Seconds from 1900-01-01 to 1970-01-01. */
const EPOCH_OFFSET_SEC = 2_208_988_800;

export interface NtpTime {
  readonly seconds: number;
  readonly fraction: number;
}

/** @param timeMs milliseconds since the Unix epoch. */
export function toNtpTime(timeMs: number): NtpTime {
  const wholeSec = Math.floor(timeMs / 1000);
  return {
    seconds: (wholeSec + EPOCH_OFFSET_SEC) % 2 ** 32,
    fraction: Math.floor((timeMs - wholeSec * 1000) / 1000 * 2 ** 32) % 2 ** 32,
  };
}

/** Milliseconds since the Unix epoch; times before 1968 are taken for those of the era from 2036 on. */
export function fromNtpTime({ seconds, fraction }: NtpTime): number {
  const era = seconds < 2 ** 31 ? 2 ** 32 : 0;
  return (seconds + era - EPOCH_OFFSET_SEC) * 1000 + fraction / 2 ** 32 * 1000;
}

/** The middle 32 bits, in which LSR and DLSR count: units of 1/65536 s (RFC 3550 §6.4.1). */
export function middleOfNtp({ seconds, fraction }: NtpTime): number {
  return (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0;
}

/** Longest round trip taken for real; more is a forged or stale report. */
const MAX_ROUND_TRIP_MS = 30_000;

/**
 * Round trip from a report about what we sent: arrival − LSR − DLSR, all in units of 1/65536 s (RFC 3550 §6.4.1).
 * Undefined when the peer has had no report of ours yet or the numbers cannot be.
 */
export function roundTripMs(
  report: { readonly lastSenderReport: number; readonly delaySinceLastSenderReport: number },
  nowMs: number,
): number | undefined {
  if (report.lastSenderReport === 0) return undefined;
  const away = (middleOfNtp(toNtpTime(nowMs)) - report.lastSenderReport) >>> 0;
  const units = (away - report.delaySinceLastSenderReport) | 0;
  const ms = units / 65.536;
  // Clocks of millisecond grain may make a loopback trip look shorter than nothing.
  if (ms < -5 || ms > MAX_ROUND_TRIP_MS) return undefined;
  return Math.max(0, ms);
}
