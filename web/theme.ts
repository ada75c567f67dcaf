/** Light, dark, or as the machine is set. */

import { createStore, keepWish, readWish } from "./store.ts";

export type Theme = "auto" | "light" | "dark";

function wished(): Theme {
  const wish = readWish("theme");
  return wish === "light" || wish === "dark" ? wish : "auto";
}

export const theme = createStore<Theme>(wished());

export function chooseTheme(chosen: Theme): void {
  theme.set(chosen);
  keepWish("theme", chosen === "auto" ? undefined : chosen);
  applyTheme();
}

export function applyTheme(): void {
  const chosen = theme.get();
  if (chosen === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}
