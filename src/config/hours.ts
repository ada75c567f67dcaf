/** Opening hours and holidays of a schedule: `mo-fr 08:00-17:00`, `2026-12-25`, `12-25`. */

const DAYS = ["mo", "tu", "we", "th", "fr", "sa", "su"] as const;

/** One stretch of a week. Days are numbered from Monday = 0; minutes count from midnight. */
export interface OpenHours {
  readonly days: readonly number[];
  readonly fromMinute: number;
  /** Exclusive, up to 1440; smaller than `fromMinute` when the stretch runs over midnight into the next day. */
  readonly toMinute: number;
}

/** Reads `mo-fr 08:00-17:00`, `sa 9:00-12:30`, `mo,we,fr 22:00-06:00`, `mo-su 00:00-24:00`. */
export function readHours(text: string): OpenHours | undefined {
  const match = /^([a-z,-]{2,40})\s+(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})$/.exec(
    text.trim().toLowerCase(),
  );
  if (!match) return undefined;
  const days = readDays(match[1] ?? "");
  const fromMinute = readMinute(match[2], match[3]);
  const toMinute = readMinute(match[4], match[5]);
  if (!days || fromMinute === undefined || toMinute === undefined || fromMinute === toMinute) {
    return undefined;
  }
  return fromMinute < 1440 ? { days, fromMinute, toMinute } : undefined;
}

function readDays(text: string): number[] | undefined {
  const days = new Set<number>();
  for (const part of text.split(",")) {
    const [from, to = from, more] = part.split("-").map((day) => DAYS.indexOf(day as typeof DAYS[number]));
    if (from === undefined || to === undefined || more !== undefined || from < 0 || to < 0) return undefined;
    for (let day = from; day !== to; day = (day + 1) % 7) days.add(day);
    days.add(to);
  }
  return [...days].sort();
}

function readMinute(hour: string | undefined, minute: string | undefined): number | undefined {
  const value = Number(hour) * 60 + Number(minute);
  return Number(minute) < 60 && value <= 1440 ? value : undefined;
}

/** True for a date that exists: `2026-12-25`, or `12-25` for each year. */
export function isHoliday(text: string): boolean {
  const match = /^(?:(\d{4})-)?(\d{2})-(\d{2})$/.exec(text);
  if (!match) return false;
  // 29 February is a date of each year, in the years that have it.
  const year = match[1] === undefined ? 2000 : Number(match[1]);
  const month = Number(match[2]), day = Number(match[3]);
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}
