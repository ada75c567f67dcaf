/** Small values that the whole page shares, and a hook to see them change. */

import { useEffect, useState } from "preact/hooks";

/** A value and those who want to know when it changes. */
export interface Store<T> {
  get(): T;
  set(value: T): void;
  subscribe(listener: () => void): () => void;
}

/** A store that begins with `initial`; setting the same value again is no change. */
export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The value of a store; the component is drawn again when it changes. */
export function useStore<T>(store: Store<T>): T {
  const [, redraw] = useState(0);
  const drawn = store.get();
  useEffect(() => {
    const changed = () => redraw((count) => count + 1);
    // Effects run after the first picture: what changed in between would never be seen.
    if (!Object.is(store.get(), drawn)) changed();
    return store.subscribe(changed);
  }, [store]);
  return drawn;
}

/** A wish of the reader, kept in this browser only. */
export function readWish(name: string): string | undefined {
  try {
    return localStorage.getItem(`sipedge.${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a wish, or forgets it when `value` is undefined. */
export function keepWish(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(`sipedge.${name}`);
    else localStorage.setItem(`sipedge.${name}`, value);
  } catch {
    // A browser that keeps nothing still shows everything.
  }
}
