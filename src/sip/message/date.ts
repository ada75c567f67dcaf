/** Date (RFC 3261 §20.17): the form of RFC 1123, GMT only. */
import { ok, type Result } from "../../base/mod.ts";
import { fault } from "./fault.ts";
import type { ParseFault } from "./types.ts";

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Milliseconds since the Unix epoch. The name of the day is not checked against the date. */
export function parseDate(text: string): Result<number, ParseFault> {
  const match = /^([A-Z][a-z]{2}), ?(\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/.exec(text);
  const month = MONTHS.indexOf(match?.[3] ?? "");
  if (match === null || month < 0 || !DAYS.includes(match[1]!)) return fault("Date", "not a date in GMT");
  const [day, year, hour, minute, second] = [2, 4, 5, 6, 7].map((group) => Number(match[group])) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const ms = Date.UTC(year, month, day, hour, minute, second);
  // Date.UTC carries 31 February over into March; only a date that exists comes back as it was written.
  return printDate(ms).slice(5) === text.slice(-24) ? ok(ms) : fault("Date", "no such date");
}

export function printDate(ms: number): string {
  return new Date(ms).toUTCString();
}
