/** Is a schedule open at a moment: weekly hours and holidays in the domain's time zone. Pure; the time is given. */

import { type OpenHours, readHours, type ScheduleSettings } from "../../config/mod.ts";

/** A moment as the clock on the office wall shows it. Days are numbered from Monday = 0. */
export interface WallTime {
  readonly date: string;
  readonly dayBefore: string;
  readonly weekday: number;
  readonly minute: number;
}

/** Making a formatter costs more than a thousand uses of it; there are few time zones in one server. */
const FORMATTERS = new Map<string, Intl.DateTimeFormat>();
const HOURS = new WeakMap<ScheduleSettings, readonly OpenHours[]>();

const DAY_MS = 86_400_000;

/** Reads the wall clock of `timeZone` at `nowMs`. An unknown zone is read as UTC. */
export function wallTime(nowMs: number, timeZone: string): WallTime {
  const parts = new Map(formatter(timeZone).formatToParts(nowMs).map(({ type, value }) => [type, value]));
  const [year, month, day] = ["year", "month", "day"].map((name) => Number(parts.get(name as "year")));
  // From here on a plain calendar: the date at noon UTC has the same weekday wherever it is.
  const noon = Date.UTC(year!, month! - 1, day!, 12);
  return {
    date: isoDate(noon),
    dayBefore: isoDate(noon - DAY_MS),
    weekday: (new Date(noon).getUTCDay() + 6) % 7,
    minute: Number(parts.get("hour")) * 60 + Number(parts.get("minute")),
  };
}

/** True when `schedule` is open. A stretch over midnight belongs to the day it began on, holidays included. */
export function isOpen(schedule: ScheduleSettings, at: WallTime): boolean {
  const today = !isHolidayOn(schedule, at.date);
  const yesterday = !isHolidayOn(schedule, at.dayBefore);
  const dayBefore = (at.weekday + 6) % 7;
  return hoursOf(schedule).some(({ days, fromMinute, toMinute }) => {
    const overMidnight = toMinute < fromMinute;
    if (today && days.includes(at.weekday) && at.minute >= fromMinute) {
      return overMidnight || at.minute < toMinute;
    }
    return overMidnight && yesterday && days.includes(dayBefore) && at.minute < toMinute;
  });
}

function isHolidayOn(schedule: ScheduleSettings, date: string): boolean {
  return schedule.holidays.includes(date) || schedule.holidays.includes(date.slice(5));
}

function hoursOf(schedule: ScheduleSettings): readonly OpenHours[] {
  let hours = HOURS.get(schedule);
  if (!hours) {
    hours = schedule.hours.map(readHours).filter((stretch) => stretch !== undefined);
    HOURS.set(schedule, hours);
  }
  return hours;
}

function formatter(timeZone: string): Intl.DateTimeFormat {
  let found = FORMATTERS.get(timeZone);
  if (!found) {
    const options = {
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    } as const;
    try {
      found = new Intl.DateTimeFormat("en-GB", { ...options, timeZone });
    } catch {
      found = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" });
    }
    FORMATTERS.set(timeZone, found);
  }
  return found;
}

function isoDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
