/** Times, durations and sizes in the reader's way. */

import { language, t } from "./texts/language.ts";

function locale(): string {
  return language.get() === "zh" ? "zh-CN" : "en-GB";
}

/** Making one costs more than what it prints; a list prints many. */
const formats = new Map<string, Intl.DateTimeFormat>();

function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale() + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) formats.set(key, format = new Intl.DateTimeFormat(locale(), options));
  return format;
}

/** `14:03:27` today, with the date on other days. */
export function printTime(ms: number): string {
  const date = new Date(ms);
  const isToday = date.toDateString() === new Date().toDateString();
  return dateFormat({
    ...(!isToday && { month: "short", day: "numeric" }),
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(date);
}

/** `14 Mar 2026`. */
export function printDate(ms: number): string {
  return dateFormat({ year: "numeric", month: "short", day: "numeric" }).format(ms);
}

/** `14 Mar 2026, 14:03`. */
export function printDateTime(ms: number): string {
  return dateFormat({
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(ms);
}

/** `0:07`, `3:25`, `1:02:03`. */
export function printDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** `3 days`, `2 h 5 min`: for how long the server runs. */
export function printSpan(ms: number): string {
  const minutes = Math.floor(ms / 60_000), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
  if (days > 0) return t("span.days", { days, hours: hours % 24 });
  if (hours > 0) return t("span.hours", { hours, minutes: minutes % 60 });
  return minutes === 0 ? t("span.short") : t("span.minutes", { minutes });
}

/** `999 B`, `1.5 kB`, `123 MB`. */
export function printBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes, unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `1,234`. */
export function printNumber(value: number): string {
  return new Intl.NumberFormat(locale()).format(value);
}

/** Codecs that are not written in capitals alone. */
const CODECS: ReadonlyMap<string, string> = new Map([
  ["g722", "G.722"],
  ["g729", "G.729"],
  ["opus", "Opus"],
]);

/** `PCMU`, `G.722`, `Opus`: names as phones send them, whatever they are. */
export function printCodec(codec: string | undefined): string {
  return codec === undefined ? "–" : CODECS.get(codec.toLowerCase()) ?? codec.toUpperCase();
}

/** `Firefox · Linux` of a browser's long name for itself; other programs say theirs themselves. */
export function printBrowser(userAgent: string): string {
  const browsers = ["Edg", "OPR", "Firefox", "Chrome", "Safari"],
    names: Record<string, string> = {
      Edg: "Edge",
      OPR: "Opera",
    };
  const browser = browsers.find((name) =>
    userAgent.includes(`${name}/`) || userAgent.includes(`Headless${name}/`)
  );
  const system = ["Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"].find((name) =>
    userAgent.includes(name)
  );
  if (!browser) return userAgent.slice(0, 60) || "–";
  return [names[browser] ?? browser, system].filter((part) => part !== undefined).join(" · ");
}
