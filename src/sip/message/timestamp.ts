/** Timestamp (RFC 3261 §20.38). */
import { ok, type Result } from "../../base/mod.ts";
import { fault } from "./fault.ts";
import type { ParseFault } from "./types.ts";

export interface Timestamp {
  /** As written: seconds of the sender's clock, which may have more digits than a number keeps. */
  readonly time: string;
  /** Seconds between receiving the request and sending the response. */
  readonly delaySec?: number;
}

export function parseTimestamp(text: string): Result<Timestamp, ParseFault> {
  const match = /^(\d{1,20}(?:\.\d{0,20})?)(?:[ \t]+(\d{0,10}(?:\.\d{0,10})?))?$/.exec(text);
  if (match === null) return fault("Timestamp", "not a number of seconds");
  const time = match[1]!;
  const delay = match[2];
  return ok(delay ? { time, delaySec: Number(delay) || 0 } : { time });
}

export function printTimestamp({ time, delaySec }: Timestamp): string {
  return delaySec === undefined ? time : `${time} ${delaySec}`;
}
