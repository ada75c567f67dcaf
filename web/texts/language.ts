/** Words in the reader's language. */

import { createStore, keepWish, readWish } from "../store.ts";
import { en } from "./en.ts";
import { zh } from "./zh.ts";

/** What the page speaks. */
export type Language = "en" | "zh";
/** Names of the texts, alike in all catalogs. */
export type TextKey = keyof typeof en;

const CATALOGS: Readonly<Record<Language, Readonly<Record<TextKey, string>>>> = { en, zh };

function wished(): Language | undefined {
  const wish = readWish("language");
  return wish === "en" || wish === "zh" ? wish : undefined;
}

/** What it speaks now. */
export const language = createStore<Language>(wished() ?? "en");

/** The server's language, where the reader has chosen none. */
export function suggestLanguage(suggested: Language): void {
  language.set(wished() ?? suggested);
  document.documentElement.lang = language.get() === "zh" ? "zh-CN" : "en";
}

/** The reader's own choice, which stays. */
export function chooseLanguage(chosen: Language): void {
  keepWish("language", chosen);
  suggestLanguage(chosen);
}

/** `{name}` in a text is filled from `values`. */
export function t(key: TextKey, values: Readonly<Record<string, string | number>> = {}): string {
  return CATALOGS[language.get()][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** The text of a key made at run time, if there is one. */
export function tMaybe(
  key: string,
  values: Readonly<Record<string, string | number>> = {},
): string | undefined {
  return Object.hasOwn(en, key) ? t(key as TextKey, values) : undefined;
}
