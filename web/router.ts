/** Addresses of the page's views, kept in the browser's history. */

import { createStore, useStore } from "./store.ts";

/** Where the reader is. */
export interface Route {
  /** `["calls", "a1b2"]` */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

function read(): Route {
  const parts = location.pathname.split("/").filter((part) => part !== "").map(decode);
  return { parts, query: new URLSearchParams(location.search) };
}

/** What is no escape stays as it is: the address is the reader's own. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const route = createStore<Route>(read());

/** The present address, and the next ones as they come. */
export function useRoute(): Route {
  return useStore(route);
}

/** Goes to an address of the page; `replace` leaves the present one out of the history. */
export function navigate(to: string, options: { readonly replace?: boolean } = {}): void {
  if (options.replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  const before = route.get().parts.join("/");
  route.set(read());
  if (route.get().parts.join("/") !== before) {
    scrollTo(0, 0);
    // A screen reader hears where it is now.
    requestAnimationFrame(() =>
      document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true })
    );
  }
}

/** Links of the page change the view without loading it anew. */
export function startRouter(): void {
  addEventListener("popstate", () => route.set(read()));
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) {
      return;
    }
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const href = link?.getAttribute("href");
    if (!link || !href?.startsWith("/") || href.startsWith("/api/") || link.hasAttribute("download")) return;
    event.preventDefault();
    navigate(href);
  });
}
