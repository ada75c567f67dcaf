/** Whole numbers as words, word by word as they are recorded: 0–9999 in English and Chinese. */
import type { Locale } from "../../config/mod.ts";

/** Largest number that can be said; what is larger is said as this. */
export const MAX_NUMBER = 9999;

/** Keys of the prompts that say `value`, e.g. 42: `number-40`, `number-2`. */
export function numberWords(value: number, locale: Locale): readonly string[] {
  const whole = Math.min(MAX_NUMBER, Math.max(0, Math.trunc(value)));
  return locale === "zh" ? chinese(whole) : english(whole);
}

function english(value: number): string[] {
  const words: string[] = [];
  if (value >= 1000) words.push(`number-${Math.floor(value / 1000)}`, "number-thousand");
  const hundreds = Math.floor(value / 100) % 10;
  if (hundreds > 0) words.push(`number-${hundreds}`, "number-hundred");
  const rest = value % 100;
  if (rest > 20 && rest % 10 > 0) words.push(`number-${rest - rest % 10}`, `number-${rest % 10}`);
  else if (rest > 0 || words.length === 0) words.push(`number-${rest}`);
  return words;
}

/** 12 is "ten two", 20 "two ten", 112 "one hundred one ten two", 105 "one hundred zero five", 200 "pair of hundreds". */
function chinese(value: number): string[] {
  if (value <= 10) return [`number-${value}`];
  const words: string[] = [];
  let skipped = false;
  for (
    const [unit, name] of [[1000, "number-thousand"], [100, "number-hundred"], [10, "number-10"], [
      1,
      "",
    ]] as const
  ) {
    const digit = Math.floor(value / unit) % 10;
    if (digit === 0) {
      skipped = words.length > 0;
      continue;
    }
    if (skipped) words.push("number-0");
    skipped = false;
    const leadingTen = unit === 10 && digit === 1 && words.length === 0;
    if (!leadingTen) words.push(digit === 2 && unit >= 100 ? "number-two-of" : `number-${digit}`);
    if (name !== "") words.push(name);
  }
  return words;
}

/** "You are number seven", or that the caller is the next. */
export function positionWords(place: number, locale: Locale): readonly string[] {
  if (place <= 1) return ["queue-next"];
  const words = ["queue-position", ...numberWords(place, locale)];
  return locale === "zh" ? [...words, "queue-position-end"] : words;
}
