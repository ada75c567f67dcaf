/** Light, dark, or as the machine is set. */

import { createStore, keepWish, readWish } from "./store.ts";

/** How the page looks; `auto` as the machine is set. */
export type Theme = "auto" | "light" | "dark";

function wished(): Theme {
  const wish = readWish("theme");
  return wish === "light" || wish === "dark" ? wish : "auto";
}

/** How it looks now. */
export const theme = createStore<Theme>(wished());

/** The reader's own choice, which stays. */
export function chooseTheme(chosen: Theme): void {
  theme.set(chosen);
  keepWish("theme", chosen === "auto" ? undefined : chosen);
  applyTheme();
}

/** Tells the style sheets. */
export function applyTheme(): void {
  const chosen = theme.get();
  if (chosen === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}
